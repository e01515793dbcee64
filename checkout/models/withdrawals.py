"""The receipt of a withdrawal: what the buyer declared and when, kept for good."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from checkout.models.orders import Order
from kernel.crypto import EncryptedTextField
from kernel.money import Money


class WithdrawalReceipt(models.Model):
    """One withdrawal, confirmed at `received_at`; added once and never changed (the database refuses it).

    Only `name` and `contact` can be encrypted anew or erased. `fingerprint` is that of the declaration shown and
    confirmed. `refund_by` None: not before the car is back.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="withdrawal")
    number = models.CharField(max_length=16, unique=True)
    contract = models.CharField(max_length=32, blank=True)
    name = EncryptedTextField(default="")
    contact = EncryptedTextField(default="")
    fingerprint = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    received_at = models.DateTimeField()
    zone = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    until_on = models.DateField(null=True, blank=True)
    refund = models.BigIntegerField(help_text="What goes back, in minor units.")
    currency = models.CharField(max_length=3)
    refund_by = models.DateField(null=True, blank=True)
    hold_back = models.BooleanField()
    finance_by = models.DateField(null=True, blank=True)

    class Meta:
        """Newest first."""

        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(refund__gte=0), name="withdrawal_refund"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> Money:
        """What goes back."""
        return Money(self.refund, self.currency)
