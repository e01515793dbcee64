"""What vendors told us: every message stored once before it is handled once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from checkout.models.stored import StoredMessage


class WebhookMessage(StoredMessage):
    """One verified event of a vendor, counted at each delivery, handled once.

    `payload` is kept for people; the handling trusts nothing in it but `object_id`, which it fetches anew.
    """

    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=255)
    object_id = models.CharField(max_length=255, blank=True, default="")
    payload = models.JSONField()

    class Meta(StoredMessage.Meta):
        """In the order of arrival."""

        verbose_name = _("message of a payment provider")
        verbose_name_plural = _("messages of payment providers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="webhook_message_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_try_at"], condition=Q(processed_at=None), name="webhook_message_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id} {self.type}"
