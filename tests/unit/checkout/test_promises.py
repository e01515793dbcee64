"""Delivery promises: reasons, ranges and the day that counts, by the tables of docs/rules/delivery.md."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.promises import (
    REASONS,
    Promised,
    Reason,
    after_arrival,
    check_change,
    day_that_counts,
    shifted,
)
from checkout.errors import BadPromise
from tests.factories.rules import rule_table

TODAY = date(2026, 11, 22)
START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def test_the_reasons_are_those_of_the_rules_in_both_languages() -> None:
    told = {
        row["reason"]: (row["who"] == "desk", row["buyer's"] == "yes", row["zh-hans"], row["en"])
        for row in rule_table("delivery", "Reasons")
    }
    made = {
        str(reason): (row.desk, row.by_buyer, row.text["zh-hans"], row.text["en"])
        for reason, row in REASONS.items()
    }
    assert made == told
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize(
    "row", rule_table("delivery", "Ranges that are refused"), ids=lambda r: f"{r['until']}"
)
def test_a_range_is_promised_or_refused_with_its_reason(row: dict[str, str]) -> None:
    def check() -> None:
        check_change(
            order="O1",
            from_on=date.fromisoformat(row["from"]),
            until_on=date.fromisoformat(row["until"]),
            today=TODAY,
        )

    if not row["reason"]:
        check()
        return
    with pytest.raises(BadPromise) as caught:
        check()
    assert caught.value.facts == {"order": "O1", "reason": row["reason"]}


def told_history(words: str) -> tuple[list[Promised], datetime | None]:
    """A history of the table, a minute between its steps, and when the order was locked."""
    history, locked_at = [], None
    for number, step in enumerate(words.split(", ")):
        at = START + timedelta(minutes=number)
        if step == "lock":
            locked_at = at
            continue
        reason, day = step.split(" ")
        until = date.fromisoformat(day)
        history.append(Promised(until - timedelta(days=13), until, Reason(reason), at))
    return history, locked_at


@pytest.mark.parametrize(
    "row", rule_table("delivery", "The day that counts"), ids=lambda r: r["history"]
)
def test_the_day_that_counts_is_that_of_the_table(row: dict[str, str]) -> None:
    history, locked_at = told_history(row["history"])
    told = row["day that counts"]
    assert day_that_counts(history, locked_at) == (date.fromisoformat(told) if told else None)


def test_a_promise_made_in_the_moment_of_the_lock_stands_at_the_lock() -> None:
    first = Promised(TODAY, TODAY, Reason.ORDERED, START)
    restated = Promised(TODAY, TODAY + timedelta(days=3), Reason.LOCKED, START)
    assert day_that_counts([first, restated], START) == restated.until_on


def test_an_order_locked_before_its_first_promise_counts_from_nothing() -> None:
    first = Promised(TODAY, TODAY, Reason.ORDERED, START)
    assert day_that_counts([first], START - timedelta(seconds=1)) is None
    assert day_that_counts([], START) is None


@given(
    st.lists(st.tuples(st.sampled_from(list(Reason)), st.integers(-200, 400)), max_size=12),
    st.integers(0, 12),
)
def test_nothing_that_the_seller_says_after_the_lock_moves_the_day(
    steps: list[tuple[Reason, int]], lock: int
) -> None:
    history = [Promised(TODAY, TODAY + timedelta(days=30), Reason.ORDERED, START)] + [
        Promised(TODAY, TODAY + timedelta(days=days), reason, START + timedelta(minutes=n))
        for n, (reason, days) in enumerate(steps, 1)
    ]
    locked_at = START + timedelta(minutes=lock)
    counts = day_that_counts(history, locked_at)
    stood = [each for each in history if each.at <= locked_at][-1].until_on
    assert counts is not None
    assert counts >= stood
    after = [each for each in history if each.at > locked_at]
    if not any(REASONS[each.reason].by_buyer for each in after):
        assert counts == stood


@pytest.mark.parametrize(
    "row",
    rule_table("delivery", "Arrival announced by a carrier"),
    ids=lambda r: r["arrives on"],
)
def test_a_carriers_day_moves_the_promise_only_where_it_cannot_be_kept(row: dict[str, str]) -> None:
    last = Promised(date(2026, 12, 10), date(2026, 12, 23), Reason.ORDERED, START)
    found = after_arrival(last, date.fromisoformat(row["arrives on"]))
    told = row["new promise"]
    assert (" to ".join(day.isoformat() for day in found) if found else "") == told


def test_a_shifted_promise_keeps_its_length() -> None:
    last = Promised(date(2026, 12, 10), date(2026, 12, 23), Reason.ORDERED, START)
    assert shifted(last, -14) == (date(2026, 11, 26), date(2026, 12, 9))
