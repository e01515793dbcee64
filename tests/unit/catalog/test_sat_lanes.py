"""The SAT tier from inside: plain and compiled kernels, what lanes leave open, what is learnt, engines in threads."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.domain.configuration import jit, sat
from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.sat import lanes as compiled
from catalog.domain.configuration.sat.engine import SatEngine
from catalog.domain.configuration.sat.pool import Pool
from catalog.domain.configuration.sat.warm import clauses_of
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
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PACKAGE = "catalog.domain.configuration.sat"
Asked = tuple[Problem, list[list[int]]]


@st.composite
def problems_and_choices(draw: Callable[[Any], Any]) -> Asked:
    problem = draw(small_problems())
    return problem, draw(st.lists(literals_of(problem), min_size=1, max_size=4))


@pytest.fixture(scope="module")
def plain() -> Iterator[ModuleType]:
    """The lanes with every kernel left a plain function, as where numba is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jit, "kernel", lambda function: function)
        for name in ("kernels", "riding", "lanes"):
            patch.delitem(sys.modules, f"{PACKAGE}.{name}")
            patch.delattr(sat, name)
        yield importlib.import_module(f"{PACKAGE}.lanes")


def lanes_of(module: ModuleType, problem: Problem) -> Any:
    cars = cars_of(problem)
    everywhere = [v for v in range(1, problem.count + 1) if all(v in car for car in cars)]
    nowhere = [-v for v in range(1, problem.count + 1) if not any(v in car for car in cars)]
    pool = Pool(problem.count, words=2)
    return module.Lanes(problem.count, clauses_of(problem), [*everywhere, *nowhere], pool)


def sensible(problem: Problem, choices: Sequence[int]) -> bool:
    """What the engine sees to before it asks the lanes."""
    cars = cars_of(problem)
    alone = all(with_literals(cars, [one]) for one in choices)
    return alone and all(-one not in choices for one in choices)


@EXAMPLES
@given(problems_and_choices())
def test_plain_kernels_answer_as_compiled_ones(plain: ModuleType, asked: Asked) -> None:
    problem, questions = asked
    if not cars_of(problem):
        return
    family = {member: n for n, group in enumerate(problem.groups) for member in group}
    one, other = lanes_of(compiled, problem), lanes_of(plain, problem)
    for choices in filter(lambda some: sensible(problem, some), questions):
        assert one.judge(choices) == other.judge(choices)
        members = [member for group in problem.groups for member in group]
        assert one.relax(choices, family, members) == other.relax(choices, family, members)


@EXAMPLES
@given(problems_and_choices())
def test_lanes_are_right_in_all_that_they_settle(plain: ModuleType, asked: Asked) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    if not cars:
        return
    lanes = lanes_of(plain, problem)
    for choices in filter(lambda some: sensible(problem, some), questions):
        verdict, bits, left = lanes.judge(choices)
        expected = expected_domains(problem, cars, choices)
        assert verdict == 0 or (verdict == 1) == any(expected)
        if any(expected):
            open_ = {abs(literal) for literal in left}
            assert [v for v in range(problem.count + 1) if bits[v] != expected[v]] <= sorted(open_)


@EXAMPLES
@given(problems_and_choices(), st.data())
def test_without_lanes_the_answers_are_the_same(asked: Asked, data: st.DataObject) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    costs = [0, *data.draw(st.lists(st.integers(-3, 3), min_size=10, max_size=10))]
    costs = costs[: problem.count + 1]
    with closing(SatEngine(problem, lanes=False)) as engine:
        for choices in questions:
            assert engine.domains(choices) == expected_domains(problem, cars, choices)
            assert engine.relaxed(choices) == expected_relaxed(problem, cars, choices)
            assert engine.cheapest(choices, costs) == expected_cheapest(cars, choices, costs)


def everything_open(
    self: compiled.Lanes, choices: Sequence[int]
) -> tuple[int, bytearray, list[int]]:
    every = [*range(1, self.count + 1), *range(-self.count, 0)]
    return 0, bytearray(self.count + 1), every


def nothing_relaxed(
    self: compiled.Lanes, choices: Sequence[int], families: Any, members: Sequence[int]
) -> tuple[set[int], list[int]]:
    return set(), list(members)


@EXAMPLES
@given(problems_and_choices())
def test_the_solver_settles_what_the_lanes_leave_open_and_learns_nothing_wrong(
    asked: Asked,
) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(SatEngine(problem, lanes=True)) as engine,
    ):
        with patch.context() as lazy:
            lazy.setattr(compiled.Lanes, "judge", everything_open)
            lazy.setattr(compiled.Lanes, "relax", nothing_relaxed)
            for choices in questions:
                assert engine.domains(choices) == expected_domains(problem, cars, choices)
                assert engine.relaxed(choices) == expected_relaxed(problem, cars, choices)
        # each refusal above is a clause of the lanes now
        for choices in questions:
            assert engine.domains(choices) == expected_domains(problem, cars, choices)
            assert engine.relaxed(choices) == expected_relaxed(problem, cars, choices)


