"""Calls to carriers are stored before they are made; a worker makes them if nobody does before."""

from __future__ import annotations

from datetime import datetime

from checkout.events import TransportOperationPlanned
from checkout.models import Transport, TransportOperation
from kernel.eventbus import publish

_KIND = TransportOperation.Kind


def plan(*, transport: Transport, kind: str, now: datetime) -> TransportOperation:
    """Store the next call of `kind` on a locked transport, and have a worker make it if nobody does before.

    The key is `<kind>-<transport>-<number>`: the number comes from our rows, so no browser can make a new one.
    """
    number = transport.operations.filter(kind=kind).count() + 1
    operation = TransportOperation.objects.create(
        transport=transport,
        kind=kind,
        key=f"{kind}-{transport.code}-{number}",
        created_at=now,
    )
    publish(TransportOperationPlanned(key=operation.key, at=now))
    return operation


def plan_cancel(*, transport: Transport, now: datetime) -> TransportOperation:
    """Store that the carrier shall turn a locked transport round; an unanswered call is used again."""
    waiting = transport.operations.filter(kind=_KIND.CANCEL, resolved_at=None).first()
    return waiting or plan(transport=transport, kind=_KIND.CANCEL, now=now)
