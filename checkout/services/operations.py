"""Calls to a vendor: stored with their key, sent outside any transaction, their answer stored.

Between the two a process may die. Then the operation stays `sent` or `unknown` and is sent again word for word
with the same key while the vendor still remembers keys, else looked up; nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from checkout.domain.ledger import refund_approved_legs, refund_paid_legs, refund_refused_legs
from checkout.domain.outgoing import Why, check_left, route
from checkout.domain.payments import State, check_refund, may_move
from checkout.errors import GatewayDeclined, GatewayRefused, GatewayUnavailable
from checkout.events import DisputeTold, OperationPlanned, PaymentFailed, RefundSent
from checkout.gateways.ports import GatewayPayment, GatewayRefund, PaymentGateway, PaymentRequest
from checkout.models import Payment, PaymentOperation
from checkout.models.locks import locked_operation
from checkout.queries.contests import is_contested, open_contests
from checkout.queries.paid import refund_days_of
from checkout.services import calls, outgoing
from checkout.services.ledger import post
from kernel.audit import record
from kernel.eventbus import publish
from kernel.money import Money
from kernel.text import fingerprint

_KIND, _OP = PaymentOperation.Kind, PaymentOperation.State
ASKED_AGAIN = timedelta(minutes=10)
"""How often the sweeper asks about a refund that the vendor has accepted: slow methods take days."""
CONTESTED = "charge_disputed"
"""The vendor's word for a refund that it refuses because the payment is contested."""


def plan(
    *,
    payment: Payment,
    kind: str,
    params: Mapping[str, Any],
    now: datetime,
    amount: int | None = None,
    reason: str = "",
    by_transfer: bool = False,
) -> PaymentOperation:
    """Store the next operation of `kind` on a locked payment; call it inside the transaction that decides it.

    The key is `<kind>-<payment>-<number>`: the number comes from our rows, so a double click finds the same
    operation and a browser cannot make a new one.
    """
    number = payment.operations.filter(kind=kind).count() + 1
    return PaymentOperation.objects.create(
        payment=payment,
        kind=kind,
        key=f"{kind}-{payment.code}-{number}",
        params=dict(params),
        params_hash=fingerprint(dict(params)),
        amount=amount,
        reason=reason,
        by_transfer=by_transfer,
        created_at=now,
    )


def plan_create(*, payment: Payment, request: PaymentRequest, now: datetime) -> PaymentOperation:
    """Store that the vendor shall be asked for `payment`."""
    return plan(payment=payment, kind=_KIND.CREATE, params=request.stored(), now=now)


def plan_cancel(*, payment: Payment, now: datetime) -> PaymentOperation:
    """Store that the vendor shall take no more money for `payment`; an unanswered one is used again."""
    waiting = unanswered(payment, _KIND.CANCEL).first()
    return waiting or plan(payment=payment, kind=_KIND.CANCEL, params={}, now=now)


def plan_refund(
    *, payment: Payment, amount: Money, reason: str, actor: str, now: datetime
) -> PaymentOperation:
    """Store a refund of a locked, paid payment, post what we owe now, and have a worker send it.

    Where its vendor does not give the money back (any more), a transfer of ours is proposed instead, which `actor` cannot
    approve. Refunds under way count as refunded. Raises BadAmount, RefundTooLarge.
    """
    why, failed = _route(payment, now)
    check = check_left if why else check_refund
    check(amount=amount, paid=payment.money, refunded=refunded_or_under_way(payment))
    operation = plan(
        payment=payment,
        kind=_KIND.REFUND,
        params={"amount": amount.minor, "currency": amount.currency},
        now=now,
        amount=amount.minor,
        reason=reason,
        by_transfer=why is not None,
    )
    post(
        key=f"rf:{operation.key}",
        kind="refund-approved",
        order=payment.order,
        legs=refund_approved_legs(amount),
        now=now,
        note=reason,
    )
    record(
        subject=f"order:{payment.order.code}",
        action="refund-planned",
        actor=actor,
        facts={
            "payment": payment.code,
            "operation": operation.key,
            "amount": amount,
            "reason": reason,
        },
        now=now,
    )
    if why is None:
        publish(OperationPlanned(key=operation.key, at=now))
    else:
        outgoing.propose(refund=operation, why=why, actor=actor, now=now, failed=failed)
    return operation


