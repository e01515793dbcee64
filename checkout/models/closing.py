"""What does not tie out yet, the runs that looked, and the months that are closed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReconciliationRun(models.Model):
    """One comparison of order, ledger, vendor and bank; `sums` are its control sums by currency."""

    provider = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.CharField(max_length=64)
    found = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    resolved = models.PositiveIntegerField(default=0)
    sums = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        """Newest first."""

        verbose_name = _("reconciliation run")
        verbose_name_plural = _("reconciliation runs")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("start_reconciliationrun", "May compare books, vendor and bank now"),
        ]
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["provider"], condition=Q(finished_at=None), name="reconciliation_run_alone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.started_at:%Y-%m-%d %H:%M}"


class MoneyException(models.Model):
    """One thing that does not tie out: a class of `checkout.domain.exceptions` and a key that stays the same in every run.

    What vanishes is resolved by the run that no longer finds it (`resolved_by` is `system`); what a person settled in
    words stays settled while its facts are the same, and opens again when they change.
    """

    class State(models.TextChoices):
        """Whether somebody still has to look."""

        OPEN = "open", _("Open")
        RESOLVED = "resolved", _("Resolved")

    kind = models.CharField(max_length=3)
    key = models.CharField(max_length=255)
    order_code = models.CharField(max_length=16, blank=True, default="", db_index=True)
    amount = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    facts = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    owner = models.CharField(max_length=64, blank=True, default="")
    """The person who has it, as `staff:<number>`; empty while it is its class's team's."""
    note = models.TextField(blank=True, default="")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=64, blank=True, default="")
    resolution = models.TextField(blank=True, default="")

    class Meta:
        """Oldest first."""

        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("work_moneyexception", "May take an exception and write notes"),
            ("resolve_moneyexception", "May settle an exception in words"),
        ]
        ordering: ClassVar[list[str]] = ["opened_at", "pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["kind", "opened_at"], condition=Q(state="open"), name="money_exception_open"
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "key"], name="money_exception_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ClosedPeriod(models.Model):
    """A month of the books that takes no more entries; `ends_at` is its first moment that is open again.

    `trial_balance`, `rolled` and `aging` are what was shown at the close, `sha256` of their canonical JSON.
    """

    name = models.CharField(max_length=7, unique=True)
    first_on = models.DateField()
    last_on = models.DateField()
    ends_at = models.DateTimeField()
    trial_balance = models.JSONField()
    rolled = models.JSONField()
    aging = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    closed_by = models.CharField(max_length=64)
    closed_at = models.DateTimeField()

    class Meta:
        """Newest first."""

        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("close_closedperiod", "May close a month of the books"),
            ("export_closedperiod", "May export the books"),
        ]
        ordering: ClassVar[list[str]] = ["-first_on"]

    def __str__(self) -> str:
        return self.name
