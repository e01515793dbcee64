"""Both tiers against an enumerator on small random problems: every question, any order, whatever was asked before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.sat.engine import SatEngine
from catalog.domain.configuration.tiers import Engine
from tests.factories.small_problems import (
    cars_of,
    exactly_one,
    expected_cheapest,
    expected_domains,
    expected_relaxed,
    literals_of,
    small_problems,
    with_literals,
)

EXAMPLES = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def compiled(problem: Problem) -> Engine:
    slices = compile_problem(problem, limit_nodes=100_000)
    assert slices is not None
    return DiagramEngine(problem, slices)


ONE_OF_TWO = (Part("group:0", False, exactly_one((1, 2))),)
TIERS: dict[str, Callable[[Problem], Engine]] = {"compiled": compiled, "sat": SatEngine}


@contextmanager
def engines(problem: Problem) -> Iterator[dict[str, Engine]]:
    """An engine of each tier, closed afterwards."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(closing(make(problem))) for name, make in TIERS.items()}


@st.composite
def problems_and_choices(draw: Callable[[Any], Any]) -> tuple[Problem, list[list[int]]]:
    """A problem and a few questions about it, asked one after another of the same engine."""
    problem = draw(small_problems())
    return problem, draw(st.lists(literals_of(problem), min_size=1, max_size=4))


@EXAMPLES
@given(problems_and_choices())
def test_domains_and_solvability_are_those_of_the_enumerated_cars(
    asked: tuple[Problem, list[list[int]]],
) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    with engines(problem) as both:
        for name, engine in both.items():
            for choices in questions:
                assert engine.domains(choices) == expected_domains(problem, cars, choices), name
                assert engine.solvable(choices) == bool(with_literals(cars, choices)), name


@EXAMPLES
@given(problems_and_choices())
def test_a_member_of_a_group_is_judged_without_the_choice_of_its_group(
    asked: tuple[Problem, list[list[int]]],
) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    with engines(problem) as both:
        for name, engine in both.items():
            for choices in questions:
                assert engine.relaxed(choices) == expected_relaxed(problem, cars, choices), name


@EXAMPLES
@given(problems_and_choices(), st.data())
def test_the_cheapest_car_is_the_enumerated_one_and_equals_are_parted_by_the_first_variable(
    asked: tuple[Problem, list[list[int]]], data: st.DataObject
) -> None:
    problem, questions = asked
    amounts = st.sampled_from((-300, -100, 0, 0, 100, 100, 200, 700))
    costs = [0, *data.draw(st.lists(amounts, min_size=problem.count, max_size=problem.count))]
    cars = cars_of(problem)
    with engines(problem) as both:
        for name, engine in both.items():
            for choices in questions:
                expected = expected_cheapest(cars, choices, costs)
                assert engine.cheapest(choices, costs) == expected, name


@EXAMPLES
@given(problems_and_choices())
def test_the_number_of_cars_is_exact_or_not_told(asked: tuple[Problem, list[list[int]]]) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    with engines(problem) as both:
        for choices in questions:
            number = len(with_literals(cars, choices))
            assert both["compiled"].count(choices) == number
            assert both["sat"].count(choices) in (None, number)


@EXAMPLES
@given(problems_and_choices(), st.randoms())
def test_the_order_of_clicks_changes_nothing(
    asked: tuple[Problem, list[list[int]]], chance: Any
) -> None:
    problem, questions = asked
    with engines(problem) as both:
        for name, engine in both.items():
            for choices in questions:
                shuffled = [*choices, *choices[:1]]
                chance.shuffle(shuffled)
                assert engine.domains(shuffled) == engine.domains(choices), name
                assert engine.relaxed(shuffled) == engine.relaxed(choices), name


@EXAMPLES
@given(small_problems())
def test_a_stored_compilation_answers_as_the_one_it_was_stored_from(problem: Problem) -> None:
    slices = compile_problem(problem, limit_nodes=100_000)
    assert slices is not None
    again = type(slices).from_bytes(slices.to_bytes())
    assert again.to_bytes() == slices.to_bytes()
    engine = DiagramEngine(problem, again)
    assert engine.domains([]) == expected_domains(problem, cars_of(problem), [])
    engine.close()


def test_a_choice_that_no_problem_has_is_a_car_that_nobody_builds() -> None:
    problem = Problem(("", "a", "b"), 2, 2, ((1, 2),), ONE_OF_TWO, 0)
    with engines(problem) as both:
        for engine in both.values():
            for choices in ([1, -1], [3], [-7]):
                assert engine.domains(choices) == bytes(3)
                assert not engine.solvable(choices)
                assert engine.cheapest(choices, [0, 1, 1]) is None


def test_a_compilation_that_would_grow_too_large_is_given_up() -> None:
    odd = ((1, 2, 3), (1, -2, -3), (-1, 2, -3), (-1, -2, 3))
    problem = Problem(("", "a", "b", "c"), 3, 3, (), (Part("odd", True, odd),), None)
    assert compile_problem(problem, limit_nodes=1) is None
    assert compile_problem(problem, limit_nodes=100) is not None
