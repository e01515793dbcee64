"""Where a row lock differs between databases, this file knows.

PostgreSQL locks the row; SQLite has one writer at a time (transactions begin IMMEDIATE), so its lock
is the transaction itself and Django drops FOR UPDATE there. All must be called inside a transaction.
"""

from __future__ import annotations

from catalog.models.releases import ReleasePointer
from catalog.models.stock import StockVehicle


def pointer() -> ReleasePointer | None:
    """The pointer under a lock, so that publishing and rolling back happen one after the other."""
    return ReleasePointer.objects.select_for_update().filter(pk=ReleasePointer.ONLY).first()


def vehicle(vin: str) -> StockVehicle | None:
    """The vehicle of that VIN under a lock, or None."""
    return StockVehicle.objects.select_for_update().filter(vin=vin).first()
