"""Messages to the outside world: stored in the transaction that caused them, fetched by consumers later."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from kernel.models import OutboxRow


@dataclass(frozen=True, slots=True)
class Message:
    """One claimed message; `claim` proves to `mark_sent` and `mark_failed` that it is still ours."""

    id: int
    topic: str
    key: str
    payload: Mapping[str, Any]
    put_at: datetime
    attempts: int
    claim: str


def put(*, topic: str, key: str, payload: Mapping[str, Any], now: datetime) -> int:
    """Store one message about `key` (e.g. a VIN) for the consumers of `topic`; gives its number."""
    row = OutboxRow.objects.create(
        topic=topic, key=key, payload=dict(payload), put_at=now, available_at=now
    )
    return row.pk


def claim(
    *, topic: str, now: datetime, limit: int = 100, lease: timedelta = timedelta(minutes=1)
) -> list[Message]:
    """Up to `limit` open messages of `topic`, oldest first, ours until `now + lease`.

    At least once: a consumer that dies loses its claim when the lease ends.
    """
    mark = secrets.token_hex(16)
    is_open = Q(topic=topic, sent_at=None, available_at__lte=now) & (
        Q(claimed_until=None) | Q(claimed_until__lte=now)
    )
    with transaction.atomic():
        rows = OutboxRow.objects.filter(is_open).order_by("pk")
        keys = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
        OutboxRow.objects.filter(is_open, pk__in=keys).update(
            claim=mark, claimed_until=now + lease, attempts=F("attempts") + 1
        )
    return [
        Message(row.pk, row.topic, row.key, row.payload, row.put_at, row.attempts, row.claim)
        for row in OutboxRow.objects.filter(claim=mark, sent_at=None).order_by("pk")
    ]


def mark_sent(messages: Iterable[Message], *, now: datetime) -> int:
    """Close messages we still hold; gives how many, fewer when a lease ended and another took over."""
    return sum(_held(message).update(sent_at=now, claimed_until=None) for message in messages)


def mark_failed(
    messages: Iterable[Message], *, error: str, now: datetime, again_in: timedelta
) -> int:
    """Give messages back to be claimed again after `again_in`; keeps `error` for whoever looks."""
    return sum(
        _held(message).update(
            available_at=now + again_in, claimed_until=None, claim="", error=error
        )
        for message in messages
    )


def _held(message: Message) -> Any:
    return OutboxRow.objects.filter(pk=message.id, claim=message.claim, sent_at=None)
