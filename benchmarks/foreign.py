"""Clicks on models that are not ours: which instance, on which tier, against which targets.

A click is `Engine.domains`: for every option whether some car with the choices has it and whether one does without.
Naive and CP-SAT answer the same question; what they found is compared with what the engine found.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from benchmarks.measuring import Target, Timing, click_rows, ratio_row, timed
from benchmarks.oracles import CpSat, PlainSat, possible
from benchmarks.report import Row
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.tiers import Engine

SEED = 20261122
TRAINING = 7
"""Seed of the sessions that warm an engine up: other buyers were here before the measured ones."""
SESSIONS = 30
CLICKS = 12
Choices = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """A model to click on: `sampled` sessions are asked of the naive loop, CP-SAT gets `peer_s` seconds."""

    name: str
    load: Callable[[], Problem]
    engine: Callable[[Problem], Engine]
    target: Target
    sampled: int = 5
    peer_s: float = 3.0


def sessions(plain: PlainSat, *, seed: int, count: int = SESSIONS) -> list[list[Choices]]:
    """Recorded sessions: the choices after each of up to 12 clicks on options that are still to be had.

    Three of ten clicks on an option by itself say that it is not wanted. The plain oracle decides what can be clicked.
    """
    chance = random.Random(seed)
    return [_session(plain, chance) for _ in range(count)]


def _session(plain: PlainSat, chance: random.Random) -> list[Choices]:
    states: list[Choices] = []
    choices: Choices = ()
    wanted = [lit for lit in plain.asked if lit > 0]
    while len(states) < CLICKS:
        open_ = [lit for lit in wanted if lit not in choices and -lit not in choices]
        chance.shuffle(open_)
        for lit in open_:
            wish = -lit if lit not in plain.group_of and chance.random() < 0.3 else lit
            if plain.can([*choices, wish]):
                choices = (*choices, wish)
                break
        else:
            break
        states.append(choices)
    return states


def rows(instance: Instance) -> list[Row]:
    """The figures of one instance; raises AssertionError where an answer is not the oracle's."""
    problem = instance.load()
    with closing(PlainSat(problem)) as plain, closing(instance.engine(problem)) as engine:
        recorded = sessions(plain, seed=SEED)
        for session in sessions(plain, seed=TRAINING):
            for choices in session:
                engine.domains(choices)
        clicks = [choices for session in recorded for choices in session]
        ours = timed(engine.domains, clicks)
        asked = [choices for session in recorded[: instance.sampled] for choices in session]
        naive = timed(plain.click, asked)
        _verify(instance.name, engine, plain, asked)
        name = f"configurator.{instance.name}.click"
        found = click_rows(name, ours, instance.target)
        found.append(ratio_row(name, naive.times, ours.times[: len(asked)], instance.target))
        if instance.peer_s:
            found.append(_peer_row(name, problem, plain, asked, ours, instance.peer_s))
        return found


def _verify(name: str, engine: Engine, plain: PlainSat, asked: Sequence[Choices]) -> None:
    for choices in asked[::3]:
        assert possible(engine.domains(choices), plain.asked) == plain.click(choices), (
            name,
            choices,
        )


def _peer_row(
    name: str,
    problem: Problem,
    plain: PlainSat,
    asked: Sequence[Choices],
    ours: Timing,
    within: float,
) -> Row:
    """CP-SAT harvesting on one click; where its time is cut the ratio is a lower bound."""
    place = min(5, len(asked) - 1)
    peer = CpSat(problem).click(asked[place], plain.asked, within=within)
    ratio = peer.spent_ms / statistics.median(ours.times)
    return Row(f"{name}.vs_cpsat", ratio, "ratio", ">= 100")


def cheapest_rows(name: str, problem: Problem, make: Callable[[Problem], Engine]) -> list[Row]:
    """The cheapest car with the choices of each recorded click, at drawn prices; CP-SAT proves a sample.

    What one car has is standard and free, as on every price list; each other option costs something.
    """
    with closing(PlainSat(problem)) as plain, closing(make(problem)) as engine:
        prices = _prices(plain)
        recorded = sessions(plain, seed=SEED)
        clicks = [choices for session in recorded for choices in session]
        for choices in [c for session in sessions(plain, seed=TRAINING, count=5) for c in session]:
            engine.cheapest(choices, prices)
        timing = timed(lambda choices: engine.cheapest(choices, prices), clicks)
        peer = CpSat(problem)
        for choices in clicks[:: len(clicks) // 12]:
            found = engine.cheapest(choices, prices)
            assert found is not None
            assert found[0] == sum(prices[v] for v in found[1]), (name, choices)
            assert found[0] == peer.cheapest(choices, prices), (name, choices)
    return click_rows(f"configurator.{name}.cheapest", timing, Target(10, 50))


def _prices(plain: PlainSat) -> list[int]:
    chance = random.Random(SEED)
    prices = [0, *(chance.randrange(100, 9_000, 100) for _ in range(plain.problem.count))]
    assert plain.can([])
    for literal in (plain.solver.get_model() or [])[: plain.problem.count]:
        if literal > 0:
            prices[literal] = 0
    return prices
