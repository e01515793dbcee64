"""Which notices went out, to whom and how; which servers hear of events, and what each was told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.crypto import EncryptedTextField


class NoticeLog(models.Model):
    """One notice to one person over one channel: one row an event, template, audience and channel.

    `sent_to` is masked; the letter itself is in `sealed`, encrypted, until its retention ends.
    """

    class State(models.TextChoices):
        """The life of a notice."""

        QUEUED = "queued", _("queued")
        HELD = "held", _("held until morning")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        NO_ADDRESS = "no_address", _("no address")
        DROPPED = "dropped", _("overtaken")

    event_id = models.CharField(max_length=64)
    template = models.CharField(max_length=64)
    audience = models.CharField(max_length=8, default="buyer")
    channel = models.CharField(max_length=8, default="mail")
    again = models.PositiveSmallIntegerField(default=0)
    """0 for the notice itself, 1, 2, ... for what staff sent again."""
    order = models.CharField(max_length=32, db_index=True)
    market = models.CharField(max_length=8, blank=True)
    zone = models.CharField(max_length=40, blank=True)
    """The clock by which the market sleeps."""
    language = models.CharField(max_length=10)
    urgency = models.CharField(max_length=8, default="answer")
    subject = models.CharField(max_length=255, blank=True)
    sent_to = models.CharField(max_length=254, blank=True)
    sealed = EncryptedTextField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=255, blank=True)
    reference = models.CharField(max_length=128, blank=True)
    """What the sender of text messages calls it."""
    happened_at = models.DateTimeField()
    """When the event happened; `at` is when the notice was written."""
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    void_at = models.DateTimeField(null=True)
    """From when on the letter would be untrue; it is then not sent any more."""
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("state", "due_at"), name="notify_notice_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("event_id", "template", "audience", "channel", "again"),
                name="notify_notice_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.order}"


class WebhookEndpoint(models.Model):
    """A server that hears of some kinds of events; each delivery is signed with `secret`."""

    name = models.CharField(max_length=80, unique=True)
    url = models.CharField(max_length=500)
    secret = EncryptedTextField()
    kinds = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One event for one endpoint, told until it answers 2xx or three days have passed."""

    class State(models.TextChoices):
        """The life of a delivery; `dead` waits for somebody to replay it."""

        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("given up")

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries"
    )
    event_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    order = models.CharField(max_length=32, blank=True, db_index=True)
    body = models.TextField()
    """The very bytes that are signed and sent."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    since = models.DateTimeField()
    """Since when it is tried: the event, or the last replay."""
    next_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=("state", "next_at"), name="notify_delivery_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("endpoint", "event_id"), name="notify_delivery_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
