"""Each cent of an order as facts: payments, what goes back, and the numbers of their receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from checkout.domain.payment_methods import BANK, refundable_until
from checkout.domain.payments import PAID, State
from checkout.models.banking import OutgoingTransfer
from checkout.models.payments import Payment, PaymentOperation
from checkout.queries.order_facts import PaymentFacts, RefundFacts
from kernel.money import Money

_CALL, _SENT = PaymentOperation.State, OutgoingTransfer.State
_BY_CALL: Mapping[str, str] = {
    _CALL.PLANNED: "planned",
    _CALL.SENT: "under_way",
    _CALL.UNKNOWN: "under_way",
    _CALL.DONE: "arrived",
    _CALL.FAILED: "failed",
}
_BY_BANK: Mapping[str, str] = {
    _SENT.PROPOSED: "planned",
    _SENT.APPROVED: "planned",
    _SENT.SENT: "under_way",
    _SENT.DONE: "arrived",
    _SENT.REFUSED: "failed",
    _SENT.RETURNED: "failed",
}


@dataclass(frozen=True, slots=True)
class Numbered:
    """A refund and its place among the refunds of its order, from 1."""

    number: int
    operation: PaymentOperation


def shown_payments() -> QuerySet[Payment]:
    """Payments oldest first, with what goes back of each in `shown_refunds`."""
    refunds = PaymentOperation.objects.filter(kind=PaymentOperation.Kind.REFUND)
    with_carriers = refunds.order_by("pk").prefetch_related("carried_by")
    return Payment.objects.order_by("pk").prefetch_related(
        Prefetch("operations", with_carriers, to_attr="shown_refunds")
    )


def payment_facts(order: str, payments: Iterable[Payment]) -> tuple[PaymentFacts, ...]:
    """The payments of an order that `shown_payments` read, oldest first; of others no refund is shown."""
    rows = list(payments)
    refunds = sorted((op for row in rows for op in _refunds(row)), key=lambda op: op.pk)
    numbers = {op.pk: number for number, op in enumerate(refunds, 1)}
    return tuple(
        _facts(order, place, row, [Numbered(numbers[op.pk], op) for op in _refunds(row)])
        for place, row in enumerate(rows, 1)
    )


def _refunds(payment: Payment) -> list[PaymentOperation]:
    found: list[PaymentOperation] = getattr(payment, "shown_refunds", [])
    return found


def _facts(order: str, place: int, row: Payment, refunds: list[Numbered]) -> PaymentFacts:
    paid = State(row.state) in PAID
    return PaymentFacts(
        code=row.code,
        purpose=row.purpose,
        method=row.method,
        provider=row.provider,
        state=row.state,
        amount=row.money,
        refunded=Money(row.refunded, row.currency),
        created_at=row.created_at,
        settled_at=row.settled_at,
        means=row.means,
        failure_code=row.failure_code,
        receipt=f"{order}-{place}" if paid else None,
        refundable_until=_until(row) if paid else None,
        transfer=_transfer(row),
        refunds=tuple(_refund(order, row, each) for each in refunds),
    )


def _until(row: Payment) -> datetime | None:
    if row.settled_at is None:
        return None
    return refundable_until(settled_at=row.settled_at, refund_days=row.terms.get("refund_days"))


def _transfer(row: Payment) -> Mapping[str, str] | None:
    if row.provider != BANK or row.state != State.REQUIRES_ACTION:
        return None
    said = row.terms
    return {**said["account"], "reference": said["reference"], "until": said["until"]}


def _refund(order: str, row: Payment, refund: Numbered) -> RefundFacts:
    operation = refund.operation
    carriers = sorted(operation.carried_by.all(), key=lambda transfer: transfer.pk)
    carrier = carriers[-1] if carriers else None
    state = _BY_BANK[carrier.state] if carrier else _BY_CALL[operation.state]
    if state == "planned" and operation.provider_ref:
        state = "under_way"
    arrived = state == "arrived"
    return RefundFacts(
        state=state,
        amount=Money(operation.amount or 0, row.currency),
        way="bank_transfer" if carrier or row.provider == BANK else row.method,
        reason=operation.reason,
        planned_at=operation.created_at,
        arrived_at=operation.resolved_at if arrived else None,
        receipt=f"{order}-R{refund.number}" if arrived else None,
    )
