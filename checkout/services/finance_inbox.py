"""The inbox of lenders: a message is verified, stored once and answered; handled later, as a hint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from checkout.errors import LenderError, LenderMismatch
from checkout.events import FinanceMessageStored
from checkout.gateways.lenders import Lender
from checkout.models import FinanceApplication, FinanceMessage
from checkout.models.locks import claimed_finance_message, locked_application
from checkout.services.lending import Doors, apply_seen
from kernel.eventbus import publish

MAX_ATTEMPTS = 12
"""After so many failures a message is left for a person."""
LEASE = timedelta(minutes=2)
"""How long a worker has a message to itself; afterwards it counts as dead."""
LONGEST_PAUSE = timedelta(hours=1)


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
            FinanceMessage.objects.filter(pk=message.pk).update(deliveries=F("deliveries") + 1)
    return created


def process(*, message: int, doors: Doors, now: datetime) -> bool:
    """Handle one stored message; False if it is done, another worker has it, or it has to wait.

    The application it names is fetched anew. One that is not ours is done; a silence is tried again with growing pauses.
    """
    found = _claim(message, now)
    lender = doors(found.lender) if found else None
    if found is None or lender is None:
        return False
    try:
        error = _handle(found, lender, now)
    except LenderMismatch as mismatch:
        error = mismatch.code
    except LenderError as silence:
        pause = min(timedelta(seconds=5) * 2 ** (found.attempts - 1), LONGEST_PAUSE)
        FinanceMessage.objects.filter(pk=message).update(
            error=silence.message, next_try_at=now + pause
        )
        return False
    FinanceMessage.objects.filter(pk=message).update(
        processed_at=now, error=error, next_try_at=None
    )
    return True


def process_due(*, doors: Doors, clock: Callable[[], datetime], limit: int = 200) -> int:
    """Handle messages whose job was lost or that have to be tried again; gives how many are done."""
    now = clock()
    ready = Q(next_try_at=None) | Q(next_try_at__lte=now)
    rows = FinanceMessage.objects.filter(ready, processed_at=None, attempts__lt=MAX_ATTEMPTS)
    return sum(
        process(message=pk, doors=doors, now=clock())
        for pk in list(rows.values_list("pk", flat=True)[:limit])
    )


def _handle(message: FinanceMessage, lender: Lender, now: datetime) -> str:
    """Fetch and apply. Our own code tells whose it is, so a message may come before the first answer of the lender."""
    seen = lender.fetch(message.lender_reference)
    pk = (
        FinanceApplication.objects.filter(lender=lender.lender, code=seen.reference)
        .values_list("pk", flat=True)
        .first()
    )
    if pk is None:
        return "unknown-application"
    with transaction.atomic():
        apply_seen(application=locked_application(pk), seen=seen, now=now)
    return ""


def _claim(pk: int, now: datetime) -> FinanceMessage | None:
    with transaction.atomic():
        message = claimed_finance_message(pk)
        if message is None or (message.next_try_at is not None and message.next_try_at > now):
            return None
        message.attempts += 1
        message.next_try_at = now + LEASE
        message.save()
    return message
