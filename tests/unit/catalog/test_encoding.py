"""Clauses say what the rules say: expressions and rules of every kind against an enumerator of cars."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from catalog.domain.catalogue import Rule
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.encoding import Clause, Encoder, problem_of, rule_clauses
from catalog.domain.configuration.expression import (
    TRUE,
    Atom,
    Count,
    Expression,
    InMarket,
    Not,
    conjunction,
    disjunction,
    holds,
    parse,
    show,
)
from catalog.domain.configuration.language import read_statement
from catalog.domain.configuration.rules import KINDS, active_rules
from tests.factories.expressions import counts, joined
from tests.factories.small_models import (
    ATOMS,
    DAY,
    EXTRAS,
    MARKET,
    OPTIONS,
    Small,
    formulas,
    text_of,
)

SIX = tuple("abcdef")
expressions = joined(st.one_of(st.sampled_from(SIX).map(Atom), counts(SIX)))


def models_of(clauses: list[Clause], count: int) -> set[tuple[int, ...]]:
    """The true ones of the first `count` variables, for every assignment of them that the clauses allow."""
    found: set[tuple[int, ...]] = set()
    with Solver(name="glucose4", bootstrap_with=clauses) as solver:
        for some in itertools.product((False, True), repeat=count):
            wanted = [v if true else -v for v, true in enumerate(some, start=1)]
            if solver.solve(assumptions=wanted):
                found.add(tuple(v for v in wanted if v > 0))
    return found


def cars_of(expression: Expression) -> set[tuple[int, ...]]:
    return {
        tuple(v for v, true in enumerate(some, start=1) if true)
        for some in itertools.product((False, True), repeat=len(SIX))
        if holds(expression, {code for code, true in zip(SIX, some, strict=True) if true})
    }


@settings(deadline=None)
@given(expressions, st.booleans())
def test_the_clauses_of_an_expression_allow_the_cars_it_is_true_of(
    expression: Expression, sign: bool
) -> None:
    stated = expression if sign else Not(expression)
    assert models_of(Encoder(SIX).clauses(stated), len(SIX)) == cars_of(stated)


@settings(deadline=None, max_examples=40)
@given(st.lists(expressions, min_size=4, max_size=7), st.booleans())
def test_what_is_too_long_to_multiply_out_means_the_same(
    parts: list[Expression], sign: bool
) -> None:
    pairs = [conjunction([one, Not(other)]) for one, other in itertools.pairwise(parts)]
    stated = disjunction(pairs) if sign else Not(disjunction(pairs))
    assert models_of(Encoder(SIX).clauses(stated), len(SIX)) == cars_of(stated)


@pytest.mark.parametrize("kind", ["exactly", "at most", "at least"])
@pytest.mark.parametrize("number", [0, 1, 5, 10, 11])
@pytest.mark.parametrize("sign", [True, False])
def test_a_long_count_means_the_same_in_both_signs(kind: str, number: int, sign: bool) -> None:
    eleven = tuple(f"o{place}" for place in range(11))
    count: Expression = Count(kind, number, eleven)
    stated = disjunction([Atom("key"), count if sign else Not(count)])
    encoder = Encoder(("key", *eleven))
    for some in models_by_size(encoder.clauses(stated), len(eleven)):
        key, size, allowed = some
        met = holds(count, set(eleven[:size])) == sign
        assert allowed == (key or met)


def models_by_size(clauses: list[Clause], count: int) -> list[tuple[bool, int, bool]]:
    """With the first variable on and off, and the first so many of the others: whether the clauses allow it."""
    found = []
    with Solver(name="glucose4", bootstrap_with=clauses) as solver:
        for key, size in itertools.product((False, True), range(count + 1)):
            on, off = range(2, size + 2), range(-count - 1, -size - 1)
            found.append((key, size, solver.solve(assumptions=[1 if key else -1, *on, *off])))
    return found


def test_little_expressions_need_no_helping_variables() -> None:
    for text in (
        "not a or b and c",
        "not exactly 1 of (a, b)",
        "not (a or b) or c and d",
        "a and b or c and not d and e",
    ):
        encoder = Encoder(SIX)
        encoder.clauses(parse(text))
        assert encoder.top == len(SIX), text


def test_what_is_true_of_every_car_has_no_clauses() -> None:
    for text in ("at least 0 of (a, b)", "a or at most 2 of (a, b)", "not (a and not a)"):
        assert Encoder(SIX).clauses(parse(text)) == []
    assert Encoder(SIX).clauses(TRUE) == []
    assert Encoder(SIX).clauses(Not(TRUE)) == [[]]


def test_a_market_has_no_clauses_before_it_is_settled() -> None:
    with pytest.raises(TypeError, match="market:CN was not settled"):
        Encoder(SIX).clauses(InMarket("CN"))


@st.composite
def authored(draw: Any) -> Rule:
    """A rule of any kind over the options and trims of the small model, with counts, days and markets."""

    def text() -> str:
        found: str = draw(
            formulas(2).map(text_of).map(parse).map(show)
            | counts(OPTIONS).map(show)
            | st.sampled_from(
                ("x1 or from 2027-01-01", "market:DE or x2 and x3", "market:CN and x2")
            )
        )
        return found

    kind = draw(st.sampled_from([kind for kind in KINDS if kind != "lead"]))
    named = tuple(draw(st.lists(st.sampled_from(EXTRAS), min_size=2, max_size=4, unique=True)))
    parts: dict[str, Any] = {
        "requires": {"when": text(), "then": text()},
        "boolean": {"must": text()},
        "excludes": {"when": text(), "excluded": named},
        "includes": {"when": text(), "adds": named},
    }
    counted = {
        "count": draw(st.integers(0, len(named))),
        "of": named,
        "when": draw(st.none() | st.just(text())),
    }
    trims = draw(st.sampled_from(((), ("base",), ("base", "top"))))
    return Rule("r", kind, {}, trims=trims, **parts.get(kind, counted))


@settings(deadline=None, max_examples=60)
@given(authored())
def test_the_clauses_of_a_rule_allow_the_cars_that_keep_it(rule: Rule) -> None:
    model = replace(Small({"base": {}, "top": {}}, {}, (), ()).model(), rules=(rule,))
    (active,) = active_rules(model, MARKET, DAY)
    names = (*ATOMS, *EXTRAS, "p1", "s1")
    encoder = Encoder((*names, "p2", "p3", "s2"))
    clauses = rule_clauses(encoder, active)
    allowed = models_of(
        [*clauses, *([-v] for v in range(len(names) + 1, len(names) + 4))], len(names)
    )
    for some in itertools.product((False, True), repeat=len(names)):
        car = {name for name, true in zip(names, some, strict=True) if true}
        place = tuple(v for v, true in enumerate(some, start=1) if true)
        assert (place in allowed) == active.kept(car), car


def test_every_authored_rule_is_one_part_with_helpers_of_its_own() -> None:
    said = (
        "x1 requires exactly 2 of (x2, x3, p1, p2) or at least 2 of (s1, s2, x4) and x2",
        "exactly 2 of x1, x2, x3, x4 when p1 and s1 or p2 and s2 or p3 and x1 on base",
        "at least 1 of x1, x2 when market:DE",
        "always x1 or from 2020-01-01",
        "x2 takes 3 more days",
    )
    rules = tuple(replace(read_statement(text), code=f"r{n}") for n, text in enumerate(said))
    marks = {trim: dict.fromkeys(OPTIONS, "O") for trim in ("base", "top")}
    model = replace(Small(marks, {}, (), ()).model(), rules=rules)
    plan = Blueprint(model, MARKET, date(2026, 11, 22))
    problem = problem_of(Encoder(plan.order), plan)
    assert [part.name for part in problem.parts if part.is_rule] == ["r0", "r1", "r2", "r3"]
    assert [part.clauses for part in problem.parts if part.name in ("r2", "r3")] == [(), ()]
    helpers = [
        {abs(lit) for clause in part.clauses for lit in clause if abs(lit) > problem.count}
        for part in problem.parts
    ]
    assert sum(map(len, helpers)) == len(set().union(*helpers)) > 0
    assert problem.top >= max(set().union(*helpers))
