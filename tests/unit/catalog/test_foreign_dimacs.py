"""DIMACS: what is read, and where a broken file is broken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain.configuration.foreign import dimacs, places
from catalog.domain.configuration.foreign.dimacs import read_dimacs
from catalog.errors import ModelFileError
from tests.factories.small_problems import cars_of, everything

SPACES = st.sampled_from((" ", "  ", "\t", "\n", "\r\n", " \n c a remark\n"))
LITERALS = st.integers(1, 5).flatmap(lambda v: st.sampled_from((v, -v)))
CLAUSES = st.lists(st.lists(LITERALS, max_size=4), max_size=8)


@settings(deadline=None, max_examples=150)
@given(CLAUSES, st.data())
def test_any_spacing_gives_the_cars_of_the_clauses(
    clauses: list[list[int]], data: st.DataObject
) -> None:
    words = [str(literal) for clause in clauses for literal in [*clause, 0]]
    text = f"p  cnf\t5 {len(clauses)}\n" + "".join(word + data.draw(SPACES) for word in words)
    expected = [
        car
        for car in everything(5)
        if all(any((lit > 0) == (abs(lit) in car) for lit in clause) for clause in clauses)
    ]
    assert cars_of(read_dimacs(text)) == expected


def test_comments_name_variables_and_clauses_are_named_after_their_lines() -> None:
    problem = read_dimacs(
        'c 2 roof\nc 3 roof\nc 4 "sun roof"\nc 12 clauses follow\nc 77 far\nc 2 again\n'
        "p cnf 5 3\n1 -2 0 -3\n\n4 0\n5 5 -5 0\n%\n0\nanything"
    )
    assert problem.names == ("", "x1", "roof", "roof (2)", "sun roof", "x5")
    assert [(part.name, part.clauses, part.is_rule) for part in problem.parts] == [
        ("line 8", ((1, -2),), False),
        ("line 8", ((-3, 4),), False),
        ("line 11", (), False),
    ]
    assert (problem.groups, problem.hub, problem.count, problem.top) == ((), None, 5, 5)


def test_a_name_that_looks_like_a_second_one_stays_its_own() -> None:
    problem = read_dimacs('c 1 a\nc 2 a\nc 3 a\nc 4 a_(2)\nc 5 "a (2)"\np cnf 5 0\n')
    assert problem.names == ("", "a", "a (3)", "a (4)", "a_(2)", "a (2)")


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("", 1, 1, "no header"),
        ("c only\nc words\n", 3, 1, "no header"),
        ("\n 1 2 0\n", 2, 2, "'1' before the header"),
        ("p cnf 2\n", 1, 1, "is not 'p cnf VARIABLES CLAUSES'"),
        ("p sat 2 1\n1 0\n", 1, 1, "is not 'p cnf"),
        ("p cnf -2 1\n1 0\n", 1, 1, "is not 'p cnf"),
        ("p cnf 2 1\np cnf 2 1\n", 2, 1, "a second header"),
        ("p cnf 2 1\n1  two 0\n", 2, 4, "'two' is no literal"),
        ("p cnf 2 1\n1 3 0\n", 2, 3, "variable 3 is above the 2 of the header"),
        ("p cnf 2 1\n1\n2\n", 2, 1, "the last clause has no end"),
        ("p cnf 2 2\n1 0\n", 3, 1, "the file ends after 1 of 2 clauses"),
        ("p cnf 2 1\n1 0 2 0\n", 2, 7, "more clauses than the 1 of the header"),
        ("p cnf 999999999 1\n1 0\n", 1, 1, "announces 999,999,999 variables"),
        ("p cnf 2 1\n11111111111111111111 0\n", 2, 1, "is no literal"),
    ],
)  # fmt: skip
def test_a_broken_file_says_where(text: str, line: int, column: int, what: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        read_dimacs(text)
    assert (caught.value.facts["line"], caught.value.facts["column"]) == (line, column)
    assert what in caught.value.message
    assert caught.value.message.startswith(f"line {line}, column {column}: ")
    assert caught.value.message.endswith("; " + caught.value.facts["mend"])


def test_a_text_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_CHARACTERS", 10)
    with pytest.raises(ModelFileError, match="split it"):
        read_dimacs("p cnf 1 1\n1 0\n")
    monkeypatch.setattr(dimacs, "MOST_CLAUSES", 0)
    monkeypatch.setattr(places, "MOST_CHARACTERS", 100)
    with pytest.raises(ModelFileError, match="1 clauses"):
        read_dimacs("p cnf 1 1\n1 0\n")


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(["p", "cnf", "c", "%", "0", "1", "-2", "3", "x", "\n", "\n", "é", "-"]),
        max_size=25,
    )
)
def test_whatever_is_in_the_file_only_its_own_error_comes_out(words: list[str]) -> None:
    text = " ".join(words)
    try:
        read_dimacs(text)
    except ModelFileError as error:
        line = error.facts["line"]
    else:
        line = 1
    assert 1 <= line <= len(text.splitlines()) + 1
