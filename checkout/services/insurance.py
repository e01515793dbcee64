"""Insuring the car of an order: take out, show a proof from elsewhere, give up; and the ends of orders and days.

Every use case stores what it wants of the insurer first and calls it afterwards; a silent insurer leaves the policy as it
is, and the sweeper of `checkout.services.insuring` goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from checkout.domain.applicant import check_consents
from checkout.domain.cover import (
    IN_FORCE,
    MAY_INSURE,
    OPEN,
    By,
    Driver,
    Move,
    State,
    check_cancellable,
    due_move,
    read_proof,
    withdrawable,
    year_from,
)
from checkout.domain.order import FINAL
from checkout.domain.order import State as OrderState
from checkout.errors import (
    InsurerError,
    InsurerUnavailable,
    PolicyNotPossible,
    PolicyStateConflict,
    UnknownOrder,
    UnknownPolicy,
)
from checkout.models import CoverProof, InsuranceOperation, InsurancePolicy, Order, PolicyLine
from checkout.models.locks import locked_order, locked_policy
from checkout.queries.insurance import (
    Offer,
    car_of,
    chosen_offer,
    driver_of,
    is_registered,
    law_of_cover,
    today_of,
)
from checkout.services.history import tell
from checkout.services.insuring import Doors, send
from checkout.services.policies import move, plan, plan_cancel, set_axis
from kernel.audit import record
from kernel.crypto import mask, new_code

FURTHEST_START = timedelta(days=365)
"""No policy is taken out for a first day further away."""
KEPT = timedelta(days=30)
"""How long the driver's facts stay after the policy ended."""
AGAIN_AFTER = timedelta(hours=1)
"""When a cancelling that the insurer refused is tried again for an order that has ended."""
_KIND = InsuranceOperation.Kind


def take_out(
    *,
    order: str,
    insurer: str | None,
    products: Sequence[str] | None,
    driver: Mapping[str, Any],
    start_on: date | None,
    consents: Mapping[str, bool],
    doors: Doors,
    actor: str,
    now: datetime,
) -> str:
    """Quote and bind a policy for the order's car; gives its code. Not inside a transaction.

    Nothing said: the covers, driver and insurer of the order's quote, from the promised delivery on. The same policy asked
    for twice is one. An insurer that does not answer leaves it quoted, and a worker goes on. Raises UnknownOrder,
    PolicyNotPossible, PolicyStateConflict (one at a time), UnknownCover, CoversOfTwoInsurers, CoverNotOffered,
    ConsentMissing, InsurerRefused.
    """
    with transaction.atomic(durable=True):
        row = _locked(order)
        if OrderState(row.state) not in MAY_INSURE:
            raise _not_possible(
                row, "state", f"the order is {row.state}; insure between deposit and handover"
            )
        wanted = driver_of(row, driver, now=now)
        offer = chosen_offer(row, insurer=insurer, products=products, driver=wanted)
        first = _start(row, start_on, now)
        check_consents(consents, receivers=[offer.insurer])
        known = row.policies.filter(state__in=OPEN).first()
        if known is not None:
            return _the_same(known, offer, wanted, first)
        door = doors(offer.insurer)
        if door is None:
            raise _not_possible(row, "insurer", "this insurer takes no policies here")
        policy = _new(row, offer, wanted, first, actor, now)
        operation = plan(policy=policy, kind=_KIND.QUOTE, now=now)
    with suppress(InsurerUnavailable):
        send(operation=operation.pk, insurer=door, now=now)
        for binding in policy.operations.filter(kind=_KIND.BIND, resolved_at=None):
            send(operation=binding.pk, insurer=door, now=now)
    return policy.code


def _start(row: Order, wanted: date | None, now: datetime) -> date:
    today = today_of(row, now)
    if wanted is None:
        promise = row.promises.order_by("-number").first()
        return max(today, promise.from_on) if promise else today
    if not today <= wanted <= today + FURTHEST_START:
        raise _not_possible(
            row, "start", f"start_on: a day from {today} to {today + FURTHEST_START}"
        )
    return wanted


