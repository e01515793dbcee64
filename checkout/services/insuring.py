"""Calls to an insurer: stored with their key, sent outside any transaction, their answer stored.

A process may die between the two, or the insurer keep silent. Then the call stays open and is made again word for word with
the same key while the insurer remembers keys, else looked up; an answer is applied only if its number is new.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from checkout.domain.cover import (
    OPEN,
    By,
    Driver,
    Move,
    State,
    Status,
)
from checkout.errors import InsurerError, InsurerRefused, InsurerUnavailable
from checkout.gateways.insurers import Holder, Insurer, InsurerPolicy, PolicyRequest
from checkout.models import InsuranceOperation, InsurancePolicy
from checkout.models.locks import locked_insurance_operation, locked_policy
from checkout.services import calls
from checkout.services.policies import apply_seen, move, note, plan, shown_premiums

log = logging.getLogger("checkout.insurance")

POLL_AFTER = timedelta(hours=6)
"""How long after it was last asked about an open policy is asked about again."""

Doors = Callable[[str], Insurer | None]
"""The open door to an insurer by its code; None where none is open."""

_KIND = InsuranceOperation.Kind


def send(*, operation: int, insurer: Insurer, now: datetime) -> InsuranceOperation:
    """Make the stored call and store its answer; an answered one is left as it is.

    Not inside a transaction. Raises what the door raises, after writing it down.
    """
    with transaction.atomic():
        found = locked_insurance_operation(operation)
        if found.resolved_at is not None:
            return found
        if _pointless(found):
            calls.resolve(found, now, failed="the policy was given up before")
            return found
        call = _looked_up if _must_look_up(found, now) else _CALLS[found.kind]
        calls.begin(found, now)
    try:
        answer = call(found, insurer)
    except InsurerRefused as error:
        _store_refusal(operation, error, now)
        raise
    except InsurerUnavailable as error:
        with transaction.atomic():
            calls.unheard(locked_insurance_operation(operation), error.message)
        raise
    with transaction.atomic():
        found = locked_insurance_operation(operation)
        if found.resolved_at is None:
            calls.resolve(found, now)
            if answer is not None:
                apply_seen(policy=found.policy, seen=answer, now=now)
            elif found.kind == _KIND.CANCEL:
                _cancelled_before_it_began(found, now)
            _go_on(found, now)
    return found


def _pointless(operation: InsuranceOperation) -> bool:
    """A quote or binding that was never sent, of a policy that has ended since."""
    given_up = State(operation.policy.state) not in OPEN
    return given_up and operation.kind != _KIND.CANCEL and operation.first_sent_at is None


def _must_look_up(operation: InsuranceOperation, now: datetime) -> bool:
    given_up = State(operation.policy.state) not in OPEN and operation.kind != _KIND.CANCEL
    return calls.forgotten(operation, now) or given_up


def _go_on(operation: InsuranceOperation, now: datetime) -> None:
    """After a quote with the premium that was shown comes the binding; a VIN not taken over is told to a person."""
    policy = operation.policy
    if operation.kind == _KIND.QUOTE and policy.state == State.QUOTED:
        plan(policy=policy, kind=_KIND.BIND, now=now)
    if operation.kind == _KIND.VEHICLE and policy.vin != operation.params["vin"]:
        note(policy, "insurance-vehicle-odd", {"vin": operation.params["vin"]}, now)


def request_of(policy: InsurancePolicy) -> PolicyRequest:
    """What the insurer is asked for a policy; raises CannotDecrypt, ValueError once the driver is erased."""
    driver = json.loads(policy.driver or "{}")
    return PolicyRequest(
        reference=policy.code,
        market=policy.order.market,
        vehicle=policy.vehicle,
        driver=Driver(driver["age"], driver["no_claims_class"]),
        period=policy.period,
        premiums=shown_premiums(policy),
        consented_at=policy.consented_at.isoformat(),
    )


def _quote(operation: InsuranceOperation, insurer: Insurer) -> InsurerPolicy | None:
    return insurer.quote(request_of(operation.policy), key=operation.key)


def _bind(operation: InsuranceOperation, insurer: Insurer) -> InsurerPolicy | None:
    order = operation.policy.order
    holder = Holder(order.buyer_kind, order.buyer_name, order.buyer_email, order.buyer_phone)
    return insurer.bind(operation.policy.insurer_reference, holder, key=operation.key)


def _cancel(operation: InsuranceOperation, insurer: Insurer) -> InsurerPolicy | None:
    policy = operation.policy
    reference = policy.insurer_reference
    if not reference:
        seen = insurer.find(policy.code)
        if seen is None:
            return None
        reference = seen.insurer_reference
    return insurer.cancel(
        reference,
        day=date.fromisoformat(operation.params["on"]),
        withdrawal=operation.params["withdrawal"],
        key=operation.key,
    )


def _vehicle(operation: InsuranceOperation, insurer: Insurer) -> InsurerPolicy | None:
    policy = operation.policy
    vehicle = replace(policy.vehicle, vin=operation.params["vin"])
    return insurer.update_vehicle(policy.insurer_reference, vehicle, key=operation.key)


_CALLS: Mapping[str, Callable[[InsuranceOperation, Insurer], InsurerPolicy | None]] = {
    _KIND.QUOTE: _quote,
    _KIND.BIND: _bind,
    _KIND.VEHICLE: _vehicle,
    _KIND.CANCEL: _cancel,
}
_DONE: Mapping[str, frozenset[Status]] = {
    _KIND.QUOTE: frozenset(Status),
    _KIND.BIND: frozenset(Status) - {Status.QUOTED},
    _KIND.VEHICLE: frozenset(Status),
    _KIND.CANCEL: frozenset({Status.CANCELLED, Status.LAPSED, Status.DECLINED}),
}


def _heard(operation: InsuranceOperation, seen: InsurerPolicy) -> bool:
    """Whether one sees at the policy that the call was heard."""
    told = operation.kind != _KIND.VEHICLE or seen.vin == operation.params["vin"]
    return told and seen.status in _DONE[operation.kind]


def _looked_up(operation: InsuranceOperation, insurer: Insurer) -> InsurerPolicy | None:
    """The policy after a call whose key is forgotten; raises InsurerRefused: the call never happened."""
    policy = operation.policy
    reference = policy.insurer_reference
    seen = insurer.fetch(reference) if reference else insurer.find(policy.code)
    if seen is None or not _heard(operation, seen):
        raise InsurerRefused(
            "the insurer has no trace of this call",
            facts={"insurer": policy.insurer, "reason": "never_arrived"},
        )
    return seen


def _cancelled_before_it_began(operation: InsuranceOperation, now: datetime) -> None:
    """The insurer never heard of it: nothing is to be given back."""
    policy = operation.policy
    if State(policy.state) in OPEN:
        move(policy=policy, to=Move.CANCEL, by=By.SYSTEM, actor="system", now=now)


def settle(*, insurer_reference: str, insurer: Insurer, now: datetime) -> str | None:
    """Ask the insurer where its policy stands and apply it; gives our state, None for a policy that is not ours.

    Not inside a transaction. Raises what the door raises.
    """
    rows = InsurancePolicy.objects.filter(insurer=insurer.insurer)
    seen = insurer.fetch(insurer_reference)
    pk = rows.filter(code=seen.reference).values_list("pk", flat=True).first()
    if pk is None:
        return None
    with transaction.atomic():
        policy = locked_policy(pk)
        apply_seen(policy=policy, seen=seen, now=now)
    return policy.state


def poll(*, doors: Doors, now: datetime, limit: int = 100) -> int:
    """Ask insurers about open policies whose message did not come; gives how many were asked about."""
    due = Q(polled_at=None, created_at__lte=now - POLL_AFTER) | Q(polled_at__lte=now - POLL_AFTER)
    rows = InsurancePolicy.objects.filter(due, state__in=OPEN).exclude(insurer_reference="")
    turns = rows.order_by(F("polled_at").asc(nulls_first=True), "pk")[:limit]
    asked, silent = 0, set[str]()
    for pk, code, reference in turns.values_list("pk", "insurer", "insurer_reference"):
        insurer = doors(code)
        if insurer is None or code in silent:
            continue
        InsurancePolicy.objects.filter(pk=pk).update(polled_at=now)
        try:
            settle(insurer_reference=reference, insurer=insurer, now=now)
            asked += 1
        except InsurerUnavailable:
            silent.add(code)
        except InsurerError:  # of this one; the others are asked about all the same
            asked += 1
    return asked


def sweep(*, doors: Doors, now: datetime, limit: int = 100) -> int:
    """Make the calls that a dead process or a silent insurer left open; gives how many were answered."""
    return calls.sweep(
        _waiting(),
        doors=doors,
        make=lambda number, insurer: send(operation=number, insurer=insurer, now=now),
        silence=InsurerUnavailable,
        error=InsurerError,
        now=now,
        limit=limit,
    )


def perform(*, key: str, doors: Doors, now: datetime) -> None:
    """Make the stored call of `key`, unless it was made or its door is closed; a silence waits for the sweeper."""
    calls.perform(
        _waiting(),
        key=key,
        doors=doors,
        make=lambda number, insurer: send(operation=number, insurer=insurer, now=now),
        error=InsurerError,
    )


def _waiting() -> calls.Waiting:
    return InsuranceOperation.objects.values_list("pk", "policy__insurer")


def _store_refusal(operation: int, error: InsurerRefused, now: datetime) -> None:
    with transaction.atomic():
        found = locked_insurance_operation(operation)
        if found.resolved_at is not None:
            return
        calls.resolve(found, now, failed=error.message)
        policy = found.policy
        if found.kind in {_KIND.CANCEL, _KIND.VEHICLE}:
            note(policy, f"insurance-{found.kind}-refused", error.facts, now)
        elif policy.state == State.QUOTED:
            policy.reason = str(error.facts.get("reason") or "refused")[:64]
            move(policy=policy, to=Move.LAPSE, by=By.SYSTEM, actor="system", now=now)
