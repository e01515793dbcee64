"""Sheets of loans that were shown to buyers, and when they confirmed them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from checkout.domain.credit_law import COST_SHEET, PRECONTRACT
from checkout.models.quotes import Quote


class CreditSheet(models.Model):
    """What a buyer was shown about a loan; `document` is frozen, and only `confirmed_at` is ever set, once."""

    code = models.CharField(max_length=16, unique=True)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="credit_sheets")
    kind = models.CharField(max_length=20, choices=[(k, k) for k in (COST_SHEET, PRECONTRACT)])
    document = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    readable_at = models.DateTimeField()
    """Not confirmed before: the law's time to read it is over then."""
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("loan sheet")
        verbose_name_plural = _("loan sheets")
        ordering: ClassVar[list[str]] = ["-issued_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["quote", "fingerprint"], name="checkout_one_sheet_a_loan"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True)
                | models.Q(confirmed_at__gte=models.F("readable_at")),
                name="checkout_sheet_was_readable",
            ),
        ]

    def __str__(self) -> str:
        return self.code
