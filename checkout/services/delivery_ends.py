"""What an order gives back when it ends: its appointment, its priority place, and the car on its way to nobody."""

from __future__ import annotations

from datetime import datetime

from checkout.models import Appointment, Order
from checkout.services.transport_calls import plan_cancel


def end_delivery(*, row: Order, now: datetime) -> None:
    """Free slot and place of a locked order that ends, and have its carrier told; inside the transaction that ends it."""
    row.appointments.filter(state=Appointment.State.BOOKED).update(
        state=Appointment.State.ENDED, ended_at=now
    )
    row.priorities.filter(released_at=None).update(released_at=now)
    for transport in row.transports.filter(ended_at=None):
        plan_cancel(transport=transport, now=now)
