"""The form of an order policy: what the desk and the check of a release refuse, named field by field."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from catalog.domain.order_policies import KINDS, STATES, faults_in
from tests.factories.catalogue import demo_document

Change = Callable[[dict[str, Any]], object]


def policy(market: str = "CN") -> dict[str, Any]:
    rows = demo_document()["order_policies"]
    return copy.deepcopy(next(row for row in rows if row["market"] == market))


def faults(change: Change) -> tuple[str, ...]:
    row = policy()
    change(row)
    return faults_in(row)


def test_the_policies_of_the_demo_can_be_read_in_both_markets() -> None:
    assert [faults_in(policy(market)) for market in ("CN", "DE")] == [(), ()]


@pytest.mark.parametrize("part", ["priority", "home", "changes"])
def test_what_a_market_does_not_offer_is_left_out(part: str) -> None:
    assert faults(lambda row: row.pop(part)) == ()
    assert faults(lambda row: row.update({part: None})) == ()


FAULTS: list[tuple[Change, tuple[str, ...]]] = [
    (lambda row: row.pop("locking"), ("locking",)),
    (lambda row: row.update(delay=5), ("delay",)),
    (lambda row: row["locking"].update(remind_after_days=0), ("locking.remind_after_days",)),
    (
        lambda row: row["locking"].update(automatic_after_days="2"),
        ("locking.automatic_after_days",),
    ),
    (lambda row: row["locking"].pop("automatic_after_days"), ()),
    (lambda row: row["delay"].update(per_day=-1, at_most=True), ("delay.per_day", "delay.at_most")),
    (lambda row: row["delay"].update(text={"en": "Late"}), ("delay.text",)),
    (lambda row: row["priority"].update(fee=None), ("priority.fee",)),
    (lambda row: row["slots"].update(opens="9:30"), ("slots.opens",)),
    (lambda row: row["slots"].update(opens="18:30", closes="18:30"), ("slots.closes",)),
    (lambda row: row["slots"].update(weekdays=[0, 1]), ("slots.weekdays",)),
    (lambda row: row["slots"].update(weekdays=[]), ("slots.weekdays",)),
    (lambda row: row["slots"].update(weekdays=[{"day": 1}]), ("slots.weekdays",)),
    (lambda row: row["home"].update(cars=0), ("home.cars",)),
    (lambda row: row.update(changes={"states": []}), ("changes",)),
    (lambda row: row.update(changes=["reserved"]), ("changes",)),
    (lambda row: row["changes"][0].update(states=["handed_over"]), ("changes.states",)),
    (lambda row: row["changes"][0].update(kinds=["colour"]), ("changes.kinds",)),
    (lambda row: row["changes"][0].update(fee="free"), ("changes.fee",)),
    (lambda row: row["changes"][0].pop("fee"), ()),
    (lambda row: row["changes"].append(row["changes"][0]), ("changes.states",)),
]


@pytest.mark.parametrize(("change", "named"), FAULTS)
def test_a_field_that_cannot_be_read_is_named(change: Change, named: tuple[str, ...]) -> None:
    assert faults(change) == named


def test_every_state_and_kind_of_the_form_may_be_said() -> None:
    every = {"states": list(STATES), "kinds": list(KINDS), "fee": 0}
    assert faults(lambda row: row.update(changes=[every])) == ()