@EXAMPLES
@given(problems_and_choices())
def test_a_learnt_refusal_changes_no_answer(plain: ModuleType, asked: Asked) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    if not cars:
        return
    lanes = lanes_of(plain, problem)
    for choices in questions:
        if choices and not with_literals(cars, choices):
            lanes.learn([-literal for literal in choices])
    for choices in filter(lambda some: sensible(problem, some), questions):
        verdict, bits, left = lanes.judge(choices)
        expected = expected_domains(problem, cars, choices)
        assert verdict <= 0 or any(expected)
        if any(expected):
            wrong = {v for v in range(problem.count + 1) if bits[v] != expected[v]}
            assert wrong <= {abs(literal) for literal in left}


def test_lanes_keep_only_as_many_refusals_as_they_have_room_for(
    plain: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "LEARNT", 1)
    rule = Part("r", True, ((-1, -2, -3), (-1, -2, -4)))
    problem = Problem(("", "a", "b", "c", "d"), 4, 4, (), (rule,))
    lanes = lanes_of(plain, problem)
    lanes.learn([-1, -2, -3])
    lanes.learn([-1, -2, -4])
    verdict, bits, left = lanes.judge([1, 2])
    assert (verdict, list(bits), left) == (0, [0, 1, 1, 2, 2], [])


def many_cars(groups: int) -> Problem:
    """Groups of three; each member excludes the next one of the next group."""
    of = [tuple(range(3 * n + 1, 3 * n + 4)) for n in range(groups)]
    parts = [Part(f"group:{n}", False, exactly_one(group)) for n, group in enumerate(of)]
    for n, (group, after) in enumerate(zip(of, of[1:], strict=False)):
        clauses = tuple((-a, -b) for a, b in zip(group, after[1:], strict=False))
        parts.append(Part(f"r{n}", True, clauses))
    count = 3 * groups
    names = ("", *(f"o{v}" for v in range(1, count + 1)))
    return Problem(names, count, count, tuple(of), tuple(parts), 0)


def test_engines_in_threads_answer_as_one_alone() -> None:
    problem = many_cars(12)
    questions = [[3 * n + 1, -(3 * ((n + 5) % 12) + 2), 3 * ((n + 2) % 12) + 3] for n in range(12)]
    costs = [0, *(v * 7 % 11 - 4 for v in range(1, problem.count + 1))]

    def answers(turn: int) -> list[Any]:
        mine = questions[turn:] + questions[:turn]
        with closing(SatEngine(problem)) as engine:
            found = [
                (tuple(q), engine.domains(q), engine.relaxed(q), engine.cheapest(q, costs))
                for q in mine
            ]
        return sorted(found)

    alone = answers(0)
    assert any(cheapest for *_, cheapest in alone)
    with ThreadPoolExecutor(4) as threads:
        assert all(found == alone for found in threads.map(answers, range(8)))


def test_a_pool_that_overflows_forgets_the_oldest_cars_and_answers_the_same() -> None:
    problem = many_cars(6)
    pool = Pool(problem.count, words=1)
    models = [[v if (v + n) % 3 else -v for v in range(1, problem.count + 1)] for n in range(70)]
    for model in models:
        pool.add(model)
    assert pool.shown(models[69]) == set(models[69])
    assert bin(int(pool.valid[0])).count("1") == 70 - 64


@pytest.mark.parametrize("lanes", [True, False])
def test_a_problem_without_a_car_has_no_answers(lanes: bool) -> None:
    for clauses in (((),), ((1,), (-1,))):
        problem = Problem(("", "a", "b"), 2, 2, (), (Part("r", True, clauses),))
        with closing(SatEngine(problem, lanes=lanes)) as engine:
            assert not engine.solvable([])
            assert engine.domains([]) == engine.relaxed([2]) == bytes(3)
            assert engine.cheapest([], [0, 1, 1]) is None


def test_a_long_series_of_questions_about_costs_keeps_its_answers() -> None:
    problem = many_cars(4)
    cars = cars_of(problem)
    with closing(SatEngine(problem)) as engine:
        for turn in range(60):
            costs = [0, *((v * turn * 5) % 9 - 2 for v in range(1, problem.count + 1))]
            choices = [[], [1], [-5], [2, -6]][turn % 4]
            assert engine.cheapest(choices, costs) == expected_cheapest(cars, choices, costs)
