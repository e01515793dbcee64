"""Delivery promises: every change is a further row with its reason, and is published so that the buyer hears of it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from checkout.domain.order import FINAL, State
from checkout.domain.promises import (
    REASONS,
    Reason,
    after_arrival,
    check_change,
    shifted,
)
from checkout.errors import BadPromise
from checkout.events import PromiseChanged
from checkout.models import DeliveryPromise, Order
from checkout.queries.delivery_terms import day_of, promised
from checkout.services.history import tell
from checkout.services.moving import conflict, locked
from kernel.eventbus import publish
from kernel.text import Text, missing_languages

SYSTEM = "system"
CHANGED = "promise-changed"
_CLOSED = FINAL | {State.HANDED_OVER}
_COUNTED_FROM_ORDER = frozenset(
    {Reason.ORDERED, Reason.PRIORITY, Reason.PRIORITY_GIVEN_UP, Reason.AMENDED}
)
LONGEST_WORDS = 500


def change_promise(
    *,
    order: str,
    from_on: date,
    until_on: date,
    reason: str,
    actor: str,
    now: datetime,
    words: Text | None = None,
) -> int:
    """A person promises another range, for a reason of the desk; gives the number of the promise in force.

    `words` say it better than the reason's own, in every language. The range in force again changes nothing. Raises
    UnknownOrder, OrderStateConflict once nothing is promised any more, BadPromise.
    """
    with transaction.atomic():
        row = locked(order)
        known = next((each for each in Reason if each == reason and REASONS[each].desk), None)
        if known is None:
            raise BadPromise(
                f"reason: {reason!r} is none that a person may give",
                facts={"order": order, "reason": "unknown-reason"},
            )
        _check_words(order, words)
        return promise(
            row=row,
            from_on=from_on,
            until_on=until_on,
            reason=known,
            actor=actor,
            now=now,
            words=words,
        ).number


def promise(
    *,
    row: Order,
    from_on: date,
    until_on: date,
    reason: Reason,
    actor: str,
    now: datetime,
    words: Text | None = None,
) -> DeliveryPromise:
    """Promise a range on a locked order; the range in force again gives the row there is.

    Raises OrderStateConflict, BadPromise.
    """
    if State(row.state) in _CLOSED:
        raise conflict(row, "promise", f"the order is {row.state}; nothing is promised any more")
    last = row.promises.order_by("number").last()
    if last is not None and (last.from_on, last.until_on) == (from_on, until_on):
        return last
    check_change(order=row.code, from_on=from_on, until_on=until_on, today=day_of(row, now))
    made = DeliveryPromise.objects.create(
        order=row,
        number=last.number + 1 if last else 1,
        from_on=from_on,
        until_on=until_on,
        code=str(reason),
        reason=dict(words or REASONS[reason].text),
        actor=actor,
        at=now,
    )
    publish(
        PromiseChanged(
            order=row.code, number=made.number, from_on=from_on, until_on=until_on, at=now
        )
    )
    facts = {
        "from": from_on.isoformat(),
        "until": until_on.isoformat(),
        "reason": str(reason),
        "before": last.until_on.isoformat() if last else None,
    }
    tell(order=row, kind=CHANGED, actor=actor, facts=facts, now=now)
    return made


def count_from_lock(*, row: Order, now: datetime) -> None:
    """At the lock of a car that is still to be built: the days run from now, not from the day of the quote.

    Nothing changes for a stock vehicle, on the day of the quote itself, or where somebody promised another range since.
    Raises BadPromise.
    """
    history = promised(row.promises.order_by("number"))
    days, first = row.document["delivery"]["days"], row.document["delivery"]["from"]
    late = (day_of(row, now) - date.fromisoformat(first)).days + days
    counted = bool(history) and all(each.reason in _COUNTED_FROM_ORDER for each in history)
    if row.vin or late <= 0 or not counted:
        return
    from_on, until_on = shifted(history[-1], late)
    promise(
        row=row, from_on=from_on, until_on=until_on, reason=Reason.LOCKED, actor=SYSTEM, now=now
    )
    row.priorities.filter(released_at=None).update(from_on=from_on, until_on=until_on)


def follow_arrival(*, row: Order, arrives_on: date, actor: str, now: datetime) -> bool:
    """A carrier announced its day for a locked order: where the promise cannot be kept, a new one is made at once.

    False where it can be kept.
    """
    history = promised(row.promises.order_by("number"))
    found = after_arrival(history[-1], arrives_on) if history else None
    if found is None or State(row.state) in _CLOSED:
        return False
    today = day_of(row, now)
    if found[1] < today:
        return False  # an announcement of the past promises nothing
    promise(
        row=row,
        from_on=found[0],
        until_on=found[1],
        reason=Reason.TRANSPORT,
        actor=actor,
        now=now,
    )
    return True


def _check_words(order: str, words: Text | None) -> None:
    if words is None:
        return
    bad = missing_languages(words) or [k for k, v in words.items() if len(v) > LONGEST_WORDS]
    if bad:
        raise BadPromise(
            f"words: at most {LONGEST_WORDS} characters in every language: {', '.join(bad)}",
            facts={"order": order, "reason": "words"},
        )
