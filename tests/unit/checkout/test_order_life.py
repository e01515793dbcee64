"""The life of an order: the tables of docs/rules/orders.md, complete for every state and move."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.order import (
    FINAL,
    MOVES,
    WHO,
    Actor,
    Contract,
    Move,
    State,
    after,
    balance_may_be_demanded,
    moves_from,
)
from checkout.domain.wording import event_text, next_step
from checkout.errors import OrderStateConflict
from kernel.money import Money
from kernel.text import Text, missing_languages
from tests.factories.rules import rule_table

DEPOSIT, BALANCE = Money.of("5000", "CNY"), Money.of("113590", "CNY")


def test_the_moves_are_those_of_the_rules_and_no_others() -> None:
    told = [
        (row["from"], row["move"], row["to"], row["who"]) for row in rule_table("orders", "Moves")
    ]
    made = [
        (str(state), str(move), str(target), ", ".join(sorted(WHO[move])))
        for state, moves in MOVES.items()
        for move, target in moves.items()
    ]
    assert made == told


def test_every_state_and_every_move_has_an_answer() -> None:
    assert set(MOVES) == set(State)
    assert set(WHO) == set(Move)
    for state, move, actor in product(State, Move, Actor):
        answer = tried(state, move, actor)
        if actor in WHO[move] and move in MOVES[state]:
            assert answer is (State.LOCKED if move is Move.RESUME else MOVES[state][move])
        else:
            assert answer == {"state": str(state), "move": str(move)}


def tried(state: State, move: Move, actor: Actor) -> State | dict[str, str]:
    """Where the move leads, or what the refusal says."""
    try:
        return after(order="C1", state=state, move=move, actor=actor, before_dispute=State.LOCKED)
    except OrderStateConflict as refused:
        return {key: refused.facts[key] for key in ("state", "move")}


def test_a_move_out_of_turn_says_what_is_possible_instead() -> None:
    with pytest.raises(OrderStateConflict) as refused:
        after(order="C1", state=State.EXPIRED, move=Move.RECEIVE_DEPOSIT, actor=Actor.SYSTEM)
    assert refused.value.facts["moves"] == []
    with pytest.raises(OrderStateConflict) as refused:
        after(order="C1", state=State.RESERVED, move=Move.HAND_OVER, actor=Actor.STAFF)
    assert "lock" in refused.value.facts["moves"]


def test_a_buyer_cannot_declare_the_deposit_received() -> None:
    with pytest.raises(OrderStateConflict, match="not for the buyer"):
        after(
            order="C1", state=State.AWAITING_DEPOSIT, move=Move.RECEIVE_DEPOSIT, actor=Actor.BUYER
        )


@pytest.mark.parametrize("before", [None, State.EXPIRED, State.DISPUTED])
def test_a_disputed_order_resumes_only_where_it_stood(before: State | None) -> None:
    with pytest.raises(OrderStateConflict, match="resumes where it stood"):
        after(
            order="C1",
            state=State.DISPUTED,
            move=Move.RESUME,
            actor=Actor.STAFF,
            before_dispute=before,
        )


def test_nothing_leaves_an_end() -> None:
    assert {State.EXPIRED, State.CANCELLED, State.WITHDRAWN} == FINAL
    assert all(moves_from(state) == () for state in FINAL)


def test_the_balance_is_demanded_in_one_state_only() -> None:
    assert [state for state in State if balance_may_be_demanded(state)] == [State.INSPECTION_READY]


@given(st.lists(st.tuples(st.sampled_from(Move), st.sampled_from(Actor)), max_size=40))
def test_no_sequence_of_moves_reaches_money_before_its_time(
    tries: list[tuple[Move, Actor]],
) -> None:
    state, before = State.AWAITING_DEPOSIT, None
    made: list[Move] = []
    for move, actor in tries:
        try:
            reached = after(order="C1", state=state, move=move, actor=actor, before_dispute=before)
        except OrderStateConflict:
            continue
        before = state if reached is State.DISPUTED else before
        state = reached
        made.append(move)
    if state is State.HANDED_OVER:
        assert Move.PAY_BALANCE in made
    if Move.PAY_BALANCE in made:
        assert made.index(Move.MAKE_READY) < made.index(Move.PAY_BALANCE)
        assert made.index(Move.RECEIVE_DEPOSIT) < made.index(Move.LOCK)


@pytest.mark.parametrize(
    "row", rule_table("orders", "The next step"), ids=lambda r: f"{r['state']}-{r['contract']}"
)
def test_every_next_step_of_the_rules_is_said_in_both_languages(row: dict[str, str]) -> None:
    step = next_step(
        state=State(row["state"]),
        contract=Contract(row["contract"]),
        deposit=DEPOSIT,
        balance=BALANCE,
    )
    assert (step.code, step.by) == (row["next step"], row["whose"])
    assert missing_languages(step.text) == []


def test_every_state_has_a_next_step_whatever_the_contract() -> None:
    told = {row["state"] for row in rule_table("orders", "The next step")}
    assert told == {str(state) for state in State}
    for state in State:
        for contract in Contract:
            assert next_step(state=state, contract=contract, deposit=DEPOSIT, balance=BALANCE).text


def test_the_next_step_names_the_sum_to_pay() -> None:
    step = next_step(
        state=State.AWAITING_DEPOSIT, contract=Contract.NONE, deposit=DEPOSIT, balance=BALANCE
    )
    assert step.text["en"] == "Pay the deposit of ¥5,000"


def test_an_event_is_told_in_words_with_its_facts() -> None:
    paid = event_text(
        "deposit-paid", {"amount": {"amount": 500000, "currency": "CNY"}, "payment": "P"}
    )
    assert paid == {"zh-hans": "收到订金 ¥5,000.00", "en": "Deposit of ¥5,000.00 received"}
    assert event_text("contract-issued", {"contract": "FC-1"})["en"] == "Contract FC-1 issued"
    assert event_text("something-new", {})["en"] == "something-new"


def test_only_a_step_that_waits_for_the_lock_says_that_it_comes_by_itself() -> None:
    def said(contract: Contract, *, locks_itself: bool) -> Text:
        return next_step(
            state=State.RESERVED,
            contract=contract,
            deposit=DEPOSIT,
            balance=BALANCE,
            locks_itself=locks_itself,
        ).text

    reminded = said(Contract.ACCEPTED, locks_itself=True)
    assert reminded["en"] == "Lock your order, or it locks by itself"
    assert missing_languages(reminded) == []
    assert said(Contract.ACCEPTED, locks_itself=False) != reminded
    assert said(Contract.VOID, locks_itself=True) == said(Contract.VOID, locks_itself=False)
