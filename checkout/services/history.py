"""What happened to an order, told once: an event in its history and an entry of the audit chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from checkout.models import Order, OrderEvent
from kernel.audit import record


def tell(
    *,
    order: Order,
    kind: str,
    actor: str,
    facts: Mapping[str, Any],
    now: datetime,
    number: int | None = None,
) -> OrderEvent:
    """One event of a locked order and one audit entry; `facts` can be written as JSON and hold nothing personal.

    `number` spares the question for the last one where the order is new.
    """
    if number is None:
        last = order.events.aggregate(last=Max("number"))["last"]
        number = (last or 0) + 1
    event = OrderEvent.objects.create(
        order=order, number=number, kind=kind, actor=actor, facts=dict(facts), at=now
    )
    record(subject=f"order:{order.code}", action=kind, actor=actor, facts=facts, now=now)
    return event
