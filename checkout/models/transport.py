"""Transports given to carriers, every call to a carrier before it is made, and what carriers tell us."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from checkout.models.stored import StoredCall, StoredMessage


class Transport(models.Model):
    """One car on its way with one carrier; an order has at most one that is under way.

    `status` is the carrier's last word that was applied, `answer_number` its number, `steps` how many of its places were told
    to the order; `arrives_on` is the day the carrier announced.
    """

    code = models.CharField(max_length=16, unique=True)
    order = models.ForeignKey("checkout.Order", on_delete=models.PROTECT, related_name="transports")
    carrier = models.CharField(max_length=64)
    carrier_reference = models.CharField(max_length=200, blank=True, default="")
    vin = models.CharField(max_length=17, blank=True, default="")
    to_place = models.CharField(max_length=60, blank=True, default="")
    to_city = models.JSONField(default=dict)
    status = models.CharField(max_length=12, default="planned")
    answer_number = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    arrives_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    polled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        verbose_name = _("transport")
        verbose_name_plural = _("transports")
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at=None), name="transport_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["carrier", "carrier_reference"],
                condition=~Q(carrier_reference=""),
                name="transport_at_carrier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.carrier} {self.status}"


class TransportOperation(StoredCall):
    """One call to a carrier: written before it is made, with the key that makes a second send harmless."""

    class Kind(models.TextChoices):
        """What the carrier is asked to do."""

        ORDER = "order", "Order"
        CANCEL = "cancel", "Cancel"

    transport = models.ForeignKey(Transport, on_delete=models.PROTECT, related_name="operations")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=64, unique=True)

    class Meta(StoredCall.Meta):
        """In the order in which they were planned."""

        verbose_name = _("call to a carrier")
        verbose_name_plural = _("calls to a carrier")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["last_sent_at"],
                condition=Q(resolved_at=None),
                name="transport_operation_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class CarrierMessage(StoredMessage):
    """One verified message of a carrier, counted at each delivery, handled once: the transport it names is fetched."""

    carrier = models.CharField(max_length=64)
    event_id = models.CharField(max_length=200)
    carrier_reference = models.CharField(max_length=200)

    class Meta(StoredMessage.Meta):
        """In the order of arrival."""

        verbose_name = _("message of a carrier")
        verbose_name_plural = _("messages of carriers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["carrier", "event_id"], name="carrier_message_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_try_at"], condition=Q(processed_at=None), name="carrier_message_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.event_id} {self.type}"
