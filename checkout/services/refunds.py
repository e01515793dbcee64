"""Giving an order's money back: one sum, spread over the payments it came by."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from checkout.domain.outgoing import OVER
from checkout.errors import RefundTooLarge, TransferConflict, UnknownPayment
from checkout.models import Order, PaymentOperation
from checkout.models.locks import locked_operation, locked_payment
from checkout.queries.paid import refundable_payments
from checkout.services.operations import plan_refund
from kernel.money import Money


def give_back(
    *, order: Order, amount: Money, reason: str, actor: str, now: datetime
) -> tuple[str, ...]:
    """Plan refunds of `amount` in all on a locked order, the youngest payment first; gives the operations' keys.

    Inside the transaction that decides it; workers send them. Raises RefundTooLarge where less than `amount` is left.
    """
    keys, rest = [], amount
    found = refundable_payments(order)
    if amount and not found:
        raise RefundTooLarge(
            f"amount: nothing is left of this order that {amount} could be given back from",
            facts={"amount": amount.minor, "refundable": 0, "currency": amount.currency},
        )
    for at, (payment, left) in enumerate(found):
        if not rest:
            break
        # The last one is asked for all of the rest, so that a sum that is not there is refused by name.
        part = rest if at == len(found) - 1 else min(left, rest)
        row = locked_payment(payment.pk)
        keys.append(plan_refund(payment=row, amount=part, reason=reason, actor=actor, now=now).key)
        rest -= part
    return tuple(keys)


def refund_by_transfer(*, operation: str, actor: str, now: datetime) -> str:
    """Propose to pay by transfer what a vendor refused to refund; gives the transfer's code.

    Raises UnknownPayment for another key, TransferConflict for a refund that did not fail or is being paid already,
    RefundTooLarge where the money has been given back meanwhile.
    """
    with transaction.atomic():
        found = PaymentOperation.objects.filter(key=operation, kind=PaymentOperation.Kind.REFUND)
        pk = found.values_list("pk", flat=True).first()
        if pk is None:
            raise UnknownPayment(
                f"operation: there is no refund {operation!r}", facts={"operation": operation}
            )
        row = locked_operation(pk)
        instead = row.outgoing_transfers.exclude(state__in=[*OVER]).first()
        if row.state != PaymentOperation.State.FAILED or instead is not None:
            raise TransferConflict(
                f"refund {operation} is {row.state}, or a transfer pays it already",
                facts={
                    "transfer": instead.code if instead else "",
                    "state": instead.state if instead else row.state,
                    "moves": [],
                },
            )
        amount = Money(row.amount or 0, row.payment.currency)
        planned = plan_refund(
            payment=row.payment, amount=amount, reason=row.reason, actor=actor, now=now
        )
        transfer = planned.carried_by.get()
        transfer.operation = row
        transfer.save(update_fields=["operation"])
    return transfer.code
