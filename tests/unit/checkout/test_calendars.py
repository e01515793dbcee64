"""Deadlines by law: the tables of docs/rules/deadlines.md, holidays by place, and what is never stated."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.law import HOLIDAYS, read_law
from checkout.domain.calendars import (
    Calendar,
    Kind,
    Whose,
    calendar_of,
    day_of,
    ends_at,
    is_working,
    last_day,
    last_day_of_months,
    region_of,
    same_day_after,
    working_day_after,
)
from checkout.errors import NoCalendar
from tests.factories.catalogue import demo_catalogue
from tests.factories.rules import rule_table

DAY = timedelta(days=1)
ZONES = {"CN": "Asia/Shanghai", "DE": "Europe/Berlin"}
LAENDER = (
    "BB",
    "BE",
    "BW",
    "BY",
    "HB",
    "HE",
    "HH",
    "MV",
    "NI",
    "NW",
    "RP",
    "SH",
    "SL",
    "SN",
    "ST",
    "TH",
)
REGIONS = st.sampled_from([None, *LAENDER])
STARTS = st.dates(date(2026, 1, 1), date(2028, 10, 1))


@functools.cache
def calendar() -> Calendar:
    return calendar_of(demo_catalogue().law)


def asked(row: dict[str, str]) -> dict[str, Any]:
    return {
        "market": row["market"],
        "region": None if row.get("region", "-") == "-" else row["region"],
        "start_on": date.fromisoformat(row["start"]),
        "days": int(row["days"]),
        "calendar": calendar(),
    }


@pytest.mark.parametrize(
    "row", rule_table("deadlines", "When a period ends"), ids=lambda row: row["why"]
)
def test_every_period_of_the_rules_ends_on_its_day(row: dict[str, str]) -> None:
    found = last_day_of_months(**asked(row), months=int(row["months"]), whose=Whose(row["for"]))
    assert found == date.fromisoformat(row["last day"])
    if row["months"] == "0":
        assert last_day(**asked(row), whose=Whose(row["for"])) == found


@pytest.mark.parametrize("row", rule_table("deadlines", "Working days"), ids=lambda row: row["why"])
def test_every_count_of_working_days_ends_on_its_day(row: dict[str, str]) -> None:
    found = working_day_after(**asked(row), whose=Whose(row["for"]))
    assert found == date.fromisoformat(row["last day"])


@pytest.mark.parametrize(
    "row", rule_table("deadlines", "No calendar"), ids=lambda row: row["start"]
)
def test_a_year_without_calendar_states_no_day_and_says_what_to_mend(row: dict[str, str]) -> None:
    with pytest.raises(NoCalendar) as refused:
        last_day(**asked(row))
    facts = refused.value.facts
    assert (facts["market"], facts["year"]) == (row["market"], int(row["year"]))
    assert HOLIDAYS in facts["mend"]
    assert row["year"] in facts["mend"]


@pytest.mark.parametrize(
    "row", rule_table("deadlines", "In time"), ids=lambda row: f"{row['market']}-{row['sent']}"
)
def test_a_period_ends_at_midnight_in_the_zone_of_the_market(row: dict[str, str]) -> None:
    sent = datetime.fromisoformat(row["sent"]).replace(tzinfo=UTC)
    end = ends_at(date.fromisoformat(row["last day"]), ZONES[row["market"]])
    assert (sent < end) is (row["in time"] == "yes")


@given(STARTS, st.integers(0, 60), REGIONS, st.sampled_from(Whose))
def test_a_period_never_ends_before_its_days_have_passed_nor_on_a_day_off(
    start: date, days: int, region: str | None, whose: Whose
) -> None:
    found = last_day(
        market="DE", start_on=start, days=days, calendar=calendar(), region=region, whose=whose
    )
    assert found >= start + DAY * days
    assert is_working(calendar().kind(market="DE", day=found, region=region), whose)
    between = (start + DAY * n for n in range(days, (found - start).days))
    assert not any(
        is_working(calendar().kind(market="DE", day=day, region=region), whose) for day in between
    )


@given(STARTS, st.integers(0, 40), st.integers(0, 15), REGIONS)
def test_more_days_or_a_later_start_never_end_earlier(
    start: date, days: int, more: int, region: str | None
) -> None:
    common: dict[str, Any] = {"market": "DE", "calendar": calendar(), "region": region}
    for ends in (last_day, working_day_after):
        found = ends(start_on=start, days=days, **common)
        assert found <= ends(start_on=start, days=days + more, **common)
        assert found <= ends(start_on=start + DAY * more, days=days, **common)


@given(STARTS, st.integers(0, 60), REGIONS)
def test_in_doubt_the_buyer_has_longer_and_the_seller_has_not(
    start: date, days: int, region: str | None
) -> None:
    common: dict[str, Any] = {
        "market": "DE",
        "start_on": start,
        "days": days,
        "calendar": calendar(),
    }
    known, unknown = (
        [last_day(**common, region=place, whose=whose) for whose in (Whose.SELLER, Whose.BUYER)]
        for place in (region, None)
    )
    assert known[0] <= known[1]
    assert unknown[0] <= known[0]
    assert known[1] <= unknown[1]


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 120))
def test_months_end_on_the_same_number_or_on_the_last_of_the_month(day: date, months: int) -> None:
    found = same_day_after(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found + DAY).day == 1)


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ({"province": "Bayern", "city": "München"}, "BY"),
        ({"province": "bavaria"}, "BY"),
        ({"province": "DE-BY"}, "BY"),
        ({"province": "巴伐利亚州"}, "BY"),
        ({"province": "Sachsen-Anhalt"}, "ST"),
        ({"province": "Sachsen"}, "SN"),
        ({"city": "Berlin"}, "BE"),
        ({"city": "Bremerhaven"}, "HB"),
        ({"city": "Hamburg", "province": "Hamburg"}, "HH"),
        ({"city": "München"}, None),
        ({"province": "Tirol"}, None),
        ({"province": "Hessen", "city": "Bremen"}, "HE"),
        ({}, None),
    ],
)
def test_the_land_is_read_from_the_address_or_not_known(
    address: dict[str, str], region: str | None
) -> None:
    assert region_of(market="DE", address=address) == region
    assert region_of(market="CN", address=address) is None


def test_every_land_of_the_calendar_can_be_said_in_an_address() -> None:
    assert calendar().regions("DE") == set(LAENDER)
    for code in LAENDER:
        assert region_of(market="DE", address={"province": code}) == code
    assert calendar().regions("CN") == frozenset()


def test_a_make_up_weekend_is_doubtful_and_a_holiday_on_it_is_off() -> None:
    kinds = {
        day: calendar().kind(market="CN", day=date.fromisoformat(day))
        for day in ("2026-10-10", "2026-10-11", "2026-10-03", "2026-10-08")
    }
    assert kinds == {
        "2026-10-10": Kind.DOUBTFUL,
        "2026-10-11": Kind.OFF,
        "2026-10-03": Kind.OFF,
        "2026-10-08": Kind.WORKING,
    }


def test_the_day_of_a_moment_is_the_market_s() -> None:
    moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert day_of(moment, ZONES["DE"]) == date(2026, 11, 23)
    assert day_of(moment, "UTC") == date(2026, 11, 22)


@pytest.mark.parametrize("entry", ["5-1", "2026-05-01", "05-05/05-01", "02-30"])
def test_a_day_that_cannot_be_read_is_refused(entry: str) -> None:
    row = {
        "market": "CN", "key": HOLIDAYS, "applies_to": "2026", "value": {"days": [entry]},
        "from": "2026-01-01", "by": "delivery_date", "confidence": "general", "source": "-",
    }  # fmt: skip
    with pytest.raises(ValueError, match="MM-DD|before|day"):
        calendar_of(read_law([row]))


def test_a_later_row_of_a_year_replaces_the_earlier_one() -> None:
    rows = [
        {
            "market": "CN", "key": HOLIDAYS, "applies_to": "2026", "value": {"days": days},
            "from": day, "by": "delivery_date", "confidence": "general", "source": "-",
        }
        for day, days in (("2026-03-01", ["05-06"]), ("2026-01-01", ["05-05"]))
    ]  # fmt: skip
    found = calendar_of(read_law(rows))
    assert found.kind(market="CN", day=date(2026, 5, 5)) is Kind.WORKING
    assert found.kind(market="CN", day=date(2026, 5, 6)) is Kind.OFF


@pytest.mark.parametrize("call", [last_day, working_day_after])
def test_a_period_of_less_than_nothing_is_refused(call: Any) -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        call(market="DE", start_on=date(2026, 6, 1), days=-1, calendar=calendar())
