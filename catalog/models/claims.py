"""Places in offers with a quota: who holds one, and when it was given back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class IncentiveClaim(models.Model):
    """One place in an offer's quota, held by `holder` (an order's code) until `released_at`.

    `incentive` is the code of a row of a release, no link: a release outlives what staff do with its rows.
    """

    incentive = models.CharField(max_length=60)
    market = models.CharField(max_length=2)
    holder = models.CharField(max_length=64, db_index=True)
    claimed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("place in an offer")
        verbose_name_plural = _("places in offers")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incentive", "holder"],
                condition=models.Q(released_at=None),
                name="catalog_one_live_claim",
            )
        ]
        indexes = [
            models.Index(
                fields=["incentive", "market"],
                condition=models.Q(released_at=None),
                name="catalog_claims_taken",
            )
        ]

    def __str__(self) -> str:
        return f"{self.incentive} for {self.holder}"
