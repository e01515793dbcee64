"""Slots of handover: which are on offer, which are free, until when one may move, by the tables of the rules."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.slots import (
    FreeSlot,
    Slot,
    changeable_until,
    first_free_bay,
    free,
    may_change,
    on_offer,
    slots_of_day,
)
from tests.factories.policies import demo_policy
from tests.factories.rules import rule_table

ZONES = {"CN": "Asia/Shanghai", "DE": "Europe/Berlin"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.parametrize(
    "row", rule_table("delivery", "Slots"), ids=lambda r: f"{r['market']} {r['now']}"
)
def test_the_slots_on_offer_are_those_of_the_table(row: dict[str, str]) -> None:
    zone = ZONES[row["market"]]
    policy = demo_policy(row["market"]).slots
    found = list(on_offer(policy, timezone=zone, now=moment(row["now"])))
    assert found[0].starts_at == moment(row["first"])
    assert found[-1].starts_at == moment(row["last"])
    days = Counter(slot.starts_at.astimezone(ZoneInfo(zone)).date() for slot in found)
    assert set(days.values()) == {int(row["a day"])}


def test_nobody_hands_over_on_a_closed_day_or_on_a_sunday_in_germany() -> None:
    policy, now = demo_policy("DE").slots, datetime(2026, 12, 21, 12, tzinfo=UTC)
    zone = ZoneInfo("Europe/Berlin")
    closed = {date(2026, 12, 25), date(2026, 12, 26)}
    days = {
        slot.starts_at.astimezone(zone).date()
        for slot in on_offer(policy, timezone="Europe/Berlin", now=now, closed=closed)
    }
    assert not days & closed
    assert {day.isoweekday() for day in days} == {1, 2, 3, 4, 5, 6}


def test_home_deliveries_are_one_run_a_day_from_opening_to_closing() -> None:
    policy = demo_policy("CN")
    assert policy.home is not None
    found = list(
        on_offer(
            policy.slots,
            timezone="Asia/Shanghai",
            now=datetime(2026, 11, 22, 4, tzinfo=UTC),
            home=policy.home,
        )
    )
    assert found[0] == Slot(
        datetime(2026, 11, 23, 1, 30, tzinfo=UTC), datetime(2026, 11, 23, 10, 30, tzinfo=UTC), 3
    )
    assert len(found) == 21
    sundays = on_offer(
        demo_policy("DE").slots,
        timezone="Europe/Berlin",
        now=datetime(2026, 11, 22, 4, tzinfo=UTC),
        home=demo_policy("DE").home,
    )
    assert all(slot.starts_at.isoweekday() != 7 for slot in sundays)


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.sampled_from(["CN", "DE"]))
def test_slots_of_a_day_follow_each_other_and_end_by_closing_time(day: date, market: str) -> None:
    policy, zone = demo_policy(market).slots, ZoneInfo(ZONES[market])
    found = list(slots_of_day(policy, timezone=ZONES[market], day=day))
    assert bool(found) == (day.isoweekday() in policy.weekdays)
    for slot in found:
        starts, ends = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
        assert starts.date() == ends.date() == day
        assert policy.opens <= starts.time() < ends.time() <= policy.closes
        assert slot.ends_at - slot.starts_at == timedelta(minutes=policy.minutes)
    assert all(a.ends_at <= b.starts_at for a, b in zip(found, found[1:], strict=False))


def test_a_slot_is_free_while_a_bay_is_left() -> None:
    start = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    ends = start + timedelta(minutes=90)
    slots = [Slot(start, ends, 2), Slot(ends, ends + timedelta(minutes=90), 2)]
    assert list(free(iter(slots), {start: 1})) == [
        FreeSlot(start, ends, 1),
        FreeSlot(ends, ends + timedelta(minutes=90), 2),
    ]
    assert [slot.starts_at for slot in free(iter(slots), {start: 2})] == [ends]


@pytest.mark.parametrize(
    ("taken", "bay"), [((), 1), ((1,), 2), ((2,), 1), ((1, 2), None), ((1, 2, 3), None)]
)
def test_the_lowest_free_bay_is_given_out(taken: tuple[int, ...], bay: int | None) -> None:
    assert first_free_bay(2, taken) == bay


@pytest.mark.parametrize(
    "row", rule_table("delivery", "Moving an appointment"), ids=lambda r: r["now"]
)
def test_an_appointment_may_move_until_the_hours_of_the_policy(row: dict[str, str]) -> None:
    policy, starts = demo_policy("CN").slots, moment(row["starts"])
    assert may_change(policy, starts_at=starts, now=moment(row["now"])) == (row["may"] == "yes")
    assert changeable_until(policy, starts_at=starts) == starts - timedelta(hours=24)
