"""The stages of delivery: the table of docs/rules/delivery.md, and every stage in every state answered."""

from __future__ import annotations

from itertools import product

import pytest

from checkout.domain.delivery_stages import (
    STAGE_OF_MOVE,
    STAGES,
    Stage,
    check_stage,
    possible,
    stage_text,
)
from checkout.domain.order import MOVES, Move, State
from checkout.errors import StageNotPossible
from kernel.text import missing_languages
from tests.factories.rules import rule_table


def test_the_stages_are_those_of_the_rules() -> None:
    told = [
        (row["stage"], row["with the move"], row["from"], row["again"] == "yes")
        for row in rule_table("delivery", "Stages")
    ]
    made = [
        (str(row.stage), str(row.move or ""), ", ".join(str(s) for s in row.states), row.again)
        for row in STAGES.values()
    ]
    assert made == told
    assert set(STAGES) == set(Stage)


def test_a_stage_with_a_move_is_possible_exactly_where_the_move_is() -> None:
    for stage, row in STAGES.items():
        if row.move is not None:
            assert {state for state in State if row.move in MOVES[state]} == set(row.states), stage
    assert set(STAGE_OF_MOVE) == {
        Move.START_PRODUCTION,
        Move.ALLOCATE,
        Move.DISPATCH,
        Move.MAKE_READY,
        Move.HAND_OVER,
    }


def test_every_state_and_stage_has_an_answer() -> None:
    for state, stage in product(State, Stage):
        if state in STAGES[stage].states:
            assert check_stage(order="O1", state=state, stage=stage, reached=()).stage is stage
            continue
        with pytest.raises(StageNotPossible) as caught:
            check_stage(order="O1", state=state, stage=stage, reached=())
        assert caught.value.facts == {
            "order": "O1",
            "state": str(state),
            "stage": str(stage),
            "stages": [str(each) for each in possible(state)],
        }


def test_only_some_stages_come_again() -> None:
    reached = (Stage.AT_PLACE, Stage.ARRIVED, Stage.INSPECTED, Stage.DEFECT_FOUND)
    assert possible(State.IN_TRANSIT, reached) == (
        Stage.AT_PLACE,
        Stage.DEFECT_FOUND,
        Stage.INSPECTED,
        Stage.READY,
    )


def test_every_stage_says_itself_in_both_languages() -> None:
    for stage in Stage:
        assert missing_languages(stage_text(str(stage))) == []
    assert stage_text("beamed") == {"zh-hans": "beamed", "en": "beamed"}
