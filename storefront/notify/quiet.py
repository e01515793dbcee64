"""Quiet hours: at night nobody is disturbed by what can wait (docs/rules/notices.md). Plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

REMINDED_AT = time(10)
"""When, on the day before, a buyer is reminded of an appointment, on the clock of the market."""


def hours_of(market: str, table: Mapping[str, Sequence[str]]) -> tuple[time, time] | None:
    """From when until when a market sleeps; `*` is every market without a row, an empty row has no quiet hours.

    Raises ValueError on a row that is no pair of times.
    """
    row = table.get(market, table.get("*", ()))
    if not row:
        return None
    start, end = (time.fromisoformat(text) for text in row)
    return start, end


def may_go(moment: datetime, hours: tuple[time, time] | None, place: ZoneInfo) -> datetime:
    """The first moment, `moment` or later, outside the quiet hours of that place.

    The first minute of the hours is quiet, the last one is not. An hour that the clocks skip or repeat is read as
    the calendar reads it: the notice may then go an hour early or late, never in a loop.
    """
    if hours is None or hours[0] == hours[1]:
        return moment
    start, end = hours
    local = moment.astimezone(place)
    clock = local.time()
    asleep = start <= clock < end if start < end else clock >= start or clock < end
    if not asleep:
        return moment
    day = local.date() + timedelta(days=1) if start > end and clock >= start else local.date()
    return max(moment, datetime.combine(day, end, place).astimezone(moment.tzinfo))


def day_before(starts_at: datetime, place: ZoneInfo) -> datetime:
    """When the reminder of an appointment is due: the day before at REMINDED_AT, on the clock of the place."""
    day = starts_at.astimezone(place).date() - timedelta(days=1)
    return datetime.combine(day, REMINDED_AT, place).astimezone(starts_at.tzinfo)
