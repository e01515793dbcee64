"""What becomes of a policy: its moves, its order's axis, and what an insurer says of it, applied once.

An answer is applied only if its number is new; one that does not fit what the buyer was shown ends the policy instead.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from checkout.domain.amounts import money_json
from checkout.domain.cover import (
    IN_FORCE,
    OPEN,
    By,
    Move,
    State,
    Status,
    after,
    axis_of,
    fits,
    moves_to,
    proof_fits,
)
from checkout.errors import InsurerMismatch, UnknownOrder
from checkout.events import InsuranceOperationPlanned, PolicyMoved
from checkout.gateways.insurers import InsurerPolicy
from checkout.models import InsuranceOperation, InsurancePolicy, Order
from checkout.models.locks import locked_order, locked_policy
from checkout.queries.insurance import car_of, today_of
from checkout.services.history import tell
from kernel.audit import record
from kernel.eventbus import publish
from kernel.money import Money

log = logging.getLogger("checkout.insurance")

_KIND = InsuranceOperation.Kind
_LIVING_THERE = frozenset({Status.BOUND, Status.ACTIVE})
_UNFIT = frozenset({"premium", "proof"})
"""Our own reasons for an ending: the insurer's word was not what the buyer was shown."""


def plan(
    *,
    policy: InsurancePolicy,
    kind: str,
    now: datetime,
    params: Mapping[str, Any] | None = None,
) -> InsuranceOperation:
    """Store the next call of `kind` on a locked policy, and have a worker make it if nobody does before.

    The key is `<kind>-<policy>-<number>`: the number comes from our rows, so no browser can make a new one.
    """
    number = policy.operations.filter(kind=kind).count() + 1
    operation = InsuranceOperation.objects.create(
        policy=policy,
        kind=kind,
        key=f"{kind}-{policy.code}-{number}",
        params=dict(params or {}),
        created_at=now,
    )
    publish(InsuranceOperationPlanned(key=operation.key, at=now))
    return operation


def plan_cancel(
    *, policy: InsurancePolicy, day: date, withdrawal: bool, now: datetime
) -> InsuranceOperation:
    """Store that the insurer shall end a locked policy on `day`; an unanswered one is used again."""
    waiting = policy.operations.filter(kind=_KIND.CANCEL, resolved_at=None).first()
    params = {"on": day.isoformat(), "withdrawal": withdrawal}
    return waiting or plan(policy=policy, kind=_KIND.CANCEL, params=params, now=now)


def tell_insurer_vin(*, order: str, now: datetime) -> bool:
    """Have the insurer of the order's policy told the VIN that the order has now; True where there is something to tell.

    Stores the call, in the caller's transaction or one of its own, and a worker makes it; asked twice it is one call. A
    policy that is not bound yet is told once it is. Another model or other options are another policy: nothing is told.
    Raises UnknownOrder.
    """
    with transaction.atomic():
        row = locked_order(order)
        if row is None:
            raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
        return tell_vin(row=row, now=now)


def tell_vin(*, row: Order, now: datetime) -> bool:
    """As `tell_insurer_vin` for a locked order whose VIN is saved."""
    pk = row.policies.filter(state__in=OPEN).values_list("pk", flat=True).first()
    return pk is not None and plan_vehicle(policy=locked_policy(pk), now=now) is not None


def plan_vehicle(*, policy: InsurancePolicy, now: datetime) -> InsuranceOperation | None:
    """Store that the insurer shall hear the VIN of a locked policy's order; None where it knows, or cannot be told."""
    car = car_of(policy.order)
    same = replace(policy.vehicle, vin="")
    if State(policy.state) not in IN_FORCE or not fits(bound=same, car=car):
        return None
    if not car.vin or car.vin == policy.vin:
        return None
    waiting = policy.operations.filter(kind=_KIND.VEHICLE, resolved_at=None)
    told = next((each for each in waiting if each.params["vin"] == car.vin), None)
    return told or plan(policy=policy, kind=_KIND.VEHICLE, params={"vin": car.vin}, now=now)


def move(*, policy: InsurancePolicy, to: Move, by: By, actor: str, now: datetime) -> None:
    """Make one move of a locked policy, tell it to its order, and save; raises PolicyStateConflict."""
    state = after(policy=policy.code, state=State(policy.state), move=to, by=by)
    policy.state = str(state)
    if state not in OPEN:
        policy.ended_at = now
    policy.save()
    set_axis(policy.order)
    refund = None if policy.refund is None else Money(policy.refund, policy.currency)
    facts = {
        "policy": policy.code,
        "insurer": policy.insurer,
        "premium": money_json(policy.money),
        "refund": refund and money_json(refund),
        "proof": policy.proof,
        "reason": policy.reason,
    }
    tell(order=policy.order, kind=f"cover-{state}", actor=actor, facts=facts, now=now)
    publish(PolicyMoved(order=policy.order.code, policy=policy.code, state=str(state), at=now))


def set_axis(order: Order) -> None:
    """Write the insurance axis of a locked order from its policies and proofs."""
    newest = order.policies.order_by("-pk").first()
    order.insurance_state = axis_of(
        state=State(newest.state) if newest else None,
        proven=order.cover_proofs.exists(),
        quoted=bool(order.document.get("insurance")),
    )
    order.save(update_fields=["insurance_state"])


