"""The cars in stock that are the one an order asks for, and free."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.stock import Hold, status_of
from catalog.models import Reservation, StockVehicle
from checkout.models import Order

FREE = frozenset({"in_stock", "in_transit", "available"})
MOST = 30


def fitting_cars(order: Order, now: datetime) -> list[StockVehicle]:
    """Free cars of the order's market, model, trim and choices, the one that is there first leading; at most 30."""
    wanted = order.document["car"]
    rows = (
        StockVehicle.objects.filter(
            market__code=order.market, model__code=wanted["model"], trim=wanted["trim"]
        )
        .exclude(status="sold")
        .select_related("place")
        .order_by("available_on", "vin")
    )
    same = [row for row in rows if sorted(row.choices) == sorted(wanted["choices"])]
    holds = {
        held.vehicle_id: Hold(held.holder, held.until)
        for held in Reservation.objects.filter(vehicle__in=same, live=True)
    }
    free = [row for row in same if status_of(row.status, holds.get(row.pk), now) in FREE]
    return free[:MOST]
