"""The ledger's tables: entries and legs, only ever added (`0002_guards` makes the database refuse the rest)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from checkout.domain.ledger import Leg
from kernel.money import Money


class LedgerEntry(models.Model):
    """One balanced entry; `key` says what it was posted for (`bt:<balance transaction>`) and exists once."""

    key = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=32)
    order = models.ForeignKey(
        "checkout.Order",
        on_delete=models.PROTECT,
        related_name="ledger_entries",
        null=True,
        blank=True,
    )
    posted_at = models.DateTimeField(db_index=True)
    note = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        """In the order of posting."""

        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.key} {self.kind}"


class LedgerLeg(models.Model):
    """One side of an entry: `amount` minor units of `currency` on `account`, debit positive, credit negative."""

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="legs")
    account = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        """In the order of posting."""

        verbose_name = _("ledger leg")
        verbose_name_plural = _("ledger legs")
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["account", "currency"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_leg_is_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount} {self.currency}"

    def as_leg(self) -> Leg:
        """The row as the domain knows it."""
        return Leg(self.account, Money(self.amount, self.currency))
