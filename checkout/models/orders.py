"""Orders: what a buyer committed to, with its frozen quote, its events and its delivery promises."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from checkout.domain import order as life
from checkout.domain.promises import Reason
from checkout.models.quotes import Quote
from kernel.crypto import EncryptedTextField

ON_THE_WAY = (
    life.State.IN_PRODUCTION.value,
    life.State.ALLOCATED.value,
    life.State.IN_TRANSIT.value,
    life.State.INSPECTION_READY.value,
    life.State.BALANCE_PAID.value,
)
"""States in which a car is one order's and nobody else's, also while such an order rests in dispute."""


class Order(models.Model):
    """One order; moves only along `checkout.domain.order.MOVES`."""

    code = models.CharField(max_length=16, unique=True)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="order")
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in life.State])
    state_before_dispute = models.CharField(max_length=20, blank=True)
    payment_state = models.CharField(max_length=20, default=life.Payment.NOTHING.value)
    contract_state = models.CharField(max_length=20, default=life.Contract.NONE.value)
    delivery_state = models.CharField(max_length=20, default=life.Delivery.PROMISED.value)
    finance_state = models.CharField(max_length=20, default=life.Finance.NONE.value)
    insurance_state = models.CharField(max_length=20, default=life.Insurance.NONE.value)

    market = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=10)
    release = models.CharField(max_length=16)
    build = models.CharField(max_length=16, blank=True)
    vin = models.CharField(max_length=17, blank=True, db_index=True)
    document = models.JSONField()
    """The quote's document as it stood when the order was placed; the order owns this copy."""
    price = models.BigIntegerField(help_text="Contract price in minor units, VAT included.")
    on_the_road = models.BigIntegerField(
        help_text="With taxes and insurance paid to others, in minor units."
    )
    deposit = models.BigIntegerField(help_text="In minor units.")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    buyer_kind = models.CharField(max_length=10)
    buyer_name = models.CharField(max_length=120)
    buyer_email = models.CharField(max_length=254, blank=True, db_index=True)
    buyer_phone = models.CharField(max_length=32, blank=True, db_index=True)
    buyer_address = models.JSONField(default=dict)
    buyer_document = EncryptedTextField(blank=True, default="")
    buyer_document_masked = models.CharField(max_length=64, blank=True)

    terms_version = models.CharField(max_length=80)
    terms_accepted_at = models.DateTimeField()
    contract_number = models.CharField(max_length=32, blank=True, db_index=True)

    placed_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField()
    """Until when the deposit is awaited."""
    reserved_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    """When the buyer was reminded to lock; without it nothing is ever locked by itself."""
    locked_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    """Since when the car stands ready for inspection and the balance may be demanded."""
    balance_paid_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering: ClassVar[list[str]] = ["-placed_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "expires_at"], name="checkout_order_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(price__gt=0, deposit__gte=0), name="checkout_order_amounts"
            ),
            models.UniqueConstraint(
                fields=["vin"],
                condition=(
                    models.Q(state__in=ON_THE_WAY)
                    | models.Q(state=life.State.DISPUTED.value, state_before_dispute__in=ON_THE_WAY)
                )
                & ~models.Q(vin=""),
                name="checkout_order_one_for_a_car",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class OrderEvent(models.Model):
    """Something that happened to an order; only ever added."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    actor = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["order_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "number"], name="checkout_event_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class DeliveryPromise(models.Model):
    """A range of days told to the buyer; a change is a further row, never an edit."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="promises")
    number = models.PositiveIntegerField()
    from_on = models.DateField()
    until_on = models.DateField(help_text="The last day of the range.")
    code = models.CharField(
        max_length=20,
        choices=[(r.value, r.value) for r in Reason],
        default=Reason.ORDERED.value,
    )
    """Why it stands, a word of `checkout.domain.promises.Reason`."""
    reason = models.JSONField(
        default=dict, help_text="A text per language; empty for the first promise."
    )
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["order_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "number"], name="checkout_promise_in_order"),
            models.CheckConstraint(
                condition=models.Q(until_on__gte=models.F("from_on")), name="checkout_promise_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on} to {self.until_on}"