def shown_premiums(policy: InsurancePolicy) -> dict[str, Money]:
    """The premium of each cover as the buyer was shown it."""
    return {line.cover: Money(line.premium, policy.currency) for line in policy.lines.all()}


def apply_seen(*, policy: InsurancePolicy, seen: InsurerPolicy, now: datetime) -> None:
    """Apply what the insurer says of a locked policy: once per answer, in whatever order they come.

    Raises InsurerMismatch for somebody else's policy; a premium or proof that does not fit ends the policy instead.
    """
    if seen.reference != policy.code:
        raise InsurerMismatch(
            f"the insurer speaks of {seen.reference}, not of {policy.code}",
            facts={"reason": "reference", "policy": policy.code},
        )
    policy.insurer_reference = seen.insurer_reference
    if State(policy.state) not in OPEN:
        _heal(policy, seen, now)
    elif seen.number > policy.answer_number:
        policy.answer_number = seen.number
        unfit = _unfit(policy, seen)
        if unfit:
            _refuse(policy, seen, unfit, now)
        else:
            _follow(policy, seen, now)
            _take_vehicle(policy, seen, now)
    policy.save()


def _take_vehicle(policy: InsurancePolicy, seen: InsurerPolicy, now: datetime) -> None:
    """The VIN that the insurer has now; another than the order's is told to a person, and so is another premium for it."""
    if State(policy.state) not in IN_FORCE:
        return
    if seen.vin and seen.vin != policy.vin:
        if seen.vin != policy.order.vin:
            note(policy, "insurance-vehicle-odd", {"vin": seen.vin}, now)
            return
        if dict(seen.premiums) != shown_premiums(policy):
            found = {code: str(amount) for code, amount in seen.premiums.items()}
            note(policy, "insurance-mismatch", {"reason": "premium", "found": found}, now)
        policy.vin = seen.vin
        actor, facts = f"insurer:{policy.insurer}", {"policy": policy.code, "vin": seen.vin}
        tell(order=policy.order, kind="cover-vehicle", actor=actor, facts=facts, now=now)


def _follow(policy: InsurancePolicy, seen: InsurerPolicy, now: datetime) -> None:
    actor = f"insurer:{policy.insurer}"
    for step in moves_to(State(policy.state), seen.status):
        if step is Move.BIND:
            policy.bound_on = today_of(policy.order, now)
            policy.proof = seen.proof
        elif step is Move.CANCEL:
            _take_refund(policy, seen, now)
        elif step is Move.LAPSE:
            policy.reason = seen.reason
        move(policy=policy, to=step, by=By.INSURER, actor=actor, now=now)
        if step is Move.BIND:
            plan_vehicle(policy=policy, now=now)


def _unfit(policy: InsurancePolicy, seen: InsurerPolicy) -> str:
    """Why an offer or policy is not what the buyer was shown: premium, proof, or empty."""
    if policy.state != State.QUOTED or seen.status not in {Status.QUOTED, *_LIVING_THERE}:
        return ""
    if dict(seen.premiums) != shown_premiums(policy):
        return "premium"
    if seen.status in _LIVING_THERE and not proof_fits(policy.order.market, seen.proof):
        return "proof"
    return ""


def _refuse(policy: InsurancePolicy, seen: InsurerPolicy, reason: str, now: datetime) -> None:
    """The buyer was shown something else: nothing is bound, and what is bound there is cancelled again."""
    policy.reason = reason
    found = {code: str(amount) for code, amount in seen.premiums.items()}
    note(policy, "insurance-mismatch", {"reason": reason, "found": found}, now)
    move(policy=policy, to=Move.LAPSE, by=By.SYSTEM, actor="system", now=now)
    _heal(policy, seen, now)


def _take_refund(policy: InsurancePolicy, seen: InsurerPolicy, now: datetime) -> None:
    """What comes back, line by line: the insurer's word where it is possible, else nothing, and a person is told."""
    policy.cancelled_on = seen.cancelled_on or today_of(policy.order, now)
    total = 0
    for line in policy.lines.all():
        said = (seen.refunds or {}).get(line.cover)
        fits = said is not None and said.currency == policy.currency
        line.refund = max(0, min(said.minor, line.premium)) if said is not None and fits else 0
        if said is None or not fits or line.refund != said.minor:
            note(policy, "insurance-refund-odd", {"cover": line.cover, "found": str(said)}, now)
        line.save()
        total += line.refund
    policy.refund = total


def _heal(policy: InsurancePolicy, seen: InsurerPolicy, now: datetime) -> None:
    """Given up here, alive there: the insurer is told again, once at a time, and as a withdrawal: nobody used it."""
    policy.save()
    given_up = policy.state == State.CANCELLED or policy.reason in _UNFIT
    if given_up and seen.status in _LIVING_THERE:
        day = today_of(policy.order, now)
        plan_cancel(policy=policy, day=day, withdrawal=True, now=now)


def note(policy: InsurancePolicy, action: str, facts: Mapping[str, Any], now: datetime) -> None:
    """Something that a person should look at, in the log and the audit chain."""
    log.warning("policy=%s action=%s", policy.code, action)
    record(
        subject=f"order:{policy.order.code}",
        action=action,
        actor=f"insurer:{policy.insurer}",
        facts={"policy": policy.code, **facts},
        now=now,
    )
