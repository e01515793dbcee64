"""A disputed order rests: nothing moves it but the moves the table gives it, until the dispute is over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from checkout.domain.order import Move, State
from checkout.events import OrderDisputed, OrderMoved
from checkout.queries.contests import has_contested
from checkout.services.balance import pay_when_complete
from checkout.services.history import tell
from checkout.services.moving import acting, conflict, locked, move
from kernel.eventbus import publish


def dispute(*, order: str, reason: str, actor: str, now: datetime, payment: str = "") -> bool:
    """The order rests where it stands; `payment` is the one in dispute, empty where it is about something else.

    Twice is once; gives whether it rests by this. Raises UnknownOrder, OrderStateConflict.
    """
    with transaction.atomic():
        row = locked(order)
        if row.state == State.DISPUTED:
            return False
        moved = move(row, Move.DISPUTE, acting(actor), now)
        row.save(update_fields=moved)
        publish(OrderDisputed(order=row.code, at=now))
        facts = {"payment": payment, "reason": reason}
        tell(order=row, kind="order-disputed", actor=actor, facts=facts, now=now)
        return True


def resume(*, order: str, reason: str, actor: str, now: datetime) -> None:
    """The dispute is over: the order goes on where it stood, and what arrived meanwhile counts now.

    Twice is once. Raises UnknownOrder, OrderStateConflict for an order that was never disputed, has ended, or of which a
    payment is contested at its vendor.
    """
    with transaction.atomic():
        row = locked(order)
        if row.state != State.DISPUTED and row.events.filter(kind="order-resumed").exists():
            return
        if has_contested(row):
            raise conflict(row, Move.RESUME, "a payment is contested; its vendor decides first")
        moved = move(row, Move.RESUME, acting(actor), now)
        row.save(update_fields=moved)
        publish(OrderMoved(order=row.code, state=str(row.state), at=now))
        tell(order=row, kind="order-resumed", actor=actor, facts={"reason": reason}, now=now)
        pay_when_complete(order=order, now=now)
