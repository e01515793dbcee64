"""The inbox: a vendor's message is verified, stored once and answered; handled later, as a hint."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from checkout.errors import GatewayError, PaymentMismatch, UnknownPayment, WebhookRejected
from checkout.events import WebhookStored
from checkout.gateways.ports import PaymentGateway
from checkout.models import WebhookMessage
from checkout.models.locks import claimed_message
from checkout.services.settlement import settle
from kernel.eventbus import publish

MAX_ATTEMPTS = 12
"""After so many failures a message is left for a person."""
LEASE = timedelta(minutes=2)
"""How long a worker has a message to itself; afterwards it counts as dead."""
LONGEST_PAUSE = timedelta(hours=1)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON can spell and PostgreSQL does not store: NUL, and halves of surrogate pairs."""


def receive(
    *,
    provider: str,
    body: bytes,
    headers: Mapping[str, str],
    gateway: PaymentGateway,
    now: datetime,
) -> bool:
    """Store a message of the vendor; True if it is new, False if it was delivered before.

    Does nothing else, so that the vendor has its answer at once; a job handles it. Raises WebhookRejected, and
    nothing is stored.
    """
    if provider != gateway.provider:
        raise WebhookRejected(
            f"provider: {provider!r} does not deliver here",
            facts={"reason": "provider", "provider": provider},
        )
    event = gateway.read_webhook(body, headers, now=now)
    with transaction.atomic():
        message, created = WebhookMessage.objects.get_or_create(
            provider=provider,
            event_id=_storable(event.event_id),
            defaults={
                "type": _storable(event.type[:64]),
                "object_id": _storable(event.object_id),
                "payload": _storable(dict(event.payload)),
                "received_at": now,
            },
        )
        if created:
            publish(WebhookStored(message=message.pk, provider=provider, at=now))
        else:
            WebhookMessage.objects.filter(pk=message.pk).update(deliveries=F("deliveries") + 1)
    return created


def _storable(value: Any) -> Any:
    """The same JSON with what PostgreSQL refuses replaced: a verified message is kept, not answered with an error."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {_storable(key): _storable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(held) for held in value]
    return value


def process(*, message: int, gateway: PaymentGateway, now: datetime) -> bool:
    """Handle one stored message; False if it is done, another worker has it, or it has to wait.

    The payment it names is fetched anew; what the message says of it is never read. A failure is written down
    and tried again later with growing pauses.
    """
    claimed = _claim(message, gateway.provider, now)
    if claimed is None:
        return False
    try:
        if claimed.object_id:
            settle(
                provider=claimed.provider, provider_id=claimed.object_id, gateway=gateway, now=now
            )
    except (UnknownPayment, PaymentMismatch) as error:
        return _finish(claimed, error.code, now)
    except GatewayError as error:
        pause = min(timedelta(seconds=5) * 2 ** (claimed.attempts - 1), LONGEST_PAUSE)
        WebhookMessage.objects.filter(pk=message).update(
            error=error.message, next_try_at=now + pause
        )
        return False
    return _finish(claimed, "", now)


def process_due(*, gateway: PaymentGateway, clock: Callable[[], datetime], limit: int = 200) -> int:
    """Handle messages whose job was lost or that have to be tried again; gives how many are done.

    `clock` is asked before each message: leases and answers count from when a message's turn came, and a slow
    vendor makes the turns of a run minutes apart.
    """
    return sum(
        process(message=pk, gateway=gateway, now=clock()) for pk in due(now=clock(), limit=limit)
    )


def due(*, now: datetime, limit: int = 200) -> list[int]:
    """Numbers of the messages to handle now, oldest first."""
    ready = Q(next_try_at=None) | Q(next_try_at__lte=now)
    rows = WebhookMessage.objects.filter(ready, processed_at=None, attempts__lt=MAX_ATTEMPTS)
    return list(rows.values_list("pk", flat=True)[:limit])


def _claim(pk: int, provider: str, now: datetime) -> WebhookMessage | None:
    with transaction.atomic():
        message = claimed_message(pk)
        if message is None or message.provider != provider:
            return None
        if message.next_try_at is not None and message.next_try_at > now:
            return None
        message.attempts += 1
        message.next_try_at = now + LEASE
        message.save()
    return message


def _finish(message: WebhookMessage, error: str, now: datetime) -> bool:
    WebhookMessage.objects.filter(pk=message.pk).update(
        processed_at=now, error=error, next_try_at=None
    )
    return True
