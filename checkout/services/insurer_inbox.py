"""What an insurer tells us by itself: verified, and kept as a job to fetch the policy; nothing else in it is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from checkout.events import InsurerSpoke
from checkout.gateways.insurers import Insurer
from kernel.eventbus import publish


def hear(*, body: bytes, headers: Mapping[str, str], insurer: Insurer, now: datetime) -> str:
    """Store that the policy of a verified message is to be fetched; gives the message's own name.

    The same message twice fetches twice, which changes nothing: answers have numbers. Raises WebhookRejected.
    """
    event = insurer.read_callback(body, headers, now=now)
    with transaction.atomic():
        publish(
            InsurerSpoke(insurer=insurer.insurer, insurer_reference=event.insurer_reference, at=now)
        )
    return event.event_id
