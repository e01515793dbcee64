"""What happened to an order, told once: an event in its history and an entry of the audit chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Subquery
from django.db.models.functions import Coalesce

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
    numbers = OrderEvent.objects.filter(order=order).order_by("-number").values("number")
    event = OrderEvent.objects.create(
        order=order,
        # Counted by the statement that stores it: under the order's lock nobody counts beside us.
        number=Coalesce(Subquery(numbers[:1]), 0) + 1 if number is None else number,
        kind=kind,
        actor=actor,
        facts=dict(facts),
        at=now,
    )
    if number is None:
        del event.number  # read from the database by who asks
    record(subject=f"order:{order.code}", action=kind, actor=actor, facts=facts, now=now)
    return event
