"""The inbox of carriers: a message is verified, stored once and answered; handled later, as a hint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from checkout.errors import CarrierError, CarrierRefused
from checkout.events import CarrierMessageStored
from checkout.gateways.carriers import Carrier
from checkout.models import CarrierMessage
from checkout.services import hints
from checkout.services.transporting import Doors, settle
from kernel.eventbus import publish


def receive(*, body: bytes, headers: Mapping[str, str], carrier: Carrier, now: datetime) -> bool:
    """Store a message of the carrier; True if it is new, False if it was delivered before.

    Does nothing else, so that the carrier has its answer at once. Raises WebhookRejected, and nothing is stored.
    """
    event = carrier.read_callback(body, headers, now=now)
    with transaction.atomic():
        message, created = CarrierMessage.objects.get_or_create(
            carrier=carrier.carrier,
            event_id=event.event_id,
            defaults={
                "type": event.type,
                "carrier_reference": event.carrier_reference,
                "received_at": now,
            },
        )
        if created:
            publish(CarrierMessageStored(message=message.pk, carrier=carrier.carrier, at=now))
        else:
            hints.again(message)
    return created


def process(*, message: int, doors: Doors, now: datetime) -> bool:
    """Handle one stored message; False if it is done, another worker has it, or it has to wait.

    The transport it names is fetched anew. One that is not ours is done; a silence is tried again with growing pauses.
    """
    found = hints.claim(CarrierMessage.objects.all(), message, now)
    carrier = doors(found.carrier) if found else None
    if found is None or carrier is None:
        return False
    return hints.handle(found, lambda: _handled(found, carrier, now), error=CarrierError, now=now)


def process_due(*, doors: Doors, clock: Callable[[], datetime], limit: int = 200) -> int:
    """Handle messages whose job was lost or that have to be tried again; gives how many are done."""
    numbers = hints.due(CarrierMessage.objects.all(), clock(), limit)
    return sum(process(message=pk, doors=doors, now=clock()) for pk in numbers)


def _handled(message: CarrierMessage, carrier: Carrier, now: datetime) -> str:
    try:
        status = settle(carrier_reference=message.carrier_reference, carrier=carrier, now=now)
    except CarrierRefused as error:  # for good: nothing is tried again
        return error.code
    return "" if status else "unknown-transport"
