"""How a market's buyers can pay; the checkout asks the release on sale when a payment begins."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.domain.payment_methods import METHODS, faults_in
from catalog.models.base import CODE, Staffed, shown, valid_text
from catalog.models.cars import Market

PARTS = (
    "method",
    "provider",
    "purposes",
    "smallest",
    "largest",
    "refund_days",
    "holds",
    "wait_days",
    "name",
    "text",
    "account",
)
"""What of a row is judged by its form."""


class PaymentMethod(Staffed):
    """One way to pay in a market from a day on; fields as payment-methods.yaml has them, sums in minor units.

    `provider` names a payment door of its own; empty is the shop's main door.
    """

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="payment_methods")
    method = models.CharField(max_length=32, choices=[(each, each) for each in METHODS])
    provider = models.CharField(max_length=16, blank=True, default="")
    valid_from = models.DateField()
    purposes = models.JSONField(default=list, help_text="`[deposit, balance, amendment]`.")
    smallest = models.BigIntegerField(default=0)
    largest = models.BigIntegerField(null=True, blank=True)
    refund_days = models.PositiveIntegerField(null=True, blank=True)
    holds = models.BooleanField(default=False)
    wait_days = models.JSONField(
        default=dict, blank=True, help_text="`{deposit, balance, amendment}`, of a transfer."
    )
    name = models.JSONField(validators=[valid_text])
    text = models.JSONField(validators=[valid_text])
    account = models.JSONField(
        null=True, blank=True, help_text="`{holder, number, bank, bic}`, of a transfer."
    )

    class Meta(Staffed.Meta):
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)

    def clean(self) -> None:
        """Every part can be read by the payments that will rely on it."""
        super().clean()
        broken = faults_in({part: getattr(self, part) for part in PARTS})
        if broken:
            raise ValidationError(
                _("These cannot be read: %(fields)s."), params={"fields": ", ".join(broken)}
            )
