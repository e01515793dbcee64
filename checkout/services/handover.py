"""Handing the key over: the move that asks the insurance axis before it is made."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from catalog.errors import UnknownVehicle
from catalog.services.stock import sell_vehicle
from checkout.domain.order import Actor, Delivery, Move, State
from checkout.errors import CompulsoryCoverMissing
from checkout.events import OrderHandedOver
from checkout.models import Order
from checkout.queries.insurance import gate_of
from checkout.services.history import tell
from checkout.services.moving import checked_move, locked
from checkout.services.selling import book_sale
from kernel.eventbus import publish


def hand_over(*, order: str, actor: str, now: datetime) -> None:
    """The buyer has the key, and the car is sold in stock and books; doing it twice is one.

    Raises UnknownOrder, OrderStateConflict before everything is paid, CompulsoryCoverMissing where the market requires
    cover and there is none for this car and day, NotTheHolder where a car in stock is held for somebody else.
    """
    with transaction.atomic():
        row = locked(order)
        if row.state == State.HANDED_OVER:
            return
        moved = checked_move(row, Move.HAND_OVER, Actor.STAFF, now)
        _check_cover(row, now)
        row.delivery_state = Delivery.DONE
        row.save(update_fields=[*moved, "delivery_state"])
        with suppress(UnknownVehicle):  # built for the order: it never was in stock
            sell_vehicle(vin=row.vin, holder=row.code, now=now)
        book_sale(row, now=now)
        publish(OrderHandedOver(order=row.code, at=now))
        tell(order=row, kind="handed-over", actor=actor, facts={"vin": row.vin}, now=now)


def _check_cover(row: Order, now: datetime) -> None:
    gate = gate_of(row, now=now)
    if not gate.open:
        raise CompulsoryCoverMissing(
            f"no key without the compulsory cover: {gate.text['en']}",
            facts={"order": row.code, "reason": gate.reason},
        )
