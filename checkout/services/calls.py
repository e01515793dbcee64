"""Stored calls to vendors, whoever they are: when one is late, whose turn it is, and how its outcome is written down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from django.db.models import F, Q, QuerySet

from checkout.models.stored import StoredCall

KEY_LIFE = timedelta(hours=23)
"""How long after its first sending a call may be sent again; vendors may forget keys after 24 hours."""
PATIENCE = timedelta(seconds=60)
"""How long a call may be under way before the sweeper takes it up."""
SILENCES = 3
"""After so many unanswered calls in a row a run leaves a vendor alone, so that it cannot hold up the worker."""

Waiting: TypeAlias = "QuerySet[Any, tuple[int, str]]"
"""Calls as (number, code of the vendor)."""
D = TypeVar("D")
"""A kind of door."""


def late(now: datetime) -> Q:
    """Calls that a dead process or a silent vendor left open."""
    old = now - PATIENCE
    return Q(resolved_at=None) & (
        Q(last_sent_at=None, created_at__lte=old) | Q(last_sent_at__lte=old)
    )


LONGEST_WAITING = (F("last_sent_at").asc(nulls_first=True), "pk")
"""The order of turns: not the oldest first, or one that waits for days would keep the others from their turn."""


def forgotten(call: StoredCall, now: datetime) -> bool:
    """Whether the vendor may have forgotten the call's key, so that it must be looked up."""
    return call.first_sent_at is not None and now - call.first_sent_at >= KEY_LIFE


def begin(call: StoredCall, now: datetime) -> None:
    """Write down, before it is made, that a locked call is made now."""
    call.state = StoredCall.State.SENT
    call.first_sent_at = call.first_sent_at or now
    call.last_sent_at = now
    call.attempts += 1
    call.save()


def resolve(call: StoredCall, now: datetime, *, failed: str | None = None) -> None:
    """Write down how a locked call ended: done, or `failed` in these words."""
    call.state = StoredCall.State.DONE if failed is None else StoredCall.State.FAILED
    call.error = failed or ""
    call.resolved_at = now
    call.save()


def unheard(call: StoredCall, words: str) -> None:
    """Write down that nobody knows what became of a locked call; an answered one stays as it is."""
    if call.resolved_at is None:
        call.state = StoredCall.State.UNKNOWN
        call.error = words
        call.save()


def sweep(
    waiting: Waiting,
    *,
    doors: Callable[[str], D | None],
    make: Callable[[int, D], StoredCall],
    silence: type[Exception],
    error: type[Exception],
    now: datetime,
    limit: int,
) -> int:
    """Make the late ones of these calls, in turn; gives how many were answered.

    A vendor that raised `silence` SILENCES times in a row is left alone; any other `error` is of that call only.
    """
    turns = waiting.filter(late(now)).order_by(*LONGEST_WAITING)[:limit]
    answered, silent = 0, dict[str, int]()
    for number, code in turns:
        door = doors(code)
        if door is None or silent.get(code, 0) >= SILENCES:
            continue
        try:
            answered += make(number, door).resolved_at is not None
            silent[code] = 0
        except silence:
            silent[code] = silent.get(code, 0) + 1
        except error:
            answered += 1
    return answered


def perform(
    waiting: Waiting,
    *,
    key: str,
    doors: Callable[[str], D | None],
    make: Callable[[int, D], StoredCall],
    error: type[Exception],
) -> None:
    """Make the call of `key`, unless it was made or its door is closed; what a door raises waits for the sweeper."""
    row = waiting.filter(key=key, attempts=0, resolved_at=None).first()
    door = doors(row[1]) if row else None
    if row is not None and door is not None:
        with suppress(error):
            make(row[0], door)
