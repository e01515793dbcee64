"""The inbox: a vendor's message is verified, stored once and answered; handled later, as a hint."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from checkout.errors import GatewayError, PaymentMismatch, UnknownPayment, WebhookRejected
from checkout.events import DisputeTold, WebhookStored
from checkout.gateways.ports import PaymentGateway
from checkout.models import WebhookMessage
from checkout.services import hints
from checkout.services.refund_states import look_after_refunds
from checkout.services.settlement import settle
from kernel.eventbus import publish

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
            hints.again(message)
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
    claimed = hints.claim(WebhookMessage.objects.filter(provider=gateway.provider), message, now)
    if claimed is None:
        return False
    return hints.handle(
        claimed, lambda: _handled(claimed, gateway, now), error=GatewayError, now=now
    )


def _handled(message: WebhookMessage, gateway: PaymentGateway, now: datetime) -> str:
    if not message.object_id:
        return ""
    about = {"provider": message.provider, "provider_id": message.object_id}
    # The words of the type only say what to ask about.
    if "dispute" in message.type:
        with transaction.atomic():
            publish(DisputeTold(provider=message.provider, payment=message.object_id, at=now))
    try:
        settle(**about, gateway=gateway, now=now)
        if "refund" in message.type:
            look_after_refunds(**about, gateway=gateway, now=now)
    except (UnknownPayment, PaymentMismatch) as error:
        return error.code
    return ""


def process_due(*, gateway: PaymentGateway, clock: Callable[[], datetime], limit: int = 200) -> int:
    """Handle messages of this vendor whose job was lost or that have to be tried again; gives how many are done.

    `clock` is asked before each message: leases and answers count from when a message's turn came, and a slow
    vendor makes the turns of a run minutes apart.
    """
    return sum(
        process(message=pk, gateway=gateway, now=clock())
        for pk in due(now=clock(), limit=limit, provider=gateway.provider)
    )


def due(*, now: datetime, limit: int = 200, provider: str = "") -> list[int]:
    """Numbers of the messages to handle now, oldest first; of one vendor where one is named."""
    rows = WebhookMessage.objects.all()
    return hints.due(rows.filter(provider=provider) if provider else rows, now, limit)
