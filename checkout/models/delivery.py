"""A car's way to its buyer: stages, inspection, appointments, priority places and the report of the handover."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from checkout.domain.delivery_stages import STAGES, Stage
from checkout.domain.priority import Outcome
from kernel.crypto import EncryptedTextField
from kernel.money import Money

ONCE = sorted(str(stage) for stage, row in STAGES.items() if not row.again)


class DeliveryStage(models.Model):
    """Where the car was at a moment; only ever added. `at` is when it happened, `noted_at` when we learned of it."""

    order = models.ForeignKey("checkout.Order", on_delete=models.PROTECT, related_name="stages")
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Stage])
    place = models.JSONField(default=dict, blank=True)
    """A text per language; empty where the place says nothing."""
    facts = models.JSONField(default=dict)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        """In the order in which we learned of them."""

        verbose_name = _("delivery stage")
        verbose_name_plural = _("delivery stages")
        ordering: ClassVar[list[str]] = ["order_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "number"], name="checkout_stage_in_order"),
            models.UniqueConstraint(
                fields=["order", "stage"],
                condition=Q(stage__in=ONCE),
                name="checkout_stage_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.stage}"


class Inspection(models.Model):
    """One report of the inspection before delivery, filed whole; only ever added."""

    order = models.ForeignKey(
        "checkout.Order", on_delete=models.PROTECT, related_name="inspections"
    )
    number = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    kilometres = models.PositiveIntegerField()
    items = models.JSONField()
    """`[{code, result, remark}]` in the order of the list."""
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        """Oldest first."""

        verbose_name = _("inspection before delivery")
        verbose_name_plural = _("inspections before delivery")
        ordering: ClassVar[list[str]] = ["order_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "number"], name="checkout_inspection_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {'passed' if self.passed else 'defect'}"


class InspectionPhoto(models.Model):
    """A picture of an inspection; its bytes are encrypted: a car before delivery may show its plates."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="photos")
    number = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=20)
    media_type = models.CharField(max_length=32)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    content = EncryptedTextField()
    """Base64."""

    class Meta:
        """In the order of the report."""

        verbose_name = _("photograph of an inspection")
        verbose_name_plural = _("photographs of inspections")
        ordering: ClassVar[list[str]] = ["inspection_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["inspection", "number"], name="checkout_photo_in_inspection"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.item}"


class Appointment(models.Model):
    """A time at which the car is handed over, at its place or at the buyer's home; a moved one is a new row.

    The database refuses a second booking of a place's bay at a start, and a second living one of an order.
    """

    class Kind(models.TextChoices):
        """Where the key changes hands."""

        SLOT = "slot", "At the place of handover"
        HOME = "home", "Home delivery"

    class State(models.TextChoices):
        """`ended`: its order ended first."""

        BOOKED = "booked", "Booked"
        MOVED = "moved", "Moved"
        GIVEN_UP = "given_up", "Given up"
        KEPT = "kept", "Kept"
        ENDED = "ended", "Ended"

    order = models.ForeignKey(
        "checkout.Order", on_delete=models.PROTECT, related_name="appointments"
    )
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=4, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.BOOKED)
    place = models.CharField(max_length=60)
    """The code of the place of handover; a home delivery departs there."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    bay = models.PositiveSmallIntegerField()
    fee = models.BigIntegerField(default=0, help_text="In minor units.")
    currency = models.CharField(max_length=3)
    address = EncryptedTextField(blank=True, default="")
    """Where a home delivery goes and who takes it, as JSON."""
    wishes = models.JSONField(default=dict)
    note = EncryptedTextField(blank=True, default="")
    """The buyer's own words."""
    actor = models.CharField(max_length=80)
    booked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Oldest first."""

        verbose_name = _("handover appointment")
        verbose_name_plural = _("handover appointments")
        ordering: ClassVar[list[str]] = ["order_id", "number"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["place", "starts_at"],
                condition=Q(state="booked"),
                name="checkout_appointment_day",
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "number"], name="checkout_appointment_in_order"
            ),
            models.UniqueConstraint(
                fields=["place", "kind", "starts_at", "bay"],
                condition=Q(state="booked"),
                name="checkout_appointment_bay",
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="booked"), name="checkout_appointment_one"
            ),
            models.CheckConstraint(
                condition=Q(fee__gte=0, bay__gte=1) & Q(ends_at__gt=models.F("starts_at")),
                name="checkout_appointment_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.place} {self.starts_at:%Y-%m-%d %H:%M}Z"

    @property
    def money(self) -> Money:
        """The fee."""
        return Money(self.fee, self.currency)


class PriorityPlace(models.Model):
    """One of the places for priority delivery of a market, model and ISO week; the database refuses one more.

    `from_on` and `until_on` are the earlier range that was sold for `fee`; `before_*` the range it replaced. Given up or
    ended it is free again (`released_at`); missed it stays taken, and its fee goes back.
    """

    order = models.ForeignKey("checkout.Order", on_delete=models.PROTECT, related_name="priorities")
    market = models.CharField(max_length=8)
    model = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    week = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    from_on = models.DateField()
    until_on = models.DateField()
    before_from = models.DateField()
    before_until = models.DateField()
    fee = models.BigIntegerField(help_text="In minor units.")
    currency = models.CharField(max_length=3)
    outcome = models.CharField(
        max_length=8, choices=[(o.value, o.value) for o in Outcome], default=Outcome.OPEN.value
    )
    chosen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Oldest first."""

        verbose_name = _("place for priority delivery")
        verbose_name_plural = _("places for priority delivery")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["market", "model", "year", "week", "number"],
                condition=Q(released_at=None),
                name="checkout_priority_place",
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(released_at=None), name="checkout_priority_one"
            ),
            models.CheckConstraint(
                condition=Q(fee__gte=0, number__gte=1) & Q(until_on__gte=models.F("from_on")),
                name="checkout_priority_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.model} {self.year}-{self.week} {self.number}"

    @property
    def money(self) -> Money:
        """The fee."""
        return Money(self.fee, self.currency)


class HandoverReport(models.Model):
    """What both sides saw when the key changed hands; one an order, never changed."""

    order = models.OneToOneField(
        "checkout.Order", on_delete=models.PROTECT, related_name="handover_report"
    )
    kilometres = models.PositiveIntegerField()
    keys = models.PositiveSmallIntegerField()
    damages = models.JSONField(default=list)
    """`[{part, remark}]`."""
    remark = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        """Oldest first."""

        verbose_name = _("report of a handover")
        verbose_name_plural = _("reports of handovers")
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.kilometres} km, {len(self.damages)} damages"