def _the_same(known: InsurancePolicy, offer: Offer, driver: Driver, first: date) -> str:
    """The code of the open policy where it is the one asked for; raises PolicyStateConflict."""
    lines = {line.cover: line.premium for line in known.lines.all()}
    facts = json.loads(known.driver or "{}")
    same = (
        known.insurer == offer.insurer
        and lines == {line.cover: line.premium.minor for line in offer.lines}
        and facts == {"age": driver.age, "no_claims_class": driver.no_claims_class}
        and known.start_on == first
    )
    if same:
        return known.code
    raise PolicyStateConflict(
        f"the order has policy {known.code} already; cancel it before taking out another",
        facts={"policy": known.code, "state": known.state, "move": "bind", "moves": []},
    )


def _new(
    row: Order, offer: Offer, driver: Driver, first: date, actor: str, now: datetime
) -> InsurancePolicy:
    car, period = car_of(row), year_from(first)
    policy = InsurancePolicy.objects.create(
        code=f"P{new_code()}",
        order=row,
        insurer=offer.insurer,
        insurer_name=dict(offer.insurer_name),
        model=car.model,
        options=list(car.options),
        vin=car.vin,
        driver=json.dumps({"age": driver.age, "no_claims_class": driver.no_claims_class}),
        start_on=period.start_on,
        end_on=period.end_on,
        currency=row.currency,
        premium=sum(line.premium.minor for line in offer.lines),
        consented_at=now,
        created_at=now,
    )
    PolicyLine.objects.bulk_create(
        PolicyLine(
            policy=policy,
            number=number,
            cover=line.cover,
            kind=line.kind,
            name=dict(line.name),
            premium=line.premium.minor,
        )
        for number, line in enumerate(offer.lines, 1)
    )
    set_axis(row)
    record(
        subject=f"order:{row.code}",
        action="insurance-asked",
        actor=actor,
        facts={
            "policy": policy.code,
            "insurer": offer.insurer,
            "covers": [line.cover for line in offer.lines],
            "premium": policy.money,
            "consent": offer.consent_version,
        },
        now=now,
    )
    return policy


def show_proof(*, order: str, insurer: str, number: str, actor: str, now: datetime) -> None:
    """Record a policy bound elsewhere; the same one twice is one. Raises UnknownOrder, PolicyNotPossible, BadCoverProof."""
    with transaction.atomic():
        row = _locked(order)
        if OrderState(row.state) not in MAY_INSURE:
            raise _not_possible(row, "state", f"the order is {row.state}")
        name, code = read_proof(market=row.market, insurer=insurer, number=number)
        if any((p.insurer_name, p.number) == (name, code) for p in row.cover_proofs.all()):
            return
        shown = mask(code)
        CoverProof.objects.create(
            order=row, insurer_name=name, number=code, number_masked=shown, actor=actor, at=now
        )
        set_axis(row)
        tell(
            order=row,
            kind="cover-proven",
            actor=actor,
            facts={"insurer": name, "number": shown},
            now=now,
        )


def give_up(*, order: str, doors: Doors, actor: str, now: datetime) -> str:
    """Cancel the order's policy by days; gives its state afterwards. Asking twice is once. Not inside a transaction.

    An insurer that does not answer leaves it in force until it does; a worker goes on. Raises UnknownOrder, UnknownPolicy,
    PolicyStateConflict (lapsed), CoverNotCancellable, InsurerRefused.
    """
    with transaction.atomic(durable=True):
        row = _locked(order)
        newest = row.policies.order_by("-pk").first()
        if newest is None:
            raise UnknownPolicy(f"order {order} has no policy", facts={"order": order})
        policy = locked_policy(newest.pk)
        if policy.state == State.CANCELLED:
            return policy.state
        if State(policy.state) not in OPEN:
            raise PolicyStateConflict(
                f"the policy is {policy.state}",
                facts={
                    "policy": policy.code,
                    "state": policy.state,
                    "move": "cancel",
                    "moves": [],
                },
            )
        law = law_of_cover(row, now=now)
        check_cancellable(
            policy=policy.code,
            kinds=[line.kind for line in policy.lines.all()],
            compulsory_ends=law.compulsory_ends,
            registered=is_registered(row),
        )
        operation = _end(policy, law.withdrawal_days, By.BUYER, actor, now)
    door = doors(policy.insurer)
    if operation is not None and door is not None:
        with suppress(InsurerUnavailable):
            send(operation=operation.pk, insurer=door, now=now)
    return InsurancePolicy.objects.values_list("state", flat=True).get(pk=policy.pk)


