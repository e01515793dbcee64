"""Priority delivery: a limited place in a week, an earlier promise, a fee that goes back when the day is missed."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from checkout.domain.amounts import money_json
from checkout.domain.order import FINAL, State
from checkout.domain.order_policy import Priority
from checkout.domain.priority import CHOICE_STATES, Outcome, outcome, range_with, week_of
from checkout.domain.promises import Reason
from checkout.domain.slots import first_free_bay
from checkout.errors import PriorityNotPossible
from checkout.models import Order, PriorityPlace
from checkout.queries.delivery_terms import day_of, policy_of
from checkout.services.charges import charges_changed
from checkout.services.history import tell
from checkout.services.moving import locked
from checkout.services.promising import promise

SYSTEM = "system"
CHOSEN, GIVEN_UP, MISSED, KEPT = (
    "priority-chosen",
    "priority-given-up",
    "priority-missed",
    "priority-kept",
)


def choose_priority(*, order: str, actor: str, now: datetime) -> PriorityPlace:
    """Take one of the week's places for an order and promise the earlier range; choosing twice is one.

    Raises UnknownOrder, NoOrderPolicy, PriorityNotPossible with `reason` state, not-offered, too-near or full.
    """
    with transaction.atomic():
        row = locked(order)
        known = row.priorities.filter(released_at=None).first()
        if known is not None:
            return known
        if State(row.state) not in CHOICE_STATES:
            raise _refused(
                row, "state", f"the order is {row.state}; priority is a choice until the lock"
            )
        policy = policy_of(row).priority
        if policy is None or row.vin:
            raise _refused(
                row, "not-offered", "priority is offered only for a car still to be built"
            )
        place = _taken(row, policy, now)
        promise(
            row=row,
            from_on=place.from_on,
            until_on=place.until_on,
            reason=Reason.PRIORITY,
            actor=actor,
            now=now,
        )
        facts = {"fee": money_json(place.money), "until": place.until_on.isoformat()}
        tell(order=row, kind=CHOSEN, actor=actor, facts=facts, now=now)
    return place


def give_up_priority(*, order: str, actor: str, now: datetime) -> bool:
    """Give the place and the earlier range up until the lock; False where there is none.

    Raises UnknownOrder, PriorityNotPossible after the lock.
    """
    with transaction.atomic():
        row = locked(order)
        place = row.priorities.filter(released_at=None).first()
        if place is None:
            return False
        if State(row.state) not in CHOICE_STATES:
            raise _refused(
                row, "state", f"the order is {row.state}; priority was a choice until the lock"
            )
        place.released_at = now
        place.save(update_fields=["released_at"])
        promise(
            row=row,
            from_on=place.before_from,
            until_on=place.before_until,
            reason=Reason.PRIORITY_GIVEN_UP,
            actor=actor,
            now=now,
        )
        facts = {"fee": money_json(place.money)}
        tell(order=row, kind=GIVEN_UP, actor=actor, facts=facts, now=now)
    return True


def _taken(row: Order, policy: Priority, now: datetime) -> PriorityPlace:
    """The place of an order in the week of its earlier range; the database refuses one that somebody else has."""
    last = row.promises.order_by("number").last()
    today = day_of(row, now)
    found = (
        range_with(policy, from_on=last.from_on, until_on=last.until_on, today=today)
        if last
        else None
    )
    if last is None or found is None:
        raise _refused(row, "too-near", f"the car cannot come {policy.days_earlier} days earlier")
    model = str(row.document["car"]["model"])
    year, week = week_of(found[1])
    held = PriorityPlace.objects.filter(
        market=row.market, model=model, year=year, week=week, released_at=None
    )
    for _ in range(policy.capacity + 1):
        number = first_free_bay(policy.capacity, set(held.values_list("number", flat=True)))
        if number is None:
            break
        try:
            with transaction.atomic():
                return PriorityPlace.objects.create(
                    order=row,
                    market=row.market,
                    model=model,
                    year=year,
                    week=week,
                    number=number,
                    from_on=found[0],
                    until_on=found[1],
                    before_from=last.from_on,
                    before_until=last.until_on,
                    fee=policy.fee.minor,
                    currency=policy.fee.currency,
                    chosen_at=now,
                )
        except IntegrityError:
            continue
    raise _refused(row, "full", f"all {policy.capacity} places of that week are taken")


def settle_priority(*, order: str, now: datetime) -> Outcome:
    """Say whether the place of an order was kept or missed by now; a missed one costs nothing, and what was paid goes back.

    Said once. Raises UnknownOrder.
    """
    with transaction.atomic():
        row = locked(order)
        before = row.priorities.filter(released_at=None, outcome=Outcome.MISSED).exists()
        found = say_outcome(row=row, now=now)
        if found is Outcome.MISSED and not before:
            charges_changed(row=row, reason=MISSED, actor=SYSTEM, now=now)
    return found


def say_outcome(*, row: Order, now: datetime) -> Outcome:
    """Write down once whether the place of a locked order was kept or missed by now; the money follows elsewhere."""
    place = row.priorities.filter(released_at=None).first()
    if place is None or place.outcome != Outcome.OPEN or State(row.state) in FINAL:
        return Outcome(place.outcome) if place else Outcome.OPEN
    ready = day_of(row, row.ready_at) if row.ready_at else None
    found = outcome(until_on=place.until_on, ready_on=ready, today=day_of(row, now))
    if found is not Outcome.OPEN:
        place.outcome, place.settled_at = str(found), now
        place.save(update_fields=["outcome", "settled_at"])
        facts = {"fee": money_json(place.money), "until": place.until_on.isoformat()}
        kind = MISSED if found is Outcome.MISSED else KEPT
        tell(order=row, kind=kind, actor=SYSTEM, facts=facts, now=now)
    return found


def settle_all(*, now: datetime, limit: int = 200) -> int:
    """Settle every place whose day is over or whose car is ready; gives how many were said."""
    said = Q(until_on__lte=now.date()) | Q(order__ready_at__isnull=False)
    rows = PriorityPlace.objects.filter(said, outcome=Outcome.OPEN, released_at=None)
    codes = rows.order_by("until_on", "pk").values_list("order__code", flat=True)[:limit]
    return sum(settle_priority(order=code, now=now) is not Outcome.OPEN for code in list(codes))


def _refused(row: Order, reason: str, message: str) -> PriorityNotPossible:
    return PriorityNotPossible(
        message, facts={"order": row.code, "state": row.state, "reason": reason}
    )
