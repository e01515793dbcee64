"""Compensation: proposed when the seller failed, approved or refused by a second person; only approved it is a debt."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from checkout.domain.amounts import money_json
from checkout.domain.ledger import compensation_legs
from checkout.errors import CompensationConflict, UnknownCompensation
from checkout.events import CompensationProposed
from checkout.models import Compensation, Order
from checkout.services.history import tell
from checkout.services.ledger import post
from checkout.services.moving import locked
from checkout.services.outgoing import propose_compensation
from kernel.eventbus import publish
from kernel.money import Money

_STATE = Compensation.State


def propose(
    *, order: Order, kind: str, amount: Money, reason: str, actor: str, now: datetime
) -> Compensation:
    """Propose `amount`, above zero, to the buyer of a locked order; `actor` will not be the one to approve it."""
    last = order.compensations.aggregate(last=Max("number"))["last"]
    row = Compensation.objects.create(
        order=order,
        number=(last or 0) + 1,
        kind=kind,
        reason=reason,
        amount=amount.minor,
        currency=amount.currency,
        proposed_by=actor,
        proposed_at=now,
    )
    publish(CompensationProposed(order=order.code, amount=amount, reason=reason, at=now))
    _tell(row, "compensation-proposed", actor, now)
    return row


def approve(*, order: str, number: int, actor: str, now: datetime) -> None:
    """A second person agrees: the sum is owed from now on, and a transfer is proposed. The same person twice is one.

    Raises UnknownOrder, UnknownCompensation, CompensationConflict.
    """
    with transaction.atomic():
        row = _decided(order, number, _STATE.APPROVED, actor, "", now)
        if row is None:
            return
        post(
            key=f"cp:{order}-{number}",
            kind="compensation-approved",
            order=row.order,
            legs=compensation_legs(row.money),
            now=now,
            note=row.reason,
        )
        _tell(row, "compensation-approved", actor, now)
        propose_compensation(compensation=row, actor=actor, now=now)


def refuse(*, order: str, number: int, note: str, actor: str, now: datetime) -> None:
    """A second person does not agree, and says in `note` why. The same person twice is one.

    Raises UnknownOrder, UnknownCompensation, CompensationConflict.
    """
    with transaction.atomic():
        row = _decided(order, number, _STATE.REFUSED, actor, note, now)
        if row is not None:
            _tell(row, "compensation-refused", actor, now)


def _decided(
    order: str, number: int, to: str, actor: str, note: str, now: datetime
) -> Compensation | None:
    """The row in its new state, its order locked; None where the same person said the same before."""
    parent = locked(order)
    row = parent.compensations.filter(number=number).first()
    if row is None:
        raise UnknownCompensation(
            f"number: no compensation {number} was proposed for this order",
            facts={"order": order, "number": number},
        )
    if (row.state, row.decided_by) == (to, actor):
        return None
    if row.state != _STATE.PROPOSED:
        raise _conflict(row, f"this compensation is {row.state} already", ())
    if row.proposed_by == actor:
        raise _conflict(
            row, "who proposed a compensation does not decide about it", ("approve", "refuse")
        )
    row.order = parent
    row.state, row.decided_by, row.decided_at, row.note = to, actor, now, note[:255]
    row.save(update_fields=["state", "decided_by", "decided_at", "note"])
    return row


def _conflict(row: Compensation, message: str, moves: tuple[str, ...]) -> CompensationConflict:
    facts = {"order": row.order.code, "number": row.number, "state": row.state}
    return CompensationConflict(message, facts={**facts, "moves": list(moves)})


def _tell(row: Compensation, kind: str, actor: str, now: datetime) -> None:
    facts = {
        "number": row.number,
        "kind": row.kind,
        "reason": row.reason,
        "amount": money_json(row.money),
        "note": row.note,
    }
    tell(order=row.order, kind=kind, actor=actor, facts=facts, now=now)
