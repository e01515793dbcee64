"""The compiled tier: with and without numba it gives the enumerator's answers; the two tiers agree on the demo."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.diagram.arrays import Slices
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.diagram.stored import slices_of
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.sat.engine import SatEngine
from tests.factories.catalogue import demo_catalogue
from tests.factories.plain_kernels import plain_engines
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
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
DAY = date(2026, 11, 22)


WAYS: dict[str, Callable[[], Callable[[Problem, Slices], Any]]] = {
    "numba": lambda: DiagramEngine,
    "plain": plain_engines,
}
both_ways = pytest.mark.parametrize("way", WAYS)


def compiled(problem: Problem) -> Slices:
    slices = compile_problem(problem)
    assert slices is not None
    return slices


@st.composite
def questions(draw: Callable[[Any], Any]) -> tuple[Problem, list[list[int]], list[int]]:
    """A problem, choices one after another, and costs with ties, nothing and less than nothing among them."""
    problem = draw(small_problems())
    amounts = st.sampled_from((-300, -100, 0, 0, 100, 100, 200, 700))
    costs = draw(st.lists(amounts, min_size=problem.count, max_size=problem.count))
    return problem, draw(st.lists(literals_of(problem), min_size=1, max_size=4)), [0, *costs]


@settings(EXAMPLES, max_examples=200)
@given(questions())
def test_kernels_without_numba_answer_as_the_enumerator(
    asked: tuple[Problem, list[list[int]], list[int]],
) -> None:
    problem, sets, costs = asked
    engine: Any = plain_engines()(problem, compiled(problem))
    cars = cars_of(problem)
    for choices in sets:
        assert engine.domains(choices) == expected_domains(problem, cars, choices)
        assert engine.relaxed(choices) == expected_relaxed(problem, cars, choices)
        assert engine.solvable(choices) == bool(with_literals(cars, choices))
        assert engine.count(choices) == len(with_literals(cars, choices))
        assert engine.cheapest(choices, costs) == expected_cheapest(cars, choices, costs)


@EXAMPLES
@given(questions())
def test_kernels_with_numba_answer_as_those_without(
    asked: tuple[Problem, list[list[int]], list[int]],
) -> None:
    problem, sets, costs = asked
    slices = compiled(problem)
    plain: Any = plain_engines()(problem, slices)
    fast = DiagramEngine(problem, slices)
    for choices in sets:
        assert fast.domains(choices) == plain.domains(choices)
        assert fast.relaxed(choices) == plain.relaxed(choices)
        assert fast.solvable(choices) == plain.solvable(choices)
        assert fast.cheapest(choices, costs) == plain.cheapest(choices, costs)


def asked_at_random(problem: Problem, chance: random.Random) -> list[list[int]]:
    """Literals added one by one, a few of them against what is possible."""
    sessions = []
    for _ in range(8):
        choices: list[int] = []
        for _ in range(8):
            literal = chance.randrange(1, problem.count + 1)
            choices = [*choices, literal if chance.random() < 0.7 else -literal]
            sessions.append(choices)
    return sessions


@pytest.mark.parametrize("model", ["rill", "vale", "haven"])
def test_both_tiers_say_the_same_of_a_demo_model(model: str) -> None:
    plan = Blueprint(demo_catalogue().models[model], "CN", DAY)
    problem = problem_of(Encoder(plan.order), plan)
    slices = slices_of(plan.model.diagrams, problem)
    assert slices is not None
    fast, plain = DiagramEngine(problem, slices), plain_engines()(problem, slices)
    fast.warm()
    with closing(SatEngine(problem)) as solver, closing(fast):
        for place, choices in enumerate(asked_at_random(problem, random.Random(model))):
            assert fast.domains(choices) == solver.domains(choices)
            assert fast.relaxed(choices) == solver.relaxed(choices)
            assert fast.solvable(choices) == solver.solvable(choices)
            if place % 8 == 0:
                assert plain.relaxed(choices) == fast.relaxed(choices)


@pytest.mark.parametrize("model", ["rill", "vale", "haven"])
def test_a_demo_model_holds_less_than_a_megabyte_for_a_market(model: str) -> None:
    catalogue = demo_catalogue()
    plan = Blueprint(catalogue.models[model], "CN", DAY)
    problem = problem_of(Encoder(plan.order), plan)
    slices = slices_of(plan.model.diagrams, problem)
    assert slices is not None
    assert slices.nodes < 5_000
    assert slices.held + DiagramEngine(problem, slices).held < 1_000_000


@both_ways
def test_more_cars_than_64_bits_count_are_counted_and_told_apart(
    way: str,
) -> None:
    count = 70
    problem = Problem(("", *(f"o{v}" for v in range(1, count + 1))), count, count, (), (), None)
    engine = WAYS[way]()(problem, compiled(problem))
    assert engine.count([]) == 2**70
    assert engine.count([3, -5]) == 2**68
    # each variable that costs nothing is on the car; 64 and later stand in the second word of a mark
    costs = [0] * (count + 1)
    costs[64] = costs[65] = 1
    assert engine.cheapest([65], costs) == (1, tuple(v for v in range(1, 71) if v != 64))


@both_ways
def test_equal_costs_are_decided_by_the_first_variable_also_across_slices_and_words(
    way: str,
) -> None:
    count = 66
    group = (65, 66)
    parts = (Part("group:0", False, exactly_one(group)), Part("r", True, ((-1, 66), (-2, 65))))
    problem = Problem(("", *(f"o{v}" for v in range(1, 67))), count, count, (group,), parts, 0)
    engine = WAYS[way]()(problem, compiled(problem))
    found = engine.cheapest([], [0] * (count + 1))
    assert found == (0, (1, *range(3, 65), 66))


def test_costs_that_may_leave_64_bits_are_refused() -> None:
    problem = Problem(("", "a", "b"), 2, 2, (), (), None)
    engine = DiagramEngine(problem, compiled(problem))
    most = (1 << 60) - 1
    assert engine.cheapest([1], [0, most, 0]) == (most, (1, 2))
    assert engine.cheapest([-2], [0, -most, 0]) == (-most, (1,))
    for costs in ([0, most, 1], [0, -most, 1], [0, 1 << 70, 0]):
        with pytest.raises(OverflowError):
            engine.cheapest([], costs)
    with pytest.raises(ValueError, match="2 costs for variables 0..2"):
        engine.cheapest([], [0, 1])


@both_ways
def test_equal_paths_of_one_slice_are_parted_in_the_word_that_differs(way: str) -> None:
    count = 130
    parts = (Part("r", True, ((-129, -130), (129, 130), (-64, -66), (64, 66))),)
    names = ("", *(f"o{v}" for v in range(1, count + 1)))
    problem = Problem(names, count, count, (), parts, None)
    engine = WAYS[way]()(problem, compiled(problem))
    found = engine.cheapest([], [0] * (count + 1))
    assert found == (0, tuple(v for v in range(1, count + 1) if v not in (66, 130)))


def test_costs_may_come_as_an_array() -> None:
    problem = Problem(("", "a", "b"), 2, 2, (), (), None)
    engine: Any = DiagramEngine(problem, compiled(problem))
    assert engine.cheapest([], np.array([0, 5, -5])) == (-5, (2,))


@both_ways
@pytest.mark.parametrize("hub", [None, 0, 1])
def test_a_group_of_which_every_member_is_refused_leaves_no_car(hub: int | None, way: str) -> None:
    groups = ((1, 2), (3, 4))
    parts = tuple(Part(f"group:{n}", False, exactly_one(g)) for n, g in enumerate(groups))
    problem = Problem(("", *"abcde"), 5, 5, groups, parts, hub)
    engine = WAYS[way]()(problem, compiled(problem))
    for choices in ([-1, -2], [3, -1, -2], [-1, -2, 5]):
        assert engine.domains(choices) == bytes(6)
        assert not engine.solvable(choices)
        assert engine.count(choices) == 0
        assert engine.cheapest(choices, [0] * 6) is None
        assert engine.relaxed(choices) == expected_relaxed(problem, cars_of(problem), choices)


@both_ways
@pytest.mark.parametrize("choice", [0, 4, -4, 1 << 40, -(1 << 40)])
def test_a_choice_of_no_variable_is_on_no_car(choice: int, way: str) -> None:
    parts = (Part("group:0", False, exactly_one((1, 2))),)
    problem = Problem(("", "a", "b", "c"), 3, 3, ((1, 2),), parts, 0)
    engine = WAYS[way]()(problem, compiled(problem))
    assert engine.domains([choice, 1]) == bytes(4)
    assert engine.relaxed([choice, 1]) == bytes(4)
    assert not engine.solvable([choice])
    assert engine.count([choice]) == 0
    assert engine.cheapest([choice], [0, 0, 0, 0]) is None
    assert engine.domains([1]) == bytes([0, 1, 2, 3])


def test_an_engine_takes_the_diagrams_of_its_own_problem_only() -> None:
    first = Problem(("", "a", "b"), 2, 2, (), (Part("r", True, ((1, 2),)),), None)
    other = Problem(("", "a", "b"), 2, 2, (), (Part("r", True, ((1, -2),)),), None)
    with pytest.raises(ValueError, match="another problem"):
        DiagramEngine(first, compiled(other))
