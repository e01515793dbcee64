"""Priority delivery: the earlier range, the week it takes, kept or missed, by the tables of the rules."""

from __future__ import annotations

from datetime import date

import pytest

from checkout.domain.order import MOVES, Move, State
from checkout.domain.priority import CHOICE_STATES, outcome, range_with, week_of
from tests.factories.policies import demo_policy
from tests.factories.rules import rule_table


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("row", rule_table("delivery", "Priority"), ids=lambda r: r["from"])
def test_priority_takes_the_range_and_the_week_of_the_table(row: dict[str, str]) -> None:
    policy = demo_policy("CN").priority
    assert policy is not None
    found = range_with(
        policy, from_on=day(row["from"]), until_on=day(row["until"]), today=day(row["today"])
    )
    if row["range"] == "too near":
        assert found is None
        return
    assert found is not None
    assert " to ".join(each.isoformat() for each in found) == row["range"]
    assert "{}-{}".format(*week_of(found[1])) == row["week"]


@pytest.mark.parametrize(
    "row",
    rule_table("delivery", "Priority kept or missed"),
    ids=lambda r: f"{r['ready on']} {r['today']}",
)
def test_priority_is_kept_or_missed_by_the_day_the_car_is_ready(row: dict[str, str]) -> None:
    ready = day(row["ready on"]) if row["ready on"] else None
    found = outcome(until_on=date(2026, 12, 26), ready_on=ready, today=day(row["today"]))
    assert str(found) == row["outcome"]


def test_priority_is_a_choice_until_the_lock() -> None:
    before = {state for state in State if Move.LOCK in MOVES[state]} | {State.AWAITING_DEPOSIT}
    assert before == CHOICE_STATES
