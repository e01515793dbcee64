"""Faults of a rule set against an enumerator: every finding is one, and none is missed."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from catalog.domain.configuration.lint import (
    Prover,
    SilentRule,
    constant_options,
    contradiction,
    dead_options,
    empty_hub_members,
    premise,
    redundant_rules,
    silent_rules,
)
from catalog.domain.configuration.model_report import report
from catalog.domain.configuration.problem import Part, Problem, Table
from catalog.domain.configuration.sat.engine import SatEngine
from tests.factories.small_problems import Car, cars_of, small_problems

EXAMPLES = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def problem(count: int, *parts: Part, groups: tuple[tuple[int, ...], ...] = ()) -> Problem:
    """Options o1..o`count`, the first group the hub."""
    top = max([count, *(abs(lit) for part in parts for c in part.clauses for lit in c)])
    names = ("", *(f"o{v}" for v in range(1, count + 1)))
    return Problem(names, count, top, groups, parts, 0 if groups else None)


def rule(name: str, *clauses: tuple[int, ...]) -> Part:
    return Part(name, True, clauses)


def without(model: Problem, place: int) -> list[Car]:
    """The cars that every other part allows."""
    rest = [part for at, part in enumerate(model.parts) if at != place]
    return cars_of(replace(model, parts=tuple(rest)))


@EXAMPLES
@given(small_problems())
def test_a_rule_is_redundant_exactly_when_the_others_allow_the_same_cars(model: Problem) -> None:
    cars = cars_of(model)
    expected = [
        part.name
        for place, part in enumerate(model.parts)
        if cars and part.is_rule and without(model, place) == cars
    ]
    with Prover(model) as prover:
        assert [one.name for one in redundant_rules(prover)] == expected


@EXAMPLES
@given(small_problems())
def test_a_rule_is_silent_exactly_when_no_car_of_the_others_meets_its_premise(
    model: Problem,
) -> None:
    expected = []
    for place, part in enumerate(model.parts):
        needs = premise(part)
        others = without(model, place)
        if part.is_rule and needs and not any(car.issuperset(needs) for car in others):
            expected.append(part.name)
    with Prover(model) as prover:
        silent = silent_rules(prover)
    assert [one.name for one in silent] == (expected if cars_of(model) else [])


@EXAMPLES
@given(small_problems())
def test_the_core_of_a_contradiction_is_minimal(model: Problem) -> None:
    with Prover(model) as prover:
        found = contradiction(prover)
    if found is None:
        assert cars_of(model)
        return
    named = [part for part in model.parts if part.name in found.parts]
    assert not cars_of(replace(model, parts=tuple(named)))
    for part in named:
        fewer = tuple(other for other in named if other is not part)
        assert cars_of(replace(model, parts=fewer)), part.name


@EXAMPLES
@given(small_problems())
def test_dead_and_constant_options_are_those_of_the_enumerated_cars(model: Problem) -> None:
    cars = cars_of(model)
    with closing(SatEngine(model)) as engine:
        domains = engine.domains(())
    if not cars:
        assert dead_options(model, domains) == ()
        assert constant_options(model, domains) == ()
        return
    every = frozenset(range(1, model.count + 1))
    dead = every - frozenset().union(*cars)
    constant = every.intersection(*cars)
    assert {one.variable for one in dead_options(model, domains)} == dead
    assert {one.variable for one in constant_options(model, domains)} == constant
    hub = set() if model.hub is None else set(model.groups[model.hub])
    assert {one.variable for one in empty_hub_members(model, domains)} == dead & hub


@EXAMPLES
@given(small_problems())
def test_the_report_of_a_model_counts_what_can_be_built(model: Problem) -> None:
    found = report(model)
    cars = cars_of(model)
    assert (found.cars, found.buildable) == (len(cars), bool(cars))
    assert found.tier == "compiled"
    for name, parts in found.because.items():
        named = tuple(part for part in model.parts if part.name in parts)
        variable = model.names.index(name)
        assert not [car for car in cars_of(replace(model, parts=named)) if variable in car]
    assert list(found.because) == list(found.dead)
    assert found.rules == sum(part.is_rule for part in model.parts)
    assert len(found.hub) == (0 if model.hub is None else len(model.groups[model.hub]))


def test_reasons_name_a_minimal_set_of_parts_rules_rather_than_structure() -> None:
    model = problem(
        3,
        Part("group:trim", False, ((1, 2), (-1, -2))),
        rule("no-2-with-3", (-2, -3)),
        rule("3-needs-2", (-3, 2)),
    )
    with Prover(model) as prover:
        assert prover.reasons([1]) is None
        assert prover.reasons([3]) == ("no-2-with-3", "3-needs-2")


def test_every_rule_of_a_contradictory_set_would_be_redundant_so_none_is_called_so() -> None:
    model = problem(1, rule("yes", (1,)), rule("no", (-1,)))
    with Prover(model) as prover:
        assert contradiction(prover) is not None
        assert redundant_rules(prover) == ()
        assert silent_rules(prover) == ()
    assert report(model).core == ("yes", "no")


def test_a_rule_may_bring_its_own_condition() -> None:
    condition = Part("condition:late", False, ((-4, 1), (-4, 2)))
    model = problem(3, Part("group", False, ((1, 2), (-1, -2))), condition, rule("late", (3,)))
    with Prover(model) as prover:
        assert silent_rules(prover) == ()
        assert silent_rules(prover, {"late": [4]}) == (SilentRule("late", (4,)),)


def test_equal_rules_are_redundant_as_long_as_both_stand() -> None:
    model = problem(2, rule("once", (-1, 2)), rule("again", (-1, 2)))
    with Prover(model) as prover:
        assert [one.name for one in redundant_rules(prover)] == ["once", "again"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (rule("requires", (-1, 2), (-1, 3)), (1,)),
        (rule("on a trim", (-1, -2, 3)), (1, 2)),
        (rule("one of", (1, 2)), ()),
        (rule("nothing to say"), ()),
        (Part("table", True, ((-1, 2),), Table(((1, 2), (3, 4)), ((0, 0),))), ()),
    ],
    ids=lambda value: value.name if isinstance(value, Part) else "",
)
def test_the_premise_is_what_every_clause_speaks_under(
    part: Part, expected: tuple[int, ...]
) -> None:
    assert premise(part) == expected


def test_a_rule_with_too_many_readings_is_left_open() -> None:
    """Nine pairs behind helping variables that may be read freely: 2^9 readings, none of them settles it."""
    pairs = 9
    visible, helper = 2 * pairs, range(2 * pairs + 1, 3 * pairs + 1)
    clauses = [
        clause
        for pair, h in enumerate(helper)
        for clause in ((-h, 2 * pair + 1), (h, 2 * pair + 2))
    ]
    hard = rule("either of each pair", *clauses)
    plain = [rule(f"p{pair}", (2 * pair + 1, 2 * pair + 2)) for pair in range(pairs)]
    model = problem(visible, hard, *plain)
    with Prover(model) as prover:
        assert prover.implied(0) is None
        assert all(prover.implied(place) for place in range(1, pairs + 1))
