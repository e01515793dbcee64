"""Applications for a loan: the tables of docs/rules/finance-applications.md, complete for every state and move."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.application import (
    CURRENT,
    FINAL,
    MAY_APPLY,
    MOVES,
    OPEN,
    WHO,
    Approval,
    By,
    Decision,
    Move,
    Outcome,
    State,
    Terms,
    after,
    by_of,
    move_of,
    moves_from,
    survives,
)
from checkout.domain.order import Actor, Finance
from checkout.domain.order import State as OrderState
from checkout.errors import ApplicationStateConflict, LenderMismatch
from kernel.money import CurrencyMismatch, Money
from tests.factories.rules import rule_table

PAGE = "finance-applications"
APPROVAL = Approval(
    model="haven",
    product="luyin-60",
    amount=Money.of("276710.00", "CNY"),
    valid_until=date(2026, 12, 22),
    tolerance=Decimal("0.05"),
    rate=Decimal("0.0388"),
)


def test_the_moves_are_those_of_the_rules_and_no_others() -> None:
    told = [(row["from"], row["move"], row["to"], row["who"]) for row in rule_table(PAGE, "Moves")]
    made = [
        (str(state), str(move), str(target), ", ".join(sorted(WHO[move])))
        for state, moves in MOVES.items()
        for move, target in moves.items()
    ]
    assert made == told


def test_every_state_and_every_move_has_an_answer() -> None:
    assert set(MOVES) == set(State)
    assert set(WHO) == set(Move)
    for state, move, by in product(State, Move, By):
        if move in MOVES[state] and by in WHO[move]:
            assert after(application="F1", state=state, move=move, by=by) is MOVES[state][move]
            continue
        with pytest.raises(ApplicationStateConflict) as caught:
            after(application="F1", state=state, move=move, by=by)
        assert caught.value.facts["state"] == str(state)
        assert ("moves" in caught.value.facts) is (move not in MOVES[state])


def test_what_ends_stays_ended_and_only_a_drawn_loan_leaves_no_room_for_another() -> None:
    assert {State.DECLINED, State.EXPIRED, State.CANCELLED, State.DRAWN} == FINAL
    assert all(moves_from(state) == () for state in FINAL - {State.DRAWN})
    assert moves_from(State.DRAWN) == (Move.UNDO,)
    assert {State.DRAWN} == CURRENT - OPEN


def test_the_orders_finance_axis_knows_every_state_of_an_application() -> None:
    assert {str(state) for state in State} < {str(axis) for axis in Finance}


def test_every_open_application_can_be_given_up() -> None:
    assert all(Move.CANCEL in MOVES[state] for state in OPEN)


def test_nobody_applies_before_the_deposit_or_after_the_car_is_paid() -> None:
    assert OrderState.AWAITING_DEPOSIT not in MAY_APPLY
    assert OrderState.BALANCE_PAID not in MAY_APPLY


@pytest.mark.parametrize("actor", Actor)
def test_whoever_moves_an_order_is_known_to_its_application(actor: Actor) -> None:
    assert str(by_of(actor)) == str(actor)


def terms(amount: str, months: str, rate: str) -> Terms | None:
    return Terms(Money.of(amount, "CNY"), int(months), Decimal(rate)) if amount else None


@pytest.mark.parametrize("row", rule_table(PAGE, "Decisions"), ids=str)
def test_a_decision_means_the_move_of_the_rules(row: dict[str, str]) -> None:
    asked = terms(row["asked"], row["months"], row["rate"])
    assert asked is not None
    offered = terms(row["offered"], row["for"], row["at"])
    decision = Decision(
        1, Outcome(row["outcome"]), offered, APPROVAL.valid_until if offered else None
    )
    refused, _, reason = row["move"].partition(": ")
    if refused == "refused":
        with pytest.raises(LenderMismatch) as caught:
            move_of(decision, asked=asked)
        assert caught.value.facts["reason"] == reason
    else:
        assert str(move_of(decision, asked=asked) or "none").lower() == row["move"]


def test_an_offer_in_another_currency_is_refused() -> None:
    asked = Terms(Money.of("1000", "CNY"), 12, Decimal("0.03"))
    offer = Terms(Money.of("1000", "EUR"), 12, Decimal("0.03"))
    with pytest.raises(LenderMismatch) as caught:
        move_of(Decision(1, Outcome.APPROVED, offer, APPROVAL.valid_until), asked=asked)
    assert caught.value.facts["reason"] == "currency"


@pytest.mark.parametrize("row", rule_table(PAGE, "Survival"), ids=str)
def test_an_approval_survives_as_the_rules_say(row: dict[str, str]) -> None:
    found = survives(
        APPROVAL,
        model=row["model"],
        product=row["product"],
        amount=Money.of(row["amount"], "CNY"),
        day=date.fromisoformat(row["day"]),
    )
    assert (found.ok, found.reason) == (row["ok"] == "yes", row["reason"])
    assert found.limit == Money.of(row["limit"], "CNY")


@given(
    amount=st.integers(1, 10**12),
    tolerance=st.decimals("0", "0.5", places=4),
    less=st.integers(0, 10**12),
)
def test_whatever_survives_survives_with_less_money_and_earlier(
    amount: int, tolerance: Decimal, less: int
) -> None:
    approval = Approval(
        "rill", "p", Money(amount, "JPY"), date(2026, 12, 1), tolerance, Decimal("0.01")
    )
    top, day = approval.limit, approval.valid_until
    assert approval.amount <= top
    assert survives(approval, model="rill", amount=top, day=day).ok
    assert not survives(approval, model="rill", amount=Money(top.minor + 1, "JPY"), day=day).ok
    smaller = Money(max(0, top.minor - less), "JPY")
    assert survives(approval, model="rill", amount=smaller, day=day - timedelta(days=1)).ok


def test_less_than_nothing_and_another_currency_are_no_questions() -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        survives(APPROVAL, model="haven", amount=Money(-1, "CNY"), day=APPROVAL.valid_until)
    with pytest.raises(CurrencyMismatch):
        survives(APPROVAL, model="haven", amount=Money(1, "EUR"), day=APPROVAL.valid_until)
