"""The inbox of lenders: a message is verified, stored once and answered; handled later, as a hint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from checkout.errors import LenderError, LenderMismatch
from checkout.events import FinanceMessageStored
from checkout.gateways.lenders import Lender
from checkout.models import FinanceApplication, FinanceMessage
from checkout.models.locks import locked_application
from checkout.services import hints
from checkout.services.lending import Doors, apply_seen
from kernel.eventbus import publish


def receive(*, body: bytes, headers: Mapping[str, str], lender: Lender, now: datetime) -> bool:
    """Store a message of the lender; True if it is new, False if it was delivered before.

    Does nothing else, so that the lender has its answer at once. Raises WebhookRejected, and nothing is stored.
    """
    event = lender.read_callback(body, headers, now=now)
    with transaction.atomic():
        message, created = FinanceMessage.objects.get_or_create(
            lender=lender.lender,
            event_id=event.event_id,
            defaults={
                "type": event.type,
                "lender_reference": event.lender_reference,
                "received_at": now,
            },
        )
        if created:
            publish(FinanceMessageStored(message=message.pk, lender=lender.lender, at=now))
        else:
            hints.again(message)
    return created


def process(*, message: int, doors: Doors, now: datetime) -> bool:
    """Handle one stored message; False if it is done, another worker has it, or it has to wait.

    The application it names is fetched anew. One that is not ours is done; a silence is tried again with growing pauses.
    """
    found = hints.claim(FinanceMessage.objects.all(), message, now)
    lender = doors(found.lender) if found else None
    if found is None or lender is None:
        return False
    return hints.handle(found, lambda: _handled(found, lender, now), error=LenderError, now=now)


def process_due(*, doors: Doors, clock: Callable[[], datetime], limit: int = 200) -> int:
    """Handle messages whose job was lost or that have to be tried again; gives how many are done."""
    numbers = hints.due(FinanceMessage.objects.all(), clock(), limit)
    return sum(process(message=pk, doors=doors, now=clock()) for pk in numbers)


def _handled(message: FinanceMessage, lender: Lender, now: datetime) -> str:
    """Fetch and apply. Our own code tells whose it is, so a message may come before the first answer of the lender."""
    seen = lender.fetch(message.lender_reference)
    pk = (
        FinanceApplication.objects.filter(lender=lender.lender, code=seen.reference)
        .values_list("pk", flat=True)
        .first()
    )
    if pk is None:
        return "unknown-application"
    try:
        with transaction.atomic():
            apply_seen(application=locked_application(pk), seen=seen, now=now)
    except LenderMismatch as error:
        return error.code
    return ""
