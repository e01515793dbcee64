"""The order policy as orders read it: which one is in force, and every part of it with its money."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from catalog.domain.order_policies import KINDS, STATES
from checkout.domain.ending import MOMENT_OF
from checkout.domain.order import State
from checkout.domain.order_policy import AMENDMENTS, order_policy, policy_row
from checkout.errors import NoOrderPolicy
from kernel.money import Money
from tests.factories.catalogue import demo_catalogue

DAY = date(2026, 11, 22)


def row(market: str = "CN", day: date = DAY) -> dict[str, Any]:
    return dict(policy_row(policies=demo_catalogue().order_policies, market=market, day=day))


def test_the_latest_policy_that_has_begun_is_in_force() -> None:
    rows = [row(), row() | {"code": "newer", "valid_from": "2026-11-22"}]
    rows.append(row() | {"code": "future", "valid_from": "2026-11-23"})
    assert policy_row(policies=rows, market="CN", day=DAY)["code"] == "newer"
    assert (
        policy_row(policies=rows, market="CN", day=DAY - timedelta(days=1))["code"] == "cn-orders"
    )


@pytest.mark.parametrize(("market", "day"), [("CN", date(2026, 8, 31)), ("FR", DAY)])
def test_without_a_policy_in_force_nothing_is_guessed(market: str, day: date) -> None:
    with pytest.raises(NoOrderPolicy) as refused:
        row(market, day)
    assert refused.value.facts == {"market": market, "day": day.isoformat()}


def test_every_part_is_read_with_its_money() -> None:
    found = order_policy(row(), "CNY")
    assert (found.code, found.market, found.valid_from) == ("cn-orders", "CN", date(2026, 9, 1))
    assert found.locking.remind_after == timedelta(days=5)
    assert found.locking.automatic_after == timedelta(days=2)
    assert found.delay.per_day == Money.of("100.00", "CNY")
    assert (found.delay.free_days, found.delay.rescind_after_days) == (7, 30)
    assert found.priority is not None
    assert (found.priority.fee, found.priority.capacity) == (Money.of("2000.00", "CNY"), 5)
    assert (found.slots.opens, found.slots.closes) == (time(9, 30), time(18, 30))
    assert found.home is not None
    assert found.home.fee == Money.of("600.00", "CNY")


def test_in_germany_silence_never_locks_an_order() -> None:
    assert order_policy(row("DE"), "EUR").locking.automatic_after is None


def test_what_may_change_and_what_it_costs_depends_on_the_state() -> None:
    found = order_policy(row(), "CNY")
    locked = found.changes_in(State.LOCKED)
    assert locked is not None
    assert (locked.fee, locked.kinds) == (Money.of("500.00", "CNY"), AMENDMENTS)
    built = found.changes_in(State.IN_TRANSIT)
    assert built is not None
    assert "build" not in built.kinds
    assert found.changes_in(State.HANDED_OVER) is None


def test_what_is_not_offered_is_none_and_a_kind_nobody_knows_is_refused() -> None:
    bare = {key: value for key, value in row().items() if key not in {"priority", "home"}}
    found = order_policy(bare, "CNY")
    assert (found.priority, found.home) == (None, None)
    odd = {"states": ["locked"], "kinds": ["colour"]}
    with pytest.raises(ValueError, match="colour cannot change"):
        order_policy(row() | {"changes": [odd]}, "CNY")


def test_the_words_of_the_catalogue_are_the_words_of_orders() -> None:
    assert AMENDMENTS == KINDS
    cancellable = [state for state in MOMENT_OF if state is not State.HANDED_OVER]
    assert sorted(STATES) == sorted(str(state) for state in cancellable)
