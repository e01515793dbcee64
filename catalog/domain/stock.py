"""Physical cars: what a VIN says, when a car is free, how long it is held (docs/rules/stock.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.errors import BadVin

HOLD_WHILE_PAYING = timedelta(minutes=30)
"""From placing the order until the deposit must have arrived."""
HOLD_AFTER_DEPOSIT = timedelta(days=7)
"""From the deposit until the order must be locked or prolonged."""

ON_LOT = ("in_stock", "in_transit", "demo")
"""States of a car that a buyer can order; `reserved` (by the dealer) and `sold` cannot be."""
AVAILABLE, HELD, SOLD = "available", "held", "sold"

_VALUES = dict(zip("0123456789", range(10), strict=True)) | dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True)
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True, slots=True)
class Hold:
    """A live reservation: `holder` is the code of a quote or an order; it ends at `until`, exclusive."""

    holder: str
    until: datetime


def check_digit(vin: str) -> str:
    """The digit (or X) that belongs in position 9 of a 17-character VIN (GB 16735, 49 CFR 565.15); raises BadVin."""
    unknown = sorted({letter for letter in vin if letter not in _VALUES})
    if len(vin) != len(_WEIGHTS) or unknown:
        raise BadVin(
            "a VIN has 17 characters of 0-9 and A-Z without I, O, Q", facts={"vin": vin[:40]}
        )
    remainder = (
        sum(_VALUES[letter] * weight for letter, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    )
    return "X" if remainder == 10 else str(remainder)


def read_vin(text: str) -> str:
    """The VIN in upper case without spaces around it; raises BadVin, also for a wrong check digit."""
    vin = text.strip().upper()
    digit = check_digit(vin)
    if vin[8] != digit:
        raise BadVin(
            f"VIN {vin}: the check digit is {vin[8]}, it should be {digit}", facts={"vin": vin}
        )
    return vin


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
