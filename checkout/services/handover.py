"""Handing the key over: the move that asks the insurance axis before it is made."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from checkout.domain.order import Actor, Delivery, Move, State
from checkout.errors import CompulsoryCoverMissing
from checkout.events import OrderHandedOver
from checkout.models import Order
from checkout.queries.insurance import gate_of
from checkout.services.history import tell
from checkout.services.moving import locked, move
from kernel.eventbus import publish


def hand_over(*, order: str, actor: str, now: datetime) -> None:
    """The buyer has the key; doing it twice is one.

    Raises UnknownOrder, OrderStateConflict before everything is paid, CompulsoryCoverMissing where the market requires
    cover and there is none for this car and day.
    """
    with transaction.atomic():
        row = locked(order)
        if row.state == State.HANDED_OVER:
            return
        moved = move(row, Move.HAND_OVER, Actor.STAFF, now)
        _check_cover(row, now)
        row.delivery_state = Delivery.DONE
        row.save(update_fields=[*moved, "delivery_state"])
        publish(OrderHandedOver(order=row.code, at=now))
        tell(order=row, kind="handed-over", actor=actor, facts={"vin": row.vin}, now=now)


def _check_cover(row: Order, now: datetime) -> None:
    gate = gate_of(row, now=now)
    if not gate.open:
        raise CompulsoryCoverMissing(
            f"no key without the compulsory cover: {gate.text['en']}",
            facts={"order": row.code, "reason": gate.reason},
        )
