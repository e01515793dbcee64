"""The delivery promise as a range of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WINDOW_DAYS = 14
"""A first promise is two weeks long, both ends included."""

PREPARATION_DAYS = 3
"""A stock vehicle that stands at its place is inspected, cleaned and registered in this time."""


@dataclass(frozen=True, slots=True)
class Window:
    """The car comes on one of the days `from_on` to `until_on`, both included."""

    days: int
    from_on: date
    until_on: date


def window(*, today: date, days: int) -> Window:
    """The two weeks that begin `days` after `today`, for an order locked today; raises ValueError below 0."""
    if days < 0:
        raise ValueError("a car is not delivered before it is ordered")
    start = today + timedelta(days=days)
    return Window(days=days, from_on=start, until_on=start + timedelta(days=WINDOW_DAYS - 1))


def stock_days(*, today: date, available_on: date) -> int:
    """Days until a stock vehicle can be handed over: its arrival and the preparation after it."""
    return max((available_on - today).days, 0) + PREPARATION_DAYS


def day_in(timezone: str, moment: datetime) -> date:
    """The calendar day of `moment` (aware) in the market's time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()
