"""Conflicts among wishes and authored parts, against an enumerator on small random problems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.sat.explaining import Explainer
from tests.factories.small_problems import (
    Car,
    cars_of,
    everything,
    kept,
    literals_of,
    small_problems,
    with_literals,
)

EXAMPLES = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
Member = Callable[[Car], bool]


@st.composite
def problems_and_wishes(draw: Callable[[Any], Any]) -> tuple[Problem, list[list[int]]]:
    problem = draw(small_problems())
    return problem, draw(st.lists(literals_of(problem), min_size=1, max_size=4))


def satisfiable(members: Sequence[Member], count: int) -> bool:
    return any(all(member(car) for member in members) for car in everything(count))


def wish(literal: int) -> Member:
    return lambda car: (literal > 0) == (abs(literal) in car)


def preferred(problem: Problem, wishes: Sequence[int]) -> list[str]:
    """What stays when each member in turn leaves if the others still cannot be had: slow and by the book."""
    members: dict[str, Member] = {f"wish {literal}": wish(literal) for literal in wishes}
    for part in problem.parts:
        members[part.name] = lambda car, p=part: kept(p, car, problem.count)  # type: ignore[misc]
    for name in list(members):
        rest = [member for other, member in members.items() if other != name]
        if not satisfiable(rest, problem.count):
            del members[name]
    return list(members)


@EXAMPLES
@given(problems_and_wishes())
def test_a_core_is_the_conflict_that_the_order_prefers_whatever_was_asked_before(
    asked: tuple[Problem, list[list[int]]],
) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    with closing(Explainer(problem)) as explainer:
        for wishes in questions:
            core = explainer.minimal_core(wishes)
            if with_literals(cars, wishes):
                assert core == []
                continue
            told = [f"wish {one}" for one in core if one not in explainer.selectors]
            told += [part.name for part in explainer.parts(core)]
            assert told == preferred(problem, wishes)


@EXAMPLES
@given(problems_and_wishes())
def test_a_conflict_among_wishes_has_no_car_and_loses_that_with_any_of_them(
    asked: tuple[Problem, list[list[int]]],
) -> None:
    problem, questions = asked
    cars = cars_of(problem)
    with closing(Explainer(problem)) as explainer:
        for wishes in questions:
            conflict = explainer.minimal_conflict(wishes)
            if not cars or with_literals(cars, wishes):
                assert conflict == []
                continue
            assert not with_literals(cars, conflict)
            for left_out in conflict:
                assert with_literals(cars, [one for one in conflict if one != left_out])