def _route(payment: Payment, now: datetime) -> tuple[Why | None, PaymentOperation | None]:
    """Why a refund of this payment goes by transfer, if it does; and the refund that its vendor said no to, if it did."""
    failed = payment.operations.filter(kind=_KIND.REFUND, state=_OP.FAILED).last()
    why = route(
        provider=payment.provider,
        settled_at=payment.settled_at,
        refund_days=refund_days_of(payment),
        failed=failed is not None,
        now=now,
    )
    return why, failed


def refunded_or_under_way(payment: Payment) -> Money:
    """What of `payment` was given back or is about to be."""
    rows = payment.operations.filter(kind=_KIND.REFUND).exclude(state=_OP.FAILED)
    return Money(rows.aggregate(total=Sum("amount"))["total"] or 0, payment.currency)


def unanswered(payment: Payment, kind: str) -> QuerySet[PaymentOperation]:
    """The operations of `kind` on `payment` whose outcome is not known."""
    return payment.operations.filter(kind=kind, resolved_at=None)


def overdue(*, provider: str, now: datetime, limit: int = 100) -> QuerySet[PaymentOperation]:
    """Operations at `provider` that a dead process or a silent vendor left open, those that waited longest first.

    Not the oldest first: refunds may be pending for days and would keep the others from their turn.
    """
    rows = PaymentOperation.objects.filter(
        calls.late(now), payment__provider=provider, by_transfer=False
    )
    asked = Q(kind=_KIND.REFUND, last_sent_at__gt=now - ASKED_AGAIN)
    accepted = asked & ~Q(provider_ref="")
    waits = held_back() & Exists(open_contests().filter(payment=OuterRef("payment")))
    return rows.exclude(accepted).exclude(waits).order_by(*calls.LONGEST_WAITING)[:limit]


def held_back() -> Q:
    """Refunds that the vendor was never asked for; they are not sent while their payment is contested."""
    return Q(kind=_KIND.REFUND, by_transfer=False, attempts=0, resolved_at=None)


def send(*, operation: int, gateway: PaymentGateway, now: datetime) -> PaymentOperation:
    """Make the stored call and store its answer; an answered one is left as it is, and so is a refund that is held back.

    Not inside a transaction. Raises what the door raises, after writing it down.
    """
    with transaction.atomic():
        found = locked_operation(operation)
        if found.resolved_at is not None or _is_held_back(found):
            return found
        look_up = _must_look_up(found, now)
        calls.begin(found, now)
    try:
        answer = _looked_up(found, gateway) if look_up else _CALLS[found.kind](found, gateway)
    except (GatewayRefused, GatewayDeclined) as error:
        _store_refusal(operation, error, now)
        raise
    except GatewayUnavailable as error:
        with transaction.atomic():
            calls.unheard(locked_operation(operation), error.message)
        raise
    with transaction.atomic():
        found = locked_operation(operation)
        if found.resolved_at is None:
            _store_answer(found, answer, now)
    return found


def _is_held_back(operation: PaymentOperation) -> bool:
    unsent = operation.kind == _KIND.REFUND and not operation.attempts
    return unsent and is_contested(operation.payment)


def _must_look_up(operation: PaymentOperation, now: datetime) -> bool:
    # Sent again, an accepted refund would only repeat the vendor's first words about it.
    return calls.forgotten(operation, now) or bool(operation.provider_ref)


def _create(operation: PaymentOperation, gateway: PaymentGateway) -> GatewayPayment:
    return gateway.create_payment(PaymentRequest.restored(operation.params), key=operation.key)


def _cancel(operation: PaymentOperation, gateway: PaymentGateway) -> GatewayPayment:
    return gateway.cancel_payment(operation.payment.provider_id or "", key=operation.key)


def _refund(operation: PaymentOperation, gateway: PaymentGateway) -> GatewayRefund:
    amount = Money(operation.params["amount"], operation.params["currency"])
    return gateway.refund_payment(
        operation.payment.provider_id or "", amount=amount, key=operation.key
    )


_Answer = GatewayPayment | GatewayRefund
_CALLS: Mapping[str, Callable[[PaymentOperation, PaymentGateway], _Answer]] = {
    _KIND.CREATE: _create,
    _KIND.CANCEL: _cancel,
    _KIND.REFUND: _refund,
}


