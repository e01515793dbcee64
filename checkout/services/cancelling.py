"""Cancelling an order, by its buyer or because the seller fails: what was previewed is what is done."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from checkout.domain.amounts import Json, money_json
from checkout.domain.ending import move_for, read_reason
from checkout.domain.ledger import forfeited_legs
from checkout.domain.order import Actor, Contract, Move, Payment, State
from checkout.errors import OrderStateConflict, StalePreview
from checkout.events import OrderCancelled, RefundPlanned
from checkout.gateways.doors import Doors
from checkout.gateways.ports import PaymentGateway
from checkout.models import Compensation, Order
from checkout.queries.endings import Previewed, may_still_pay, preview_of, unlocked
from checkout.services.compensating import propose
from checkout.services.expiry import cancel_unpaid
from checkout.services.history import tell
from checkout.services.ledger import post
from checkout.services.moving import conflict, end, locked, may
from checkout.services.payments import close_open_payments
from checkout.services.refunds import give_back
from kernel.eventbus import publish


def preview_cancellation(
    *, order: str, reason: str | None = None, by: Actor = Actor.BUYER, now: datetime
) -> Json:
    """What cancelling would mean now, with the `fingerprint` that `cancel_order` asks for. Changes nothing.

    Raises UnknownOrder, BadReason, NotLateEnough, OrderStateConflict for an order that cannot be cancelled now.
    """
    return _previewed(unlocked(order), reason, by, now).document


def cancel_order(
    *,
    order: str,
    reason: str | None,
    actor: str,
    by: Actor,
    fingerprint: str,
    gateway: PaymentGateway | Doors,
    now: datetime,
) -> Json:
    """End an order exactly as previewed; gives the preview that was done. Not inside a transaction.

    `actor`: `user:7`, `guest` or `staff:3`, acting as `by`. What may still take money is closed at the vendor first; what
    slips through goes back by itself. Raises UnknownOrder, BadReason, NotLateEnough, StalePreview with what is true now,
    OrderStateConflict when the order ended before, or money for an unpaid order is under way.
    """
    if may_still_pay(order):
        # Nothing is closed at a vendor for a preview that is no longer true.
        seen = _previewed(unlocked(order), reason, by, now)
        _check(order, seen, fingerprint)
        if seen.document["state"] == State.AWAITING_DEPOSIT:
            move = seen.ended.move
            cancel_unpaid(order=order, actor=actor, gateway=gateway, now=now, move=move, by=by)
            return seen.document
        close_open_payments(order=order, gateway=gateway, now=now)
    with transaction.atomic():
        row = locked(order)
        known = _previewed(row, reason, by, now)
        _check(order, known, fingerprint)
        _end(row, known, actor, by, now)
    return known.document


def _previewed(row: Order, reason: str | None, by: Actor, now: datetime) -> Previewed:
    why = read_reason(reason, by)
    if row.state == State.CANCELLED:
        raise _cancelled_before(row, move_for(why, by))
    may(row, move_for(why, by), by)
    return preview_of(row, reason=why, by=by, now=now)


def _cancelled_before(row: Order, move: Move) -> OrderStateConflict:
    """Says what was done when the order was cancelled, where it is known."""
    event = row.events.filter(kind="order-cancelled").last()
    refused = conflict(row, move, "the order was cancelled before")
    done = event.facts.get("done") if event else None
    return OrderStateConflict(refused.message, facts={**refused.facts, "done": done})


def _check(order: str, known: Previewed, fingerprint: str) -> None:
    if known.document["fingerprint"] != fingerprint:
        raise StalePreview(
            "fingerprint: this is not what cancelling means now; show the preview again",
            facts={"order": order, "preview": known.document},
        )


def _end(row: Order, known: Previewed, actor: str, by: Actor, now: datetime) -> None:
    """Do what was previewed on a locked order: money, contract, state, history and events in one transaction."""
    ended, reason = known.ended, f"cancelled-{known.ended.reason}"
    if row.contract_number:
        row.contract_state = Contract.VOID
    if ended.returned and not ended.kept:
        row.payment_state = Payment.REFUNDED
    row.save(update_fields=["contract_state", "payment_state"])
    end(row, ended.move, by, now)
    publish(OrderCancelled(order=row.code, at=now, by=str(by)))
    facts = {
        "by": str(by),
        "reason": str(ended.reason),
        "ground": str(ended.ground),
        "done": known.document,
    }
    tell(order=row, kind="order-cancelled", actor=actor, facts=facts, now=now)
    if ended.kept:
        legs = forfeited_legs(ended.kept)
        key = f"forfeit:{row.code}"
        post(key=key, kind="deposit-forfeited", order=row, legs=legs, now=now, note=reason)
        kept = {"amount": money_json(ended.kept), "stage": ended.stage and ended.stage.code}
        tell(order=row, kind="deposit-forfeited", actor=actor, facts=kept, now=now)
    if ended.returned:
        _refund(row, known, reason, actor, now)
    if ended.compensation:
        kind = Compensation.Kind.DELAY if ended.penalty else Compensation.Kind.DEPOSIT
        propose(
            order=row,
            kind=kind,
            amount=ended.compensation,
            reason=str(ended.reason),
            actor=actor,
            now=now,
        )


def _refund(row: Order, known: Previewed, reason: str, actor: str, now: datetime) -> None:
    amount = known.ended.returned
    give_back(order=row, amount=amount, reason=reason, actor=actor, now=now)
    publish(
        RefundPlanned(order=row.code, amount=amount, reason=reason, due_on=known.due_on, at=now)
    )
    facts = {"amount": money_json(amount), "due_on": known.due_on.isoformat()}
    tell(order=row, kind="refund-planned", actor=actor, facts=facts, now=now)
