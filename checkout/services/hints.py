"""Messages of vendors as hints: stored once, claimed by one worker at a time, handled once, tried again with pauses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import F, Q, QuerySet

from checkout.models.locks import claimed
from checkout.models.stored import GIVEN_UP_AFTER, StoredMessage

MAX_ATTEMPTS = GIVEN_UP_AFTER
LEASE = timedelta(minutes=2)
"""How long a worker has a message to itself; afterwards it counts as dead."""
LONGEST_PAUSE = timedelta(hours=1)
M = TypeVar("M", bound=StoredMessage)
"""A kind of message."""


def due(rows: QuerySet[M], now: datetime, limit: int) -> list[int]:
    """Numbers of the messages to handle now, oldest first."""
    ready = Q(next_try_at=None) | Q(next_try_at__lte=now)
    found = rows.filter(ready, processed_at=None, attempts__lt=MAX_ATTEMPTS)
    return list(found.values_list("pk", flat=True)[:limit])


def claim(rows: QuerySet[M], pk: int, now: datetime) -> M | None:
    """The message for this worker alone; None if it is done, another one has it, or it has to wait."""
    with transaction.atomic():
        message = claimed(rows, pk)
        if message is None or (message.next_try_at is not None and message.next_try_at > now):
            return None
        message.attempts += 1
        message.next_try_at = now + LEASE
        message.save()
    return message


def again(message: StoredMessage) -> None:
    """Count another delivery of a message that was stored before."""
    type(message)._default_manager.filter(pk=message.pk).update(deliveries=F("deliveries") + 1)


def handle(
    message: StoredMessage, act: Callable[[], str], *, error: type[Exception], now: datetime
) -> bool:
    """Do what a claimed message hints at: `act` gives the words to keep with it, or raises `error` to be tried again.

    False where it has to be tried again.
    """
    rows = type(message)._default_manager.filter(pk=message.pk)
    try:
        words = act()
    except error as silence:
        pause = min(timedelta(seconds=5) * 2 ** (message.attempts - 1), LONGEST_PAUSE)
        rows.update(error=getattr(silence, "message", str(silence)), next_try_at=now + pause)
        return False
    rows.update(processed_at=now, error=words, next_try_at=None)
    return True
