"""Ends of unpaid orders: the vendor is told first, then the order ends and its vehicle is free."""

from __future__ import annotations

from datetime import datetime

from catalog.errors import CatalogError
from checkout.domain.order import Actor, Move, State
from checkout.errors import GatewayUnavailable, OrderStateConflict
from checkout.gateways.doors import Doors
from checkout.gateways.ports import PaymentGateway
from checkout.services.orders import cancel_unpaid_order, expire_order, hold_longer
from checkout.services.payments import ask_to_close, close_open_payments, overdue_orders
from checkout.services.settlement import SILENCES


def expire_orders(*, gateway: PaymentGateway | Doors, now: datetime) -> int:
    """End every order whose time for the deposit is over; gives how many ended.

    An order with a payment still under way is left alone until the vendor has decided. After SILENCES in a row the
    vendor is not called again in this run, so that it cannot hold up the worker; the orders left keep their
    vehicles. Not inside a transaction.
    """
    ended = silences = 0
    for code in overdue_orders(now=now):
        closed = False
        if silences < SILENCES:
            try:
                closed = ask_to_close(order=code, gateway=gateway, now=now)
                silences = 0
            except GatewayUnavailable:
                silences += 1
        if closed:
            ended += expire_order(order=code, now=now)
        else:
            _keep(code, now)
    return ended


def _keep(code: str, now: datetime) -> None:
    try:
        hold_longer(order=code, now=now)
    except CatalogError:
        # Somebody else has the vehicle: the late deposit will be refunded.
        return


def cancel_unpaid(
    *,
    order: str,
    actor: str,
    gateway: PaymentGateway | Doors,
    now: datetime,
    move: Move = Move.CANCEL_BY_BUYER,
    by: Actor = Actor.BUYER,
) -> None:
    """An order is given up before it was paid, by `move` of `by`. Not inside a transaction.

    Raises UnknownOrder, and OrderStateConflict when money arrived or may still arrive.
    """
    if not close_open_payments(order=order, gateway=gateway, now=now):
        raise OrderStateConflict(
            "a payment of this order is under way or has arrived; look at the order again in a minute",
            facts={
                "order": order,
                "state": str(State.AWAITING_DEPOSIT),
                "move": str(move),
            },
        )
    cancel_unpaid_order(order=order, actor=actor, now=now, made=move, by=by)
