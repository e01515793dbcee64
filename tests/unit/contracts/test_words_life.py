"""The life of words is a table; the table is the one of docs/rules/contracts.md."""

import re
from pathlib import Path

import pytest

from contracts.domain.words_life import (
    APPROVAL,
    MOVES,
    REVIEW,
    WordsState,
    Yes,
    check_two_people,
    check_words_move,
    next_step,
)
from contracts.errors import SamePerson, TemplateStateConflict

RULES = Path(__file__).resolve().parents[3] / "docs/rules/contracts.md"


def test_the_table_of_moves_is_the_documented_one() -> None:
    section = (
        RULES.read_text(encoding="utf-8").split("## From a draft to words")[1].split("\n## ")[0]
    )
    rows = re.findall(r"^\| `(\w+)` \| [^|]* \|([^|]*)\|$", section, re.MULTILINE)
    assert {state: set(re.findall(r"`(\w+)`", after)) for state, after in rows} == {
        str(state): {str(to) for to in after} for state, after in MOVES.items()
    }


@pytest.mark.parametrize("state", sorted(WordsState))
@pytest.mark.parametrize("to", sorted(WordsState))
def test_a_move_is_allowed_exactly_when_the_table_has_it(state: WordsState, to: WordsState) -> None:
    if to in MOVES[state]:
        check_words_move("agreement 1", state, to)
        return
    with pytest.raises(TemplateStateConflict) as caught:
        check_words_move("agreement 1", state, to)
    assert caught.value.facts["moves"] == sorted(str(one) for one in MOVES[state])


def test_the_review_comes_first_and_the_approval_second() -> None:
    first, second = Yes(REVIEW, "one", "f"), Yes(APPROVAL, "two", "f")
    assert next_step([]) == REVIEW
    assert next_step([first]) == APPROVAL
    assert next_step([first, second]) is None


def test_one_person_is_never_two() -> None:
    given = [Yes(REVIEW, "one", "f")]
    check_two_people("agreement 1", given, "two")
    with pytest.raises(SamePerson):
        check_two_people("agreement 1", given, "one")
