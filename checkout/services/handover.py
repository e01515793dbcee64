"""Handing the key over: the move that asks the insurance axis before it is made."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from checkout.domain.order import Actor, Delivery, Move, State, after
from checkout.errors import CompulsoryCoverMissing, UnknownOrder
from checkout.models import Order
from checkout.models.locks import locked_order
from checkout.queries.insurance import gate_of
from checkout.services.history import tell


def hand_over(*, order: str, actor: str, now: datetime) -> None:
    """The buyer has the key; doing it twice is one.

    Raises UnknownOrder, OrderStateConflict before everything is paid, CompulsoryCoverMissing where the market requires
    cover and there is none for this car and day.
    """
    with transaction.atomic():
        row = locked_order(order)
        if row is None:
            raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
        if row.state == State.HANDED_OVER:
            return
        state = after(
            order=row.code, state=State(row.state), move=Move.HAND_OVER, actor=Actor.STAFF
        )
        _check_cover(row, now)
        row.state = state
        row.delivery_state = Delivery.DONE
        row.save(update_fields=["state", "delivery_state"])
        tell(order=row, kind="handed-over", actor=actor, facts={"vin": row.vin}, now=now)


def _check_cover(row: Order, now: datetime) -> None:
    gate = gate_of(row, now=now)
    if not gate.open:
        raise CompulsoryCoverMissing(
            f"no key without the compulsory cover: {gate.text['en']}",
            facts={"order": row.code, "reason": gate.reason},
        )
