"""Tables as clauses: the same rows, one way to read the helping variables, and nothing left for search to find."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Glucose4

from catalog.domain.configuration.foreign.hub import central
from catalog.domain.configuration.foreign.tables import (
    Diagram,
    allowed,
    at_most_one,
    exactly_one,
    forbidding,
    table_clauses,
)
from catalog.domain.configuration.problem import Table
from tests.factories.small_problems import Numbers


@st.composite
def some_tables(draw: Callable[[Any], Any]) -> Table:
    """One to four columns of one to three values, any rows."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    ends = list(itertools.accumulate(sizes))
    scope = tuple(
        tuple(range(end - size + 1, end + 1)) for size, end in zip(sizes, ends, strict=True)
    )
    every = list(itertools.product(*(range(size) for size in sizes)))
    return Table(scope, tuple(draw(st.lists(st.sampled_from(every), max_size=30))))


def loaded(table: Table) -> tuple[Glucose4, int]:
    """A solver with the columns and the table, and the variable, the highest, that switches them on."""
    numbers = Numbers(table.scope[-1][-1])
    clauses = list(table_clauses(table, numbers.fresh))
    for column in table.scope:
        clauses += exactly_one(column, numbers.fresh)
    switch = numbers.fresh()
    return Glucose4(bootstrap_with=[(-switch, *clause) for clause in clauses]), switch


def row_literals(table: Table, row: tuple[int, ...]) -> list[int]:
    return [column[cell] for column, cell in zip(table.scope, row, strict=True)]


@settings(deadline=None, max_examples=300)
@given(some_tables())
def test_the_clauses_allow_the_rows_each_in_one_way(table: Table) -> None:
    solver, switch = loaded(table)
    rows = set(table.rows)
    with solver:
        for row in itertools.product(*(range(len(column)) for column in table.scope)):
            literals = [switch, *row_literals(table, row)]
            assert solver.solve(literals) == (row in rows)
            if row not in rows:
                continue
            model = [lit for lit in solver.get_model() or () if abs(lit) <= switch]
            for literal in model[table.scope[-1][-1] :]:
                assert not solver.solve([*literals, -literal]), "a second reading"


@settings(deadline=None, max_examples=300)
@given(some_tables(), st.data())
def test_propagation_alone_finds_every_value_without_a_row(
    table: Table, data: st.DataObject
) -> None:
    visible = table.scope[-1][-1]
    gone = set(data.draw(st.lists(st.integers(1, visible), unique=True, max_size=4)))
    rows = [row_literals(table, row) for row in set(table.rows)]
    left = [row for row in rows if gone.isdisjoint(row)]
    solver, switch = loaded(table)
    with solver:
        consistent, implied = solver.propagate([*(-x for x in sorted(gone)), switch])
    if not left:
        assert not consistent
        return
    supported = set(itertools.chain.from_iterable(left))
    assert {-lit for lit in implied if -visible <= lit < 0} == set(
        range(1, visible + 1)
    ) - supported


def test_rows_with_common_ends_share_their_places() -> None:
    rows = [(a, b, c, a) for a in range(2) for b in range(6) for c in range(6)]
    diagram = Diagram(rows, 4)
    assert diagram.places == [1, 2, 2, 2, 1]
    numbers = Numbers(16)
    scope = ((1, 2), tuple(range(3, 9)), tuple(range(9, 15)), (15, 16))
    clauses = table_clauses(Table(scope, tuple(rows)), numbers.fresh)
    assert numbers.top == 16, "places are named by the values that lead to them"
    assert len(clauses) < 10


@pytest.mark.parametrize("size", [1, 2, 64, 65, 130])
def test_no_two_of_a_group_however_large(size: int) -> None:
    numbers = Numbers(size)
    clauses = at_most_one(range(1, size + 1), numbers.fresh)
    assert numbers.top == (size if size <= 64 else size + (size - 1).bit_length())
    with Glucose4(bootstrap_with=clauses) as solver:
        for one in (1, size):
            assert solver.solve([one])
            _, implied = solver.propagate([one])
            assert {-lit for lit in implied if -size <= lit < 0} == set(range(1, size + 1)) - {one}


def test_forbidden_rows_are_turned_round_where_that_is_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scope = ((1, 2), (3, 4, 5))
    assert allowed(scope, [(0, 1), (1, 2)]) == Table(scope, ((0, 0), (0, 2), (1, 0), (1, 1)))
    assert forbidding(scope, [(0, 1)]) == ((-1, -4),)
    monkeypatch.setattr("catalog.domain.configuration.foreign.tables.COMPLEMENT", 5)
    assert allowed(scope, [(0, 1)]) is None


@pytest.mark.parametrize(
    ("groups", "uses", "rules", "expected"),
    [
        ([], [], 3, None),
        ([(1,)], [3], 3, None),
        ([(1, 2), (3, 4)], [1, 3], 4, 1),
        ([(1, 2), (3, 4, 5)], [3, 3], 4, 1),
        ([(1, 2), (3, 4)], [3, 3], 4, 0),
        ([(1, 2), (3, 4)], [1, 0], 5, None),
        ([(1, 2)], [0], 0, None),
    ],
)
def test_the_hub_is_the_group_most_rules_name(
    groups: list[tuple[int, ...]], uses: list[int], rules: int, expected: int | None
) -> None:
    assert central(groups, uses, rules) == expected
