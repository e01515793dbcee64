"""The life of a contract is a table; the table is the one of docs/rules/contracts.md."""

import re
from pathlib import Path

import pytest

from contracts.domain.numbers import normalised, number_of
from contracts.domain.states import LIVE, MOVES, REPLACEABLE, State, check_move
from contracts.errors import ContractStateConflict, NotAContractNumber

RULES = Path(__file__).resolve().parents[3] / "docs/rules/contracts.md"


def documented_moves() -> dict[str, set[str]]:
    """The table under `## States` of the rules."""
    section = RULES.read_text(encoding="utf-8").split("## States")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]* \|([^|]*)\|$", section, re.MULTILINE)
    return {state: set(re.findall(r"`(\w+)`", after)) for state, after in rows}


def test_the_table_of_moves_is_the_documented_one() -> None:
    assert documented_moves() == {
        str(state): {str(to) for to in after} for state, after in MOVES.items()
    }


def test_every_state_has_a_row() -> None:
    assert set(MOVES) == set(State)


@pytest.mark.parametrize("state", sorted(State))
@pytest.mark.parametrize("to", sorted(State))
def test_a_move_is_allowed_exactly_when_the_table_has_it(state: State, to: State) -> None:
    if to in MOVES[state]:
        check_move("FC-2026-K7Q2M4XW", state, to)
        return
    with pytest.raises(ContractStateConflict) as caught:
        check_move("FC-2026-K7Q2M4XW", state, to)
    assert caught.value.facts["moves"] == sorted(str(one) for one in MOVES[state])


def test_nobody_accepts_what_was_never_shown() -> None:
    assert State.ACCEPTED not in MOVES[State.ISSUED]


def test_what_has_ended_stays_ended() -> None:
    assert not MOVES[State.VOID]
    assert not MOVES[State.SUPERSEDED]
    assert {State.VOID, State.SUPERSEDED}.isdisjoint(LIVE)


def test_an_accepted_contract_is_not_replaced_in_passing() -> None:
    assert State.ACCEPTED not in REPLACEABLE


def test_a_number_names_its_year_and_a_code() -> None:
    assert number_of(2026, "K7Q2M4XW") == "FC-2026-K7Q2M4XW"


@pytest.mark.parametrize(
    "typed", ["fc-2026-k7q2m4xw", " FC 2026 K7Q2M4XW ", "fc2026k7q2m4xw", "FC–2026–K7Q2M4XW"]
)
def test_a_number_is_read_as_people_type_it(typed: str) -> None:
    assert normalised(typed) == "FC-2026-K7Q2M4XW"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "FC-2026",
        "FC-2026-K7Q2M4X",
        "FC-2026-K7Q2M4XWW",
        "FC-2026-O0I1LUAA",
        "XX-2026-K7Q2M4XW",
        "FC-２０２６-K7Q2M4XW",
    ],
)
def test_what_cannot_be_a_number_is_refused(typed: str) -> None:
    with pytest.raises(NotAContractNumber):
        normalised(typed)
