"""Physical cars: when one is free (docs/rules/stock.md); how long one is held is the holder's rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ON_LOT = ("in_stock", "in_transit", "demo")
"""States of a car that a buyer can order; `reserved` (by the dealer) and `sold` cannot be."""
AVAILABLE, HELD, SOLD = "available", "held", "sold"


@dataclass(frozen=True, slots=True)
class Hold:
    """A live reservation: `holder` is the code of a quote or an order; it ends at `until`, exclusive."""

    holder: str
    until: datetime


def status_of(state: str, hold: Hold | None, now: datetime) -> str:
    """`available`, `held` or `sold`: for the car's state and its reservation, at a moment."""
    if state == "sold":
        return SOLD
    if state not in ON_LOT or (hold is not None and now < hold.until):
        return HELD
    return AVAILABLE


def free_at(state: str, hold: Hold | None, now: datetime) -> datetime | None:
    """When a held car becomes free if nothing happens; None when it is free, sold or held by the dealer."""
    if state not in ON_LOT or hold is None or hold.until <= now:
        return None
    return hold.until
