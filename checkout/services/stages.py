"""Writing down where a car is: one row and one event a stage; whether it is possible, others ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from checkout.domain.delivery_stages import Stage
from checkout.events import DeliveryStageReached
from checkout.models import DeliveryStage, Order
from kernel.eventbus import publish_each
from kernel.text import Text


def record_stage(
    *,
    row: Order,
    stage: Stage,
    actor: str,
    now: datetime,
    at: datetime | None = None,
    place: Text | None = None,
    facts: Mapping[str, Any] | None = None,
    also: tuple[Any, ...] = (),
) -> DeliveryStage:
    """Add a stage to a locked order, as happened `at` (now if not said); whether it is possible was asked before.

    `also` are events of the same move: they are published with the stage's own, before it.
    """
    last = row.stages.aggregate(last=Max("number"))["last"] or 0
    found = DeliveryStage.objects.create(
        order=row,
        number=last + 1,
        stage=str(stage),
        place=dict(place or {}),
        facts=dict(facts or {}),
        actor=actor,
        at=at or now,
        noted_at=now,
    )
    publish_each(
        *also,
        DeliveryStageReached(order=row.code, number=found.number, stage=str(stage), at=at or now),
    )
    return found
