"""Amendments: what was changed on a placed order, with both documents; only ever added."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from checkout.models.orders import Order
from checkout.models.payments import Payment


class Amendment(models.Model):
    """One agreed change of an order; the order's own document is `after` of its newest amendment.

    `net_amount` and `fee` are minor units of the order's currency; the net move is one charge, one refund, or nothing.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveIntegerField()
    kinds = models.JSONField(help_text="Which areas changed.")
    request = models.JSONField(help_text="What the order asks for since.")
    before = models.JSONField(help_text="The order's document until then.")
    before_fingerprint = models.CharField(max_length=64)
    after = models.JSONField(help_text="The order's document since.")
    after_fingerprint = models.CharField(max_length=64)
    difference = models.JSONField(help_text="The preview that was agreed to.")
    fingerprint = models.CharField(max_length=64, help_text="Of the preview that was agreed to.")
    net_kind = models.CharField(max_length=8)
    net_amount = models.BigIntegerField()
    payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    fee = models.BigIntegerField(default=0)
    drift = models.IntegerField(
        default=0, help_text="Days between the document's own first day and the promised one."
    )
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were agreed."""

        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering: ClassVar[list[str]] = ["order_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "number"], name="checkout_amendment_in_order"),
            models.CheckConstraint(
                condition=models.Q(net_amount__gte=0, fee__gte=0), name="checkout_amendment_amounts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.number}"