def _looked_up(operation: PaymentOperation, gateway: PaymentGateway) -> _Answer:
    """The outcome of an operation whose key the vendor has forgotten; raises GatewayRefused: it never happened."""
    payment = operation.payment
    found: _Answer | None
    if operation.kind == _KIND.CREATE:
        found = gateway.find_payment(
            payment.code, since=operation.created_at - timedelta(minutes=5)
        )
    elif operation.kind == _KIND.CANCEL:
        seen = gateway.fetch_payment(payment.provider_id or "")
        found = seen if seen.state is State.CANCELED else None
    else:
        refunds = gateway.refunds_of(payment.provider_id or "")
        found = next((refund for refund in refunds if refund.reference == operation.key), None)
    if found is None:
        raise GatewayRefused(
            "the vendor has no trace of this operation", facts={"reason": "not_found"}
        )
    return found


def _store_answer(operation: PaymentOperation, answer: _Answer, now: datetime) -> None:
    if isinstance(answer, GatewayRefund):
        store_refund(operation, answer, now=now)
        return
    payment = operation.payment
    if operation.kind == _KIND.CREATE:
        payment.provider_id = answer.provider_id
    if may_move(State(payment.state), answer.state) and answer.state is not State.SUCCEEDED:
        payment.state = str(answer.state)
    payment.save()
    _resolve(operation, now, reference=answer.provider_id)


def store_refund(operation: PaymentOperation, refund: GatewayRefund, *, now: datetime) -> None:
    """Write down where a refund stands, on a locked operation; a pending one stays open until it is decided."""
    if refund.state == "failed":
        fail(operation, "the vendor could not pay the refund out", now)
        return
    operation.provider_ref = refund.refund_id
    operation.save()
    if refund.state != "succeeded" or refund.move is None:
        return
    payment = operation.payment
    post(
        key=f"bt:{refund.move.code}",
        kind="refund",
        order=payment.order,
        legs=refund_paid_legs(refunded=refund.amount, gross=refund.move.gross, fee=refund.move.fee),
        now=now,
        note=operation.key,
    )
    payment.refunded += refund.amount.minor
    if payment.refunded == payment.amount:
        payment.state = str(State.REFUNDED)
    payment.save()
    publish(
        RefundSent(order=payment.order.code, payment=payment.code, amount=refund.amount, at=now)
    )
    _resolve(operation, now, reference=refund.refund_id)


def _resolve(operation: PaymentOperation, now: datetime, *, reference: str) -> None:
    operation.provider_ref = reference
    calls.resolve(operation, now)


def fail(operation: PaymentOperation, words: str, now: datetime) -> None:
    """Write down, on a locked operation, that the call failed for good; a refund's debt is taken back."""
    calls.resolve(operation, now, failed=words)
    if operation.kind == _KIND.REFUND:
        post(
            key=f"rx:{operation.key}",
            kind="refund-refused",
            order=operation.payment.order,
            legs=refund_refused_legs(Money(operation.amount or 0, operation.payment.currency)),
            now=now,
            note=words[:255],
        )


def _wait(operation: PaymentOperation, words: str, now: datetime) -> None:
    """As if it had never been sent: the payment is contested, which somebody has to look at first."""
    operation.state, operation.error, operation.attempts = _OP.PLANNED, words, 0
    operation.first_sent_at = operation.last_sent_at = None
    operation.save()
    payment = operation.payment
    publish(DisputeTold(provider=payment.provider, payment=payment.provider_id or "", at=now))


def _store_refusal(operation: int, error: GatewayRefused | GatewayDeclined, now: datetime) -> None:
    with transaction.atomic():
        found = locked_operation(operation)
        if found.resolved_at is not None:
            return
        if found.kind == _KIND.REFUND and error.facts.get("reason") == CONTESTED:
            _wait(found, error.message, now)
            return
        fail(found, error.message, now)
        if found.kind == _KIND.CREATE:
            found.payment.state = str(State.FAILED)
            found.payment.failure_code = str(error.facts.get("failure_code") or "refused")
            found.payment.save()
            publish(
                PaymentFailed(order=found.payment.order.code, payment=found.payment.code, at=now)
            )
