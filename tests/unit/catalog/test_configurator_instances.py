"""Large rule sets: recorded clicks against a plain SAT oracle, real orders clicked in random order.

360 clicks of every instance and every order of the histories with FORECOURT_PROVE=1, else a sample. The real rule sets
are read from the folder that CONFIGURATOR_DATA names; without it only the generated ones are tried.
"""

from __future__ import annotations

import functools
import os
import random
from collections.abc import Sequence
from contextlib import closing

import pytest

from benchmarks import data
from benchmarks.foreign import CLICKS, SEED, SESSIONS, sessions
from benchmarks.instances import random310
from benchmarks.oracles import PlainSat
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.hitting import ways
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.sat.engine import SatEngine
from catalog.domain.configuration.sat.explaining import Explainer
from catalog.domain.configuration.tiers import TRUE, Engine

FULL = os.environ.get("FORECOURT_PROVE") == "1"
COMPILED = ("renault_small", "renault_medium")
INSTANCES = ("random310", *data.FILES)
LARGE = ("automotive01", "C168_FW", "financial_services")
"""So many options that one question each is asked of every tenth click only; see `certify`."""
pytestmark = pytest.mark.prove


@functools.cache
def problem_of(name: str) -> Problem:
    if name == "random310":
        return random310()
    if not data.has(name):
        pytest.skip(data.SKIPPED)
    return data.load(name)


@functools.cache
def compiled(name: str) -> DiagramEngine:
    problem = problem_of(name)
    slices = compile_problem(problem)
    assert slices is not None
    return DiagramEngine(problem, slices)


def certify(plain: PlainSat, choices: Sequence[int], bits: bytes) -> None:
    """Every "some car has it" is shown by a car of the plain solver, every "none has it" by its refusal.

    As strong as a question a literal, but a car speaks for all its options at once.
    """
    count = plain.problem.count
    literals = [*range(1, count + 1), *range(-count, 0)]
    claimed = {lit for lit in literals if bits[abs(lit)] & (TRUE if lit > 0 else 2)}
    open_ = set(claimed)
    while open_:
        assert plain.can([*choices, min(open_, key=abs)]), (choices, min(open_, key=abs))
        open_ -= set((plain.solver.get_model() or [])[:count])
    refused = [lit for lit in literals if lit not in claimed and plain.can([*choices, lit])]
    assert refused == []


@pytest.mark.parametrize("name", INSTANCES)
def test_recorded_clicks_get_the_sets_of_a_plain_solver(name: str) -> None:
    problem = problem_of(name)
    tiers: list[Engine] = [SatEngine(problem)]
    if name in COMPILED:
        tiers.append(compiled(name))
    with closing(PlainSat(problem)) as plain:
        many = SESSIONS if FULL else 1 if name in LARGE else 2
        recorded = sessions(plain, seed=SEED, count=many)
        assert sum(len(session) for session in recorded) >= many * CLICKS * 3 // 4
        for place, choices in enumerate(choices for session in recorded for choices in session):
            answers = {engine.domains(choices) for engine in tiers}
            assert len(answers) == 1, choices
            bits = answers.pop()
            certify(plain, choices, bits)
            if name not in LARGE or place % 10 == 0:
                assert bits == plain.domains(choices), choices
            if place % 3 == 0 and name not in LARGE:
                expected = plain.relaxed(choices)
                assert {engine.relaxed(choices) for engine in tiers} == {expected}, choices
    tiers[0].close()


@functools.cache
def orders(name: str) -> tuple[list[data.Sale], list[data.Sale]]:
    """The orders of a history: those that satisfy the rules, and the others."""
    problem = problem_of(name)
    every = list(data.sales(name, problem))
    assert len(every) > 5_000
    good = [sale for sale in every if not sale.unknown and compiled(name).solvable(sale.options)]
    others = [sale for sale in every if not compiled(name).solvable(sale.options)]
    if FULL:
        return good, others
    chance = random.Random(SEED)
    return chance.sample(good, 60), chance.sample(others, 60)


@pytest.mark.parametrize("name", COMPILED)
def test_a_real_order_can_be_clicked_together_in_any_order(name: str) -> None:
    chance = random.Random(SEED)
    engine = compiled(name)
    sat = SatEngine(problem_of(name))
    good, _ = orders(name)
    for place, sale in enumerate(good):
        clicks = list(sale.options)
        chance.shuffle(clicks)
        for step, option in enumerate(clicks):
            offered = engine.domains(clicks[:step])
            assert offered[option] & TRUE, (sale, clicks[:step], option)
        if place % 50 == 0:
            assert sat.domains(clicks) == engine.domains(clicks)
    sat.close()


@pytest.mark.parametrize("name", COMPILED)
def test_an_order_that_nobody_can_build_has_a_minimal_conflict_and_a_smallest_correction(
    name: str,
) -> None:
    problem, engine = problem_of(name), compiled(name)
    _, others = orders(name)
    with closing(Explainer(problem)) as explainer:
        for place, sale in enumerate(others):
            conflict = explainer.minimal_conflict(sale.options)
            assert conflict
            assert not engine.solvable(conflict)
            for left_out in conflict:
                assert engine.solvable([one for one in conflict if one != left_out])
            kept = most_kept(engine, sale.options)
            assert engine.solvable(kept)
            if place % 100 == 0:
                assert len(sale.options) - len(kept) == smallest_correction(problem, sale.options)


def most_kept(engine: DiagramEngine, options: Sequence[int]) -> list[int]:
    """As many of the options as one car can have: the cheapest car when each of them pays one."""
    costs = [0] * (engine.problem.count + 1)
    for option in options:
        costs[option] = -1
    found = engine.cheapest((), costs)
    assert found is not None
    return [option for option in options if option in found[1]]


def smallest_correction(problem: Problem, options: Sequence[int]) -> int:
    """How many options must go, by the hitting sets of a plain solver's cores."""
    with closing(PlainSat(problem)) as plain:

        def ask(given_up: frozenset[int]) -> frozenset[int] | None:
            if plain.can([option for option in options if option not in given_up]):
                return None
            return frozenset(plain.solver.get_core() or ())

        return len(next(ways(ask, dict.fromkeys(options, 1), limit=100_000)))
