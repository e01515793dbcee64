"""A change of an order: the tables of docs/rules/amendments.md, and what two documents differ by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.amendment import (
    WORDS,
    ContractEffect,
    CoverEffect,
    LoanEffect,
    Net,
    contract_effect,
    cover_effect,
    loan_effect,
    needed,
    net_move,
    promise_after,
    same_terms,
)
from checkout.domain.delivery import Window
from checkout.domain.order import Contract, State
from kernel.money import Money
from kernel.text import missing_languages
from tests.factories.rulebook import table

PAGE = "amendments.md"
SUMS = st.integers(min_value=0, max_value=10**9)


def yuan(text: str) -> Money:
    return Money.of(text, "CNY")


def thing(text: str) -> dict[str, Any] | None:
    return None if text == "none" else {"amount": text}


@pytest.mark.parametrize("row", table(PAGE, "net"), ids=str)
def test_the_one_move_of_money_is_the_tables(row: dict[str, str]) -> None:
    found = net_move(state=State(row["state"]), need=yuan(row["needed"]), held=yuan(row["held"]))
    assert (str(found.kind), found.amount) == (row["move"], yuan(row["amount"]))


@given(st.sampled_from(State), SUMS, SUMS)
def test_after_the_move_nothing_is_held_beyond_what_is_needed(
    state: State, need: int, held: int
) -> None:
    found = net_move(state=state, need=Money(need, "EUR"), held=Money(held, "EUR"))
    then = held - found.amount.minor if found.kind is Net.REFUND else held
    assert then <= max(need, 0) or then == need
    assert found.amount.minor >= 0
    assert bool(found.amount) == (found.kind is not Net.NOTHING)
    if state is State.BALANCE_PAID:
        charged = found.amount.minor if found.kind is Net.CHARGE else 0
        assert then + charged == need


@given(SUMS, SUMS, SUMS)
def test_never_less_than_the_deposit_is_needed(price: int, financed: int, deposit: int) -> None:
    found = needed(
        price=Money(price, "CNY"), financed=Money(financed, "CNY"), deposit=Money(deposit, "CNY")
    )
    assert found.minor == max(price - financed, deposit)


@pytest.mark.parametrize("row", table(PAGE, "contract"), ids=str)
def test_the_contract_goes_the_way_of_the_table(row: dict[str, str]) -> None:
    found = contract_effect(
        state=State(row["state"]), contract=Contract(row["contract"]), changed=True
    )
    assert str(found) == row["effect"]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("contract", list(Contract))
def test_a_change_of_nothing_leaves_every_contract(state: State, contract: Contract) -> None:
    found = contract_effect(state=state, contract=contract, changed=False)
    assert found is ContractEffect.NONE


@pytest.mark.parametrize("row", table(PAGE, "loan"), ids=str)
def test_the_loan_goes_the_way_of_the_table(row: dict[str, str]) -> None:
    found = loan_effect(
        was=thing(row["before"]),
        now=thing(row["after"]),
        same_model=row["model"] == "same",
        applied=row["application"] == "open",
        survives={"yes": True, "no": False, "": None}[row["approval survives"]],
    )
    assert str(found) == row["effect"]


@pytest.mark.parametrize("row", table(PAGE, "cover"), ids=str)
def test_the_cover_goes_the_way_of_the_table(row: dict[str, str]) -> None:
    found = cover_effect(
        was=thing(row["before"]),
        now=thing(row["after"]),
        insured=row["policy"] == "open",
        fits=row["fits"] != "no",
    )
    assert str(found) == row["effect"]


def span(first: str) -> Window:
    day = date.fromisoformat(first)
    return Window(35, day, day + timedelta(days=13))


@pytest.mark.parametrize("row", table(PAGE, "promise"), ids=str)
def test_the_promise_moves_as_the_window_does(row: dict[str, str]) -> None:
    promised = date.fromisoformat(row["promise before"])
    found = promise_after(
        window=span(row["window after"]),
        drift=(promised - span(row["window before"]).from_on).days,
        today=date.fromisoformat(row["today"]),
    )
    first = date.fromisoformat(row["promise after"])
    assert found == (first, first + timedelta(days=13))


@given(st.integers(0, 400), st.integers(-60, 60), st.integers(0, 400))
def test_no_promise_is_made_for_a_day_before_the_car_can_be_ready(
    days: int, drift: int, passed: int
) -> None:
    start = date(2026, 11, 22)
    first = start + timedelta(days=days)
    window = Window(days, first, first + timedelta(days=13))
    today = start + timedelta(days=passed)
    found = promise_after(window=window, drift=drift, today=today)
    assert found[0] >= today + timedelta(days=3)
    assert found[1] - found[0] == timedelta(days=13)
    if window.from_on + timedelta(days=drift) >= today + timedelta(days=3):
        assert found[0] == window.from_on + timedelta(days=drift)


def test_every_effect_has_words_in_both_languages() -> None:
    areas = {"contract": ContractEffect, "loan": LoanEffect, "cover": CoverEffect, "net": Net}
    for area, kinds in areas.items():
        for kind in kinds:
            assert missing_languages(WORDS[f"{area}-{kind}"]) == []


def document(**changes: Any) -> dict[str, Any]:
    item = {"code": "care-plus", "wanted": True, "answered_at": "2026-11-22T04:00:00+00:00"}
    plain = {"car": {"model": "haven", "build": "ABCD"}, "extras": {"items": [item]}, "price": 1}
    return {**plain, **changes}


def test_the_moment_of_an_answer_and_a_confirmed_sheet_are_no_terms() -> None:
    later = {"items": [{"code": "care-plus", "wanted": True, "answered_at": None}]}
    same = document(extras=later, credit={"code": "K-1"}, car={"model": "haven", "build": None})
    assert same_terms(document(), same)
    assert not same_terms(document(), document(price=2))
    refused = {"items": [{"code": "care-plus", "wanted": False, "answered_at": None}]}
    assert not same_terms(document(), document(extras=refused))
