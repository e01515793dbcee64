"""What every stored call to a vendor and every stored message of one have in common; tables of their own hold them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

GIVEN_UP_AFTER = 12
"""After so many failures a message is left for a person."""


class StoredCall(models.Model):
    """One call to somebody outside: written before it is made; `params` are sent again word for word."""

    class State(models.TextChoices):
        """`unknown`: sent, and nobody heard the answer."""

        PLANNED = "planned", "Planned"
        SENT = "sent", "Sent"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    params = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    error = models.TextField(blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    first_sent_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """In the order in which they were planned."""

        abstract = True
        ordering: ClassVar[list[str]] = ["pk"]


class StoredMessage(models.Model):
    """One verified message from outside: a hint, counted at each delivery, handled once."""

    type = models.CharField(max_length=64)
    deliveries = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        """In the order of arrival."""

        abstract = True
        ordering: ClassVar[list[str]] = ["pk"]
