"""Quotes: a car, its price and its extras, promised until a moment."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Quote(models.Model):
    """One promise of price; `document` is frozen and never edited."""

    class State(models.TextChoices):
        """What became of the promise; that its time is over is read from `expires_at`."""

        OPEN = "open"
        ORDERED = "ordered"

    code = models.CharField(max_length=16, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    market = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    release = models.CharField(max_length=16)
    build = models.CharField(max_length=16, blank=True)
    vin = models.CharField(max_length=17, blank=True)
    request = models.JSONField()
    """What was asked for, so that the same quote can be worked out again on another day."""
    document = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    """The account it was made for; then nobody else can read or order it."""
    token_digest = models.CharField(max_length=64, blank=True, default="", db_index=True)
    """Of the token of the guest it was made for; without account and token whoever has the code holds the quote."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="checkout_quote_lasts",
            ),
        ]

    def __str__(self) -> str:
        return self.code
