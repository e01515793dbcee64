"""Compiling: equal problems give equal bytes, whichever library does the work; what does not fit is given up."""

from __future__ import annotations

import sys
from datetime import date
from unittest import mock

import pytest
from dd import autoref
from hypothesis import HealthCheck, given, settings

from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.diagram.compiling import compile_problem, library_here
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.diagram.identity import problem_key
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.problem import Part, Problem, Table
from tests.factories.catalogue import demo_catalogue
from tests.factories.small_problems import cars_of, exactly_one, expected_domains, small_problems

EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
DAY = date(2026, 11, 22)
GROUP = (1, 2, 3)
ONE = Part("group:0", False, exactly_one(GROUP))


def problem(*parts: Part, count: int = 4, top: int = 4, hub: int | None = None) -> Problem:
    names = ("", *(f"o{v}" for v in range(1, count + 1)))
    return Problem(names, count, top, (GROUP,), (ONE, *parts), hub)


def domains(of: Problem) -> bytes:
    slices = compile_problem(of)
    assert slices is not None
    return DiagramEngine(of, slices).domains([])


@EXAMPLES
@given(small_problems())
def test_both_libraries_give_the_same_bytes(drawn: Problem) -> None:
    first, second = compile_problem(drawn), compile_problem(drawn, library=autoref)
    assert first is not None
    assert second is not None
    assert first.to_bytes() == second.to_bytes()


def test_both_libraries_give_the_same_bytes_for_a_demo_model() -> None:
    plan = Blueprint(demo_catalogue().models["vale"], "CN", DAY)
    asked = problem_of(Encoder(plan.order), plan)
    first, second = compile_problem(asked), compile_problem(asked, library=autoref)
    assert first is not None
    assert second is not None
    assert first.to_bytes() == second.to_bytes()


def test_without_cudd_its_python_twin_does_the_work() -> None:
    asked = problem(Part("r", True, ((-1, 4), (-2, -4))))
    ours = compile_problem(asked)
    assert ours is not None
    library_here.cache_clear()
    with mock.patch.dict(sys.modules, {"dd.cudd": None}):
        assert library_here() is autoref
        twins = compile_problem(asked)
    library_here.cache_clear()
    assert twins is not None
    assert twins.to_bytes() == ours.to_bytes()


def test_a_demo_model_has_a_slice_for_each_trim() -> None:
    plan = Blueprint(demo_catalogue().models["haven"], "CN", DAY)
    slices = compile_problem(problem_of(Encoder(plan.order), plan))
    assert slices is not None
    assert len(slices.shape.slice_nodes) - 1 == len(plan.model.trims)


def test_a_member_of_the_hub_that_nobody_can_build_has_no_slice() -> None:
    asked = problem(Part("r", True, ((-2, 4), (-2, -4))), hub=0)
    slices = compile_problem(asked)
    assert slices is not None
    assert len(slices.shape.slice_nodes) - 1 == 2
    assert domains(asked) == expected_domains(asked, cars_of(asked), [])


@pytest.mark.parametrize(
    "clauses",
    [
        ((),),
        ((4,), (-4,)),
        ((-1,), (-2,), (-3,)),
        ((4, 1), (4, -1), (-4, 1), (-4, -1), (2, 3)),
        ((-4,), (1, 4), (-1, 4)),
        ((1, 4), (1, -4), (-1, 4), (-1, -4)),
    ],
)
def test_a_problem_without_a_car_has_no_slice(clauses: tuple[tuple[int, ...], ...]) -> None:
    asked = problem(Part("r", True, clauses))
    slices = compile_problem(asked)
    assert slices is not None
    assert slices.nodes == 0
    engine = DiagramEngine(asked, slices)
    assert engine.domains([]) == engine.relaxed([1]) == bytes(5)
    assert engine.count([]) == 0
    assert engine.cheapest([], [0] * 5) is None


