"""What is contested at a vendor now: nothing of it is paid out, and its order rests, until the vendor has decided."""

from __future__ import annotations

from django.db.models import QuerySet

from checkout.models import Order, Payment, VendorDispute


def open_contests() -> QuerySet[VendorDispute]:
    """The disputes that are not decided."""
    return VendorDispute.objects.filter(state=VendorDispute.State.OPEN)


def is_contested(payment: Payment) -> bool:
    """Whether somebody contests this payment now."""
    return open_contests().filter(payment=payment).exists()


def has_contested(order: Order) -> bool:
    """Whether somebody contests a payment of this order now."""
    return open_contests().filter(payment__order=order).exists()
