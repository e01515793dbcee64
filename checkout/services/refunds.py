"""Giving an order's money back: one sum, spread over the payments it came by."""

from __future__ import annotations

from datetime import datetime

from checkout.errors import RefundTooLarge
from checkout.models import Order
from checkout.models.locks import locked_payment
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
