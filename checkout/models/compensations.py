"""What the seller owes a buyer beyond the buyer's own money: proposed, approved by a second person, paid by bank."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from checkout.models.orders import Order
from kernel.money import Money


class Compensation(models.Model):
    """One sum proposed to the buyer of an order; `amount` in minor units. Who proposed it never decides about it."""

    class Kind(models.TextChoices):
        """What it is for."""

        DEPOSIT = "deposit", "Deposit paid back twice"
        DELAY = "delay", "Delay"

    class State(models.TextChoices):
        """How far it is; `approved` is a debt in the books."""

        PROPOSED = "proposed", "Proposed"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        PAID = "paid", "Paid"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="compensations")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.CharField(max_length=40)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=255, blank=True, default="")
    """Why it was refused."""
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        ordering: ClassVar[list[str]] = ["order_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "number"], name="compensation_in_order"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="compensation_is_positive"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("proposed_by")), name="compensation_by_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.number} {self.state}"

    @property
    def money(self) -> Money:
        """What is proposed."""
        return Money(self.amount, self.currency)
