"""The deposit liability rolls forward, and a month closes only when nothing stands against it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.closing import (
    COLUMNS,
    Owed,
    Period,
    against_closing,
    bounds,
    bucket_of,
    column_of,
    month_named,
    month_of,
    roll_forward,
)
from checkout.errors import PeriodNotReady
from kernel.money import Money
from tests.factories.rulebook import table

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def legs(text: str) -> list[Owed]:
    """Entries as the table writes them."""
    parts = [entry.split() for entry in text.split(";")]
    return [
        Owed(key, date.fromisoformat(day), Money.of(amount, "CNY")) for key, day, amount in parts
    ]


@pytest.mark.parametrize("row", table("reconciliation.md", "roll forward"))
def test_the_liability_rolls_forward_as_the_table_says(row: dict[str, str]) -> None:
    entries = legs(row["entries (key, day, what we owe more)"])
    (rolled,) = roll_forward(entries, first=NOVEMBER.first, last=NOVEMBER.last)
    for column in ("opening", "received", "applied", "refunded", "forfeited", "closing"):
        assert getattr(rolled, column) == Money.of(row[column], "CNY"), column
    assert not rolled.other


KEYS = st.sampled_from([*COLUMNS, *(f"reversal:{head}" for head in COLUMNS), "odd"])
ENTRIES = st.lists(
    st.builds(
        Owed,
        KEYS.map("{}:1".format),
        st.dates(date(2026, 9, 1), date(2026, 12, 31)),
        st.builds(Money, st.integers(-10_000, 10_000), st.sampled_from(["CNY", "EUR", "JPY"])),
    )
)


@given(ENTRIES)
def test_each_month_opens_where_the_one_before_closed(entries: list[Owed]) -> None:
    before = {
        r.currency: r.closing for r in roll_forward(entries, first=OCTOBER.first, last=OCTOBER.last)
    }
    for row in roll_forward(entries, first=NOVEMBER.first, last=NOVEMBER.last):
        assert row.opening == before.get(row.currency, Money.zero(row.currency))
        moved = row.received - row.applied - row.refunded - row.forfeited + row.other
        assert row.opening + moved == row.closing
        owed = [
            e.amount.minor
            for e in entries
            if e.amount.currency == row.currency and e.on <= NOVEMBER.last
        ]
        assert row.closing.minor == sum(owed)


def test_a_key_that_nobody_thought_of_has_no_column() -> None:
    assert (column_of("reversal:ap:C1"), column_of("odd:1")) == ("applied", "other")


@pytest.mark.parametrize("row", table("reconciliation.md", "close"))
def test_what_stands_against_closing_is_as_the_table_says(row: dict[str, str]) -> None:
    until = row["closed until"]
    odd = Owed("odd:1", date(2026, 11, 3), Money(1, "CNY"))
    entries = [odd] if row["entries without a column"] == "yes" else []
    found = against_closing(
        period=NOVEMBER,
        today=date.fromisoformat(row["today"]),
        closed=[month_of(date.fromisoformat(until))] if until else [],
        open_kinds=row["open exceptions"].split(),
        rolled=roll_forward(entries, first=NOVEMBER.first, last=NOVEMBER.last),
        compared=row["compared"] == "yes",
    )
    assert "; ".join(found) == row["stands against closing November"]


@pytest.mark.parametrize("row", table("reconciliation.md", "ages"))
def test_a_deposit_has_the_age_that_the_table_says(row: dict[str, str]) -> None:
    assert bucket_of(int(row["days"])) == row["age"]


@pytest.mark.parametrize("name", ["2026-13", "2026", "x", "2026-11-01"])
def test_what_is_no_month_is_refused(name: str) -> None:
    assert month_named("2026-11") == NOVEMBER
    with pytest.raises(PeriodNotReady):
        month_named(name)


def test_a_month_has_the_hours_that_its_zone_gives_it() -> None:
    begins, ends = bounds(month_named("2026-10"), ZoneInfo("Europe/Berlin"))
    assert (begins, ends) == (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )


@given(st.dates(date(2000, 1, 1), date(2100, 12, 1)))
def test_months_follow_each_other_without_a_gap(day: date) -> None:
    month = month_of(day)
    assert month.first <= day <= month.last
    assert month_of(month.last + timedelta(days=1)).first == month.last + timedelta(days=1)
    assert month.first.day == 1
