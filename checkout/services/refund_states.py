"""What became of refunds after they were sent: pending ones that were paid, and paid ones that came back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from checkout.domain.payments import State
from checkout.errors import GatewayRefused
from checkout.gateways.ports import GatewayRefund, PaymentGateway
from checkout.models import PaymentOperation
from checkout.models.locks import locked_operation
from checkout.services import operations
from kernel.audit import record
from kernel.money import Money

_OP = PaymentOperation.State


def look_after_refunds(
    *, provider: str, provider_id: str, gateway: PaymentGateway, now: datetime
) -> int:
    """Ask the vendor about every refund of its payment and apply what it says; gives how many changed.

    Only what we sent and did not see fail is looked at, so an answer that comes late revives nothing. Not inside a
    transaction. Raises GatewayUnavailable.
    """
    sent = PaymentOperation.objects.filter(
        payment__provider=provider,
        payment__provider_id=provider_id,
        kind=PaymentOperation.Kind.REFUND,
        attempts__gt=0,
    ).exclude(state=_OP.FAILED)
    keys = dict(sent.values_list("key", "pk"))
    if not keys:
        return 0
    try:
        found = gateway.refunds_of(provider_id)
    except GatewayRefused:  # the vendor does not know this payment
        return 0
    ours = [(keys[refund.reference], refund) for refund in found if refund.reference in keys]
    return sum(_apply(pk, refund, now) for pk, refund in ours)


@transaction.atomic
def _apply(pk: int, refund: GatewayRefund, now: datetime) -> bool:
    operation = locked_operation(pk)
    if operation.state == _OP.FAILED:
        return False
    if operation.state == _OP.DONE:
        if refund.state == "failed":
            _came_back(operation, now)
        return refund.state == "failed"
    operations.store_refund(operation, refund, now=now)
    return operation.resolved_at is not None


def _came_back(operation: PaymentOperation, now: datetime) -> None:
    """A refund that was paid is with the vendor again: the debt is what it was before it was decided."""
    payment, amount = operation.payment, operation.amount or 0
    payment.refunded -= amount
    if payment.state == State.REFUNDED:
        payment.state = str(State.SUCCEEDED)
    payment.save()
    operations.fail(operation, "the refund came back after it was paid", now)
    record(
        subject=f"order:{payment.order.code}",
        action="refund-came-back",
        actor="system",
        facts={
            "payment": payment.code,
            "operation": operation.key,
            "amount": Money(amount, payment.currency),
        },
        now=now,
    )
