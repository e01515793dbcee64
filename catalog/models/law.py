"""Law and tax of each market as dated rows with their source; a figure of the law is never in the program."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.domain.law import CONFIDENCES, MOMENTS
from catalog.models.base import Staffed
from catalog.models.cars import Market

KEY = RegexValidator(r"\A[a-z_]+(\.[a-z_]+)*\Z", "Lower-case words joined by dots: `tax.vat.rate`.")


class LegalRow(Staffed):
    """One fact of one market from `valid_from` until the day before `valid_until` (docs/rules/law.md).

    `value` as the key's table says; money inside it (`amount`, `cap`) in minor units, shares as decimal text.
    """

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="law")
    key = models.CharField(max_length=60, validators=[KEY])
    applies_to = models.CharField(max_length=40, blank=True)
    value = models.JSONField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    by = models.CharField(max_length=20, choices=[(one, one) for one in MOMENTS])
    confidence = models.CharField(max_length=12, choices=[(one, one) for one in CONFIDENCES])
    needs_review = models.BooleanField(default=False)
    source = models.CharField(max_length=200)

    class Meta(Staffed.Meta):
        verbose_name = _("row of the law")
        verbose_name_plural = _("law and tax")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["market", "key", "applies_to", "valid_from"], name="one_law_a_day"
            )
        ]

    def __str__(self) -> str:
        scope = f" ({self.applies_to})" if self.applies_to else ""
        return f"{self.market_id and self.market.code}: {self.key}{scope}"

    def clean(self) -> None:
        """Dates in order."""
        super().clean()
        if self.valid_until and self.valid_from and self.valid_until <= self.valid_from:
            raise ValidationError({"valid_until": _("The row ends before it starts.")})
