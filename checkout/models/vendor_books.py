"""What a vendor's books said when they were last read: movements of our balance, payouts, disputes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.money import Money


class VendorPayout(models.Model):
    """One payout to our bank account; `amount` minor units of `currency`; `itemised_at` once its moves were fetched."""

    class State(models.TextChoices):
        """As the vendor says; one that failed comes back to our balance."""

        PENDING = "pending", _("On its way")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

    provider = models.CharField(max_length=16)
    code = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    arrives_on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices)
    at = models.DateTimeField()
    itemised_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        """Newest first, as finance reads them."""

        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider", "code"], name="payout_once"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def money(self) -> Money:
        """What was sent to the bank."""
        return Money(self.amount, self.currency)


class VendorMove(models.Model):
    """One change of our balance at the vendor: `gross` and `fee` minor units of `currency`, net = gross - fee.

    `vendor_payment` is the vendor's name of the payment, `payment` ours where we know it; `reference` what we called a
    refund; `payout` the one it went out with, once that is known.
    """

    provider = models.CharField(max_length=16)
    code = models.CharField(max_length=255)
    kind = models.CharField(max_length=64)
    gross = models.BigIntegerField()
    fee = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=255, blank=True, default="")
    vendor_payment = models.CharField(max_length=255, blank=True, default="")
    payment = models.ForeignKey(
        "checkout.Payment",
        on_delete=models.PROTECT,
        related_name="vendor_moves",
        null=True,
        blank=True,
    )
    reference = models.CharField(max_length=255, blank=True, default="")
    payout = models.ForeignKey(
        VendorPayout, on_delete=models.PROTECT, related_name="moves", null=True, blank=True
    )
    live = models.BooleanField()
    at = models.DateTimeField(db_index=True)
    available_on = models.DateField()
    seen_at = models.DateTimeField()

    class Meta:
        """In the order of booking."""

        verbose_name = _("movement at the vendor")
        verbose_name_plural = _("movements at the vendor")
        ordering: ClassVar[list[str]] = ["at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider", "code"], name="vendor_move_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"

    @property
    def net(self) -> Money:
        """What our balance changed by."""
        return Money(self.gross - self.fee, self.currency)


class VendorDispute(models.Model):
    """A payment that its payer contests at the vendor; `answer_by` ends the time for evidence."""

    class State(models.TextChoices):
        """How it stands."""

        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    provider = models.CharField(max_length=16)
    code = models.CharField(max_length=255)
    vendor_payment = models.CharField(max_length=255, blank=True, default="")
    payment = models.ForeignKey(
        "checkout.Payment",
        on_delete=models.PROTECT,
        related_name="disputes",
        null=True,
        blank=True,
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8, choices=State.choices)
    answer_by = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        """Newest first."""

        verbose_name = _("vendor dispute")
        verbose_name_plural = _("vendor disputes")
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider", "code"], name="vendor_dispute_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"

    @property
    def money(self) -> Money:
        """What is contested."""
        return Money(self.amount, self.currency)
