"""The inbox of insurers: a message is verified, stored once and answered; handled later, as a hint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from checkout.errors import InsurerError, InsurerMismatch, InsurerRefused
from checkout.events import InsurerMessageStored
from checkout.gateways.insurers import Insurer
from checkout.models import InsurerMessage
from checkout.services import hints
from checkout.services.insuring import Doors, settle
from kernel.eventbus import publish


def receive(*, body: bytes, headers: Mapping[str, str], insurer: Insurer, now: datetime) -> bool:
    """Store a message of the insurer; True if it is new, False if it was delivered before.

    Does nothing else, so that the insurer has its answer at once. Raises WebhookRejected, and nothing is stored.
    """
    event = insurer.read_callback(body, headers, now=now)
    with transaction.atomic():
        message, created = InsurerMessage.objects.get_or_create(
            insurer=insurer.insurer,
            event_id=event.event_id,
            defaults={
                "type": event.type,
                "insurer_reference": event.insurer_reference,
                "received_at": now,
            },
        )
        if created:
            publish(InsurerMessageStored(message=message.pk, insurer=insurer.insurer, at=now))
        else:
            hints.again(message)
    return created


def process(*, message: int, doors: Doors, now: datetime) -> bool:
    """Handle one stored message; False if it is done, another worker has it, or it has to wait.

    The policy it names is fetched anew. One that is not ours is done; a silence is tried again with growing pauses.
    """
    found = hints.claim(InsurerMessage.objects.all(), message, now)
    insurer = doors(found.insurer) if found else None
    if found is None or insurer is None:
        return False
    return hints.handle(found, lambda: _handled(found, insurer, now), error=InsurerError, now=now)


def process_due(*, doors: Doors, clock: Callable[[], datetime], limit: int = 200) -> int:
    """Handle messages whose job was lost or that have to be tried again; gives how many are done."""
    numbers = hints.due(InsurerMessage.objects.all(), clock(), limit)
    return sum(process(message=pk, doors=doors, now=clock()) for pk in numbers)


def _handled(message: InsurerMessage, insurer: Insurer, now: datetime) -> str:
    try:
        state = settle(insurer_reference=message.insurer_reference, insurer=insurer, now=now)
    except (InsurerMismatch, InsurerRefused) as error:  # for good: nothing is tried again
        return error.code
    return "" if state else "unknown-policy"
