"""What of an order's money is in our hands: paid, and neither given back nor about to be."""

from __future__ import annotations

from django.db.models import Q, Sum

from checkout.domain.payments import PAID
from checkout.models import Order, Payment, PaymentOperation
from kernel.money import Money

_OP = PaymentOperation


def held_of(order: Order) -> Money:
    """What the buyer paid for `order` less refunds made and refunds under way; never negative.

    Ask it under the order's lock where something is decided by the answer.
    """
    paid = order.payments.filter(state__in=PAID).aggregate(total=Sum("amount"))["total"] or 0
    return Money(paid - _going_back(order), order.currency)


def _going_back(order: Order) -> int:
    living = ~Q(state=_OP.State.FAILED)
    rows = _OP.objects.filter(living, payment__order=order, kind=_OP.Kind.REFUND)
    return rows.aggregate(total=Sum("amount"))["total"] or 0


def refundable_payments(order: Order) -> tuple[tuple[Payment, Money], ...]:
    """The paid payments of `order` with what each can still give back, the youngest first; none without anything left."""
    living = ~Q(operations__state=_OP.State.FAILED) & Q(operations__kind=_OP.Kind.REFUND)
    rows = order.payments.filter(state__in=PAID).order_by("-pk")
    found = []
    for payment in rows.annotate(back=Sum("operations__amount", filter=living)):
        left = Money(payment.amount - (payment.back or 0), payment.currency)
        if left:
            found.append((payment, left))
    return tuple(found)