def _end(
    policy: InsurancePolicy, withdrawal_days: int, by: By, actor: str, now: datetime
) -> InsuranceOperation | None:
    """End a locked open policy: at the insurer where it may know of it; gives the call to make, None for none."""
    if State(policy.state) in IN_FORCE:
        day = today_of(policy.order, now)
        withdrawn = withdrawable(bound_on=policy.bound_on, day=day, withdrawal_days=withdrawal_days)
        record(
            subject=f"order:{policy.order.code}",
            action="insurance-cancel-asked",
            actor=actor,
            facts={"policy": policy.code, "on": day.isoformat(), "withdrawal": withdrawn},
            now=now,
        )
        return plan_cancel(policy=policy, day=day, withdrawal=withdrawn, now=now)
    move(policy=policy, to=Move.CANCEL, by=by, actor=actor, now=now)
    return None


def end_policy(*, policy: InsurancePolicy, by: By, actor: str, now: datetime) -> None:
    """End a locked open policy that does not fit its order any more, by days; a worker tells the insurer."""
    _end(policy, law_of_cover(policy.order, now=now).withdrawal_days, by, actor, now)


def end_with_orders(*, now: datetime, limit: int = 100) -> int:
    """End the open policies of orders that have ended, by days; a worker tells the insurers. Gives how many."""
    rows = InsurancePolicy.objects.filter(state__in=OPEN, order__state__in=FINAL)
    calls = InsuranceOperation.objects.filter(policy=OuterRef("pk"), kind=_KIND.CANCEL)
    tried = calls.filter(Q(resolved_at=None) | Q(created_at__gt=now - AGAIN_AFTER))
    fresh = rows.exclude(Exists(tried))
    ended = 0
    for pk in fresh.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            policy = locked_policy(pk)
            if State(policy.state) not in OPEN:
                continue
            days = law_of_cover(policy.order, now=now).withdrawal_days
            _end(policy, days, By.SYSTEM, "system", now)
            ended += 1
    return ended


def turn_the_calendar(*, now: datetime, limit: int = 500) -> int:
    """Start policies whose first day has come, end those whose last has passed, erase drivers 30 days after an end."""
    changed = 0
    for pk in InsurancePolicy.objects.filter(state__in=IN_FORCE).values_list("pk", flat=True)[
        :limit
    ]:
        with transaction.atomic():
            policy = locked_policy(pk)
            day = today_of(policy.order, now)
            due = due_move(state=State(policy.state), period=policy.period, day=day)
            if due is not None:
                move(policy=policy, to=due, by=By.SYSTEM, actor="system", now=now)
                changed += 1
    old = InsurancePolicy.objects.filter(ended_at__lte=now - KEPT, erased_at=None)
    return changed + old.update(driver="", erased_at=now)


def send_waiting(*, order: str, doors: Doors, now: datetime) -> None:
    """Make the calls of an order's policies that wait, now; what an insurer says against them is written down."""
    waiting = InsuranceOperation.objects.filter(policy__order__code=order, resolved_at=None)
    for pk, code in waiting.values_list("pk", "policy__insurer"):
        door = doors(code)
        if door is not None:
            with suppress(InsurerError):
                send(operation=pk, insurer=door, now=now)


def _locked(code: str) -> Order:
    row = locked_order(code)
    if row is None:
        raise UnknownOrder(f"order: there is no {code!r}", facts={"order": code})
    return row


def _not_possible(row: Order, reason: str, message: str) -> PolicyNotPossible:
    return PolicyNotPossible(message, facts={"order": row.code, "reason": reason})