def test_a_group_that_no_part_states_is_exactly_one_all_the_same() -> None:
    asked = Problem(("", "a", "b", "c"), 3, 3, ((1, 2),), (), None)
    slices = compile_problem(asked)
    assert slices is not None
    assert DiagramEngine(asked, slices).count([]) == 4


def test_a_table_is_read_where_its_columns_are_groups_and_its_clauses_elsewhere() -> None:
    other = (4, 5)
    rows = ((0, 1), (2, 0))
    clauses = ((-1, 5), (-2,), (-3, 4))
    groups = (ONE, Part("group:1", False, exactly_one(other)))
    names = ("", "a", "b", "c", "d", "e", "f")
    for table in (Table((GROUP, other), rows), Table((GROUP[:2], other), rows), None):
        parts = (*groups, Part("t", True, clauses, table))
        asked = Problem(names, 6, 6, (GROUP, other), parts, None)
        assert domains(asked) == expected_domains(asked, cars_of(asked), [])


def test_a_slice_in_which_no_row_of_a_table_fits_is_left_out() -> None:
    # the clauses forbid 1 beside 5, in a way that propagation does not see
    other, signs = (4, 5), ((6, 7), (6, -7), (-6, 7), (-6, -7))
    rows = ((0, 0), (1, 0), (1, 1), (2, 0), (2, 1))
    table = Part("t", True, tuple((-1, -5, *pair) for pair in signs), Table((GROUP, other), rows))
    parts = (ONE, Part("group:1", False, exactly_one(other)), table, Part("r", True, ((5,),)))
    asked = Problem(("", *"abcde"), 5, 7, (GROUP, other), parts, 0)
    slices = compile_problem(asked)
    assert slices is not None
    assert len(slices.shape.slice_nodes) - 1 == 2
    assert domains(asked) == expected_domains(asked, cars_of(asked), [])


def test_a_clause_that_always_holds_and_one_said_twice_change_nothing() -> None:
    asked = problem(Part("r", True, ((4, -4, 1), (1, 4), (4, 1), (1, 1, 4))))
    assert domains(asked) == expected_domains(asked, cars_of(asked), [])


def test_a_group_of_one_is_on_every_car() -> None:
    asked = Problem(("", "a", "b"), 2, 2, ((1,),), (Part("r", True, ((-1, 2),)),), 0)
    assert domains(asked) == bytes([0, 1, 1])


def test_a_helping_variable_of_several_parts_is_one_variable() -> None:
    # 5 is true exactly when 4 is: written in one part, used in another
    first, second = Part("d", True, ((-5, 4), (5, -4))), Part("u", True, ((-1, 5), (-2, -5)))
    asked = problem(first, second, top=5)
    apart = problem(Part("u", True, ((-1, 4), (-2, -4))))
    assert domains(asked) == domains(apart)


def test_the_key_of_a_problem_does_not_depend_on_how_helping_variables_are_numbered() -> None:
    low, high = (
        Part("r", True, ((-5, 4), (5, 1), (-6, 2))),
        Part("r", True, ((-9, 4), (9, 1), (-7, 2))),
    )
    assert problem_key(problem(low, top=6)) == problem_key(problem(high, top=9))
    other = Part("r", True, ((-5, 4), (6, 1), (-6, 2)))
    assert problem_key(problem(other, top=6)) != problem_key(problem(low, top=6))


def test_what_outgrows_the_limit_is_given_up() -> None:
    odd = Part("odd", True, ((1, 2, 4), (1, -2, -4), (-1, 2, -4), (-1, -2, 4)))
    assert compile_problem(problem(odd), limit_nodes=3) is None
    assert compile_problem(problem(odd), limit_nodes=100) is not None
    table = Part("t", True, ((-1, 5), (-3, 5)), Table((GROUP, (4, 5)), ((0, 1), (1, 0), (2, 1))))
    names = ("", *"abcde")
    parts = (ONE, Part("group:1", False, exactly_one((4, 5))), table)
    assert (
        compile_problem(Problem(names, 5, 5, (GROUP, (4, 5)), parts, None), limit_nodes=3) is None
    )
