"""The deposit liability rolls forward, and a month closes only when nothing stands against it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.closing import (
    COLUMNS,
    Owed,
    Period,
    check_close,
    column_of,
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


def test_a_key_that_nobody_thought_of_is_shown_and_stops_the_close() -> None:
    assert (column_of("reversal:ap:C1"), column_of("odd:1")) == ("applied", "other")
    rolled = roll_forward(
        [Owed("odd:1", date(2026, 11, 3), Money(1, "CNY"))],
        first=NOVEMBER.first,
        last=NOVEMBER.last,
    )
    with pytest.raises(PeriodNotReady, match="unknown-entries"):
        check_close(
            period=NOVEMBER, today=date(2026, 12, 1), closed=[OCTOBER], open_kinds=[], rolled=rolled
        )


@pytest.mark.parametrize(
    ("today", "closed", "kinds", "reasons"),
    [
        (date(2026, 11, 30), [OCTOBER], [], ["not-over"]),
        (date(2026, 12, 1), [OCTOBER, NOVEMBER], [], ["closed-already"]),
        (date(2026, 12, 1), [Period(date(2026, 9, 1), date(2026, 9, 30))], [], ["gap-before"]),
        (date(2026, 12, 1), [OCTOBER], ["E12", "E01", "E12", "E05"], ["exceptions: E01 E12"]),
    ],
)
def test_what_stands_against_closing_is_said(
    today: date, closed: list[Period], kinds: list[str], reasons: list[str]
) -> None:
    with pytest.raises(PeriodNotReady) as caught:
        check_close(period=NOVEMBER, today=today, closed=closed, open_kinds=kinds, rolled=[])
    assert caught.value.facts == {"period": "2026-11", "reasons": reasons}


def test_a_month_without_anything_against_it_closes() -> None:
    check_close(
        period=NOVEMBER, today=date(2026, 12, 1), closed=[OCTOBER], open_kinds=["E05"], rolled=[]
    )
    check_close(period=NOVEMBER, today=date(2026, 12, 1), closed=[], open_kinds=[], rolled=[])


@given(st.dates(date(2000, 1, 1), date(2100, 12, 1)))
def test_months_follow_each_other_without_a_gap(day: date) -> None:
    month = month_of(day)
    assert month.first <= day <= month.last
    assert month_of(month.last + timedelta(days=1)).first == month.last + timedelta(days=1)
    assert month.first.day == 1
