"""Appointments of handover: which a place offers, which are free, and until when they may be moved.

`docs/rules/delivery.md`, "Slots". Times are the place's own, days its calendar days; every moment given out is UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from checkout.domain.delivery import day_in
from checkout.domain.order_policy import HomeDelivery, Slots


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at a place, from `starts_at` to `ends_at` (UTC), for which `cars` can be handed over at once."""

    starts_at: datetime
    ends_at: datetime
    cars: int


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A slot that can be booked, with how many cars still fit."""

    starts_at: datetime
    ends_at: datetime
    left: int


def slots_of_day(policy: Slots, *, timezone: str, day: date) -> Iterator[Slot]:
    """The slots of a day of work, first to last; none on another weekday. One that does not end by closing time is none."""
    if day.isoweekday() not in policy.weekdays:
        return
    zone, length = ZoneInfo(timezone), timedelta(minutes=policy.minutes)
    local, closes = datetime.combine(day, policy.opens), datetime.combine(day, policy.closes)
    while local + length <= closes:
        starts = local.replace(tzinfo=zone).astimezone(UTC)
        yield Slot(starts, starts + length, policy.cars)
        local += length


def run_of_day(policy: Slots, home: HomeDelivery, *, timezone: str, day: date) -> Iterator[Slot]:
    """The one run of home deliveries of a day of work, from opening to closing; none on another weekday."""
    if day.isoweekday() in policy.weekdays:
        zone = ZoneInfo(timezone)
        starts = datetime.combine(day, policy.opens, tzinfo=zone).astimezone(UTC)
        ends = datetime.combine(day, policy.closes, tzinfo=zone).astimezone(UTC)
        yield Slot(starts, ends, home.cars)


def days_on_offer(policy: Slots, *, timezone: str, now: datetime) -> tuple[date, date]:
    """The first and the last day for which can be booked at `now`, by the calendar of the place."""
    today = day_in(timezone, now)
    return today + timedelta(days=policy.notice_days), today + timedelta(days=policy.ahead_days)


def on_offer(
    policy: Slots,
    *,
    timezone: str,
    now: datetime,
    home: HomeDelivery | None = None,
    closed: Collection[date] = (),
) -> Iterator[Slot]:
    """Every slot that can be booked at `now`, free or not; with `home` the runs of home delivery instead.

    `closed` are days on which nobody works, such as public holidays.
    """
    day, last = days_on_offer(policy, timezone=timezone, now=now)
    while day <= last:
        if day not in closed:
            yield from (
                slots_of_day(policy, timezone=timezone, day=day)
                if home is None
                else run_of_day(policy, home, timezone=timezone, day=day)
            )
        day += timedelta(days=1)


def free(slots: Iterator[Slot], taken: Mapping[datetime, int]) -> Iterator[FreeSlot]:
    """Those of `slots` with room left; `taken` is how many are booked, by start."""
    for slot in slots:
        left = slot.cars - taken.get(slot.starts_at, 0)
        if left > 0:
            yield FreeSlot(slot.starts_at, slot.ends_at, left)


def first_free_bay(cars: int, taken: Collection[int]) -> int | None:
    """The lowest of the bays 1 to `cars` that nobody has; None where all are taken."""
    return next((bay for bay in range(1, cars + 1) if bay not in taken), None)


def may_change(policy: Slots, *, starts_at: datetime, now: datetime) -> bool:
    """Whether an appointment may still be moved or given up: until `change_hours` before it, that moment included."""
    return now <= changeable_until(policy, starts_at=starts_at)


def changeable_until(policy: Slots, *, starts_at: datetime) -> datetime:
    """The last moment at which an appointment may be moved or given up."""
    return starts_at - timedelta(hours=policy.change_hours)
