"""Where a row lock differs between databases, this file knows.

PostgreSQL locks the row; SQLite has one writer at a time (transactions begin IMMEDIATE), so its lock
is the transaction itself and Django drops FOR UPDATE there. All must be called inside a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from catalog.models.releases import ReleasePointer
from catalog.models.stock import StockVehicle

OFFERS = 4201
"""The first key of the advisory locks of offers; no other lock of the store uses it."""


def pointer() -> ReleasePointer | None:
    """The pointer under a lock, so that publishing and rolling back happen one after the other."""
    return ReleasePointer.objects.select_for_update().filter(pk=ReleasePointer.ONLY).first()


def offers(codes: Iterable[str]) -> None:
    """Lock offers by code until the transaction ends, whether or not they have a row; in one order for everybody.

    PostgreSQL takes an advisory lock for each; on SQLite the transaction is the lock already.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for code in sorted(codes):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [OFFERS, code])


def vehicle(vin: str) -> StockVehicle | None:
    """The vehicle of that VIN under a lock, or None."""
    return StockVehicle.objects.select_for_update().filter(vin=vin).first()
