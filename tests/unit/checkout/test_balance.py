"""The balance and the sale in the books: the tables of docs/rules/orders.md and docs/rules/ledger.md."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.balance import (
    KEPT_IN,
    PAYABLE_IN,
    applied_legs,
    cash_due,
    kept,
    overpaid,
    sale_legs,
    vat_inside,
)
from checkout.domain.order import State, balance_may_be_demanded
from kernel.money import Money
from tests.factories.rulebook import table


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@pytest.mark.parametrize("row", table("orders.md", "due"), ids=lambda row: str(row["held"]))
def test_the_balance_is_the_price_less_the_loan_less_what_we_hold(row: dict[str, str]) -> None:
    sums = {name: cny(row[name]) for name in ("price", "financed", "held")}
    assert cash_due(**sums) == cny(row["due"])
    assert overpaid(**sums) == cny(row["too much"])


@given(*[st.integers(min_value=0, max_value=10**9)] * 3)
def test_what_is_due_and_what_is_too_much_close_the_gap_to_the_price(
    price: int, financed: int, held: int
) -> None:
    sums = {
        "price": Money(price, "CNY"),
        "financed": Money(financed, "CNY"),
        "held": Money(held, "CNY"),
    }
    due, beyond = cash_due(**sums).minor, overpaid(**sums).minor
    assert min(due, beyond) == 0
    assert financed + held + due - beyond == price


def test_money_is_asked_for_and_kept_in_the_states_of_the_rules() -> None:
    told = table("orders.md", "kept")
    for row in told:
        assert PAYABLE_IN[row["purpose"]] == set(row["asked for in"].split(", "))
        assert KEPT_IN[row["purpose"]] == set(row["kept in"].split(", "))
    assert set(PAYABLE_IN) == set(KEPT_IN) == {row["purpose"] for row in told}


def test_the_balance_is_asked_for_only_where_it_may_be_demanded() -> None:
    for state in State:
        assert (state in PAYABLE_IN["balance"]) == balance_may_be_demanded(state)


@pytest.mark.parametrize("purpose", sorted(KEPT_IN))
def test_a_disputed_order_keeps_what_it_would_keep_where_it_stood(purpose: str) -> None:
    for before in State:
        there = kept(purpose, state=before, before_dispute=None)
        if before is not State.DISPUTED:
            assert kept(purpose, state=State.DISPUTED, before_dispute=before) == there
    assert not kept(purpose, state=State.DISPUTED, before_dispute=None)


def legs_of(row: dict[str, str]) -> dict[str, int]:
    """Every account of a sale with what is posted to it in all."""
    found = dict.fromkeys(("1200", "2000", "2100", "4000"), 0)
    posted = sale_legs(gross=cny(row["price"]), vat=cny(row["tax inside"]))
    for leg in (*posted, *applied_legs(cny(row["paid"]))):
        found[leg.account] += leg.amount.minor
    return found


@pytest.mark.parametrize("row", table("ledger.md", "sale"), ids=lambda row: str(row["paid"]))
def test_a_sale_is_posted_as_the_ledgers_table_says(row: dict[str, str]) -> None:
    assert legs_of(row) == {code: cny(row[code]).minor for code in ("1200", "2000", "2100", "4000")}


def test_a_car_sold_without_tax_has_no_leg_of_zero() -> None:
    assert [leg.account for leg in sale_legs(gross=cny("100"), vat=cny("0"))] == ["1200", "4000"]


def sheet(*taxes: int | None) -> dict[str, Any]:
    lines = [{} if tax is None else {"tax": {"amount": tax, "currency": "CNY"}} for tax in taxes]
    return {"lines": lines, "vat": {"amount": 130, "currency": "CNY"}}


def test_the_tax_of_a_sale_is_that_of_its_lines_where_every_line_says_it() -> None:
    assert vat_inside(sheet(100, 25)) == Money(125, "CNY")
    assert vat_inside(sheet(100, None)) == Money(130, "CNY")
