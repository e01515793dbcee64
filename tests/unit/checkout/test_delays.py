"""What a late car costs, by the table of docs/rules/delivery.md and the policies of the demo."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.delays import delayed
from checkout.domain.order_policy import OrderPolicy
from kernel.money import Money
from tests.factories.policies import demo_policy
from tests.factories.rules import rule_table

COUNTS = date(2026, 12, 20)
POLICIES: dict[str, OrderPolicy] = {market: demo_policy(market) for market in ("CN", "DE")}


@pytest.mark.parametrize(
    "row", rule_table("delivery", "Delay"), ids=lambda r: f"{r['market']} {r['day']}"
)
def test_a_late_car_costs_what_the_table_says(row: dict[str, str]) -> None:
    policy = POLICIES[row["market"]].delay
    found = delayed(policy=policy, promised=COUNTS, day=date.fromisoformat(row["day"]))
    assert (found.days, found.counted) == (int(row["days late"]), int(row["counted"]))
    assert found.amount == Money.of(row["compensation"], policy.per_day.currency)
    assert found.may_rescind == (row["rescind"] == "yes")


@given(st.sampled_from(["CN", "DE"]), st.integers(-400, 4000))
def test_a_later_day_never_costs_less_and_never_more_than_the_most(market: str, days: int) -> None:
    policy = POLICIES[market].delay
    day = COUNTS + timedelta(days=days)
    today = delayed(policy=policy, promised=COUNTS, day=day)
    tomorrow = delayed(policy=policy, promised=COUNTS, day=day + timedelta(days=1))
    assert today.amount <= tomorrow.amount <= policy.at_most
    assert today.may_rescind == (day >= today.rescind_from)
