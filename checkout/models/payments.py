"""Payments of an order, and every call to a vendor stored before it is made."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from checkout.models.stored import StoredCall
from kernel.money import Money


class Payment(models.Model):
    """One attempt to pay one purpose of an order: exactly one payment at the vendor, never re-used.

    `amount`, `refunded` and `fee` are minor units; `amount` and `refunded` of `currency`, the fee of
    `fee_currency` (the vendor may settle in another currency than the buyer paid in). A declined attempt stays
    as it is; the next one is a new row with the next `attempt`.
    """

    class Purpose(models.TextChoices):
        """What the money is for."""

        DEPOSIT = "deposit", "Deposit"
        BALANCE = "balance", "Balance"
        AMENDMENT = "amendment", "Amendment"

    class State(models.TextChoices):
        """Where the payment stands; the moves are `checkout.domain.payments.MOVES`."""

        CREATED = "created", "Created"
        REQUIRES_ACTION = "requires_action", "Waits for the buyer"
        PROCESSING = "processing", "Processing"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"
        REFUNDED = "refunded", "Refunded"

    code = models.CharField(max_length=16, unique=True)
    order = models.ForeignKey("checkout.Order", on_delete=models.PROTECT, related_name="payments")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    attempt = models.PositiveSmallIntegerField(default=1)
    method = models.CharField(max_length=32, blank=True, default="")
    provider = models.CharField(max_length=16, blank=True, default="")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=State.choices, default=State.CREATED)
    provider_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    failure_code = models.CharField(max_length=64, blank=True, default="")
    balance_transaction = models.CharField(max_length=255, blank=True, default="")
    fee = models.BigIntegerField(null=True, blank=True)
    fee_currency = models.CharField(max_length=3, blank=True, default="")
    refunded = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    terms = models.JSONField(default=dict, blank=True)
    """What held of the way to pay when this attempt was begun: `refund_days`; of a transfer `account`, `reference`, `until`.

    Of money that is only held: `hold_until`, the moment at which the vendor lets it go."""
    means = models.JSONField(default=dict, blank=True)
    """What the vendor says the buyer paid with, such as `{brand, last4}`; empty where it says nothing."""
    snapshot_at = models.DateTimeField(null=True, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    """When the poller last asked the vendor, answered or not; the one asked longest ago is next."""

    class Meta:
        """Newest last, so that a list reads like a history."""

        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "created_at"]),
            models.Index(fields=["settled_at"]),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "purpose", "attempt"], name="payment_one_row_per_attempt"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0) & Q(refunded__lte=models.F("amount")),
                name="payment_refund_within_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.purpose} {self.state}"

    @property
    def money(self) -> Money:
        """What the buyer pays."""
        return Money(self.amount, self.currency)


class PaymentOperation(StoredCall):
    """One call to the vendor: written before it is made, with the key that makes a second send harmless.

    `params` are sent again word for word; `params_hash` proves it. An operation younger than 23 hours may be
    sent again with its key; an older one is looked up instead (vendors forget keys after 24 hours). A refund `by_transfer`
    asks no vendor: an outgoing transfer of ours carries it out.
    """

    class Kind(models.TextChoices):
        """What the vendor is asked to do."""

        CREATE = "create", "Create the payment"
        CANCEL = "cancel", "Cancel the payment"
        REFUND = "refund", "Refund"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="operations")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=255, unique=True)
    params_hash = models.CharField(max_length=64)
    amount = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=64, blank=True, default="")
    provider_ref = models.CharField(max_length=255, blank=True, default="")
    by_transfer = models.BooleanField(default=False)

    class Meta(StoredCall.Meta):
        """In the order in which they were planned."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["state", "created_at"], condition=Q(resolved_at=None), name="operation_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
