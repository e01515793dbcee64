"""An event becomes deliveries: one for every endpoint that wants its kind."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from storefront.notify.webhooks.sending import store
from storefront.notify.webhooks.table import body_of


def on_event(event: Any, *, event_id: str) -> None:
    """Store the deliveries of this event; a second delivery of the event adds none."""
    api = f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}/api/v1"
    store(body=body_of(event, event_id=event_id, api=api), now=timezone.now())
