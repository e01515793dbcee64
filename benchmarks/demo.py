"""Clicks, conflicts, repairs and completions on the demo's models, through the tier that the release chose.

`click` is `Configurator.statuses`: from codes to the status of every option and trim. Its `vs_naive` compares like with
like: what the engine and what the naive loop find out, neither of which says it in words; `vs_naive_in_words` gives the
naive loop its words for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from benchmarks.demo_clicks import Click, Desk, record
from benchmarks.measuring import Target, click_rows, timed
from benchmarks.oracles import CpSat, PlainSat, possible
from benchmarks.report import Row
from catalog.domain.catalogue import Catalogue
from catalog.domain.configuration.costs import priced
from catalog.domain.configuration.diagram.arrays import Slices
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.problem import Problem
from tests.factories.catalogue import MODELS, demo_catalogue

SEED, TRAINING = 20261122, 7
CLICK = Target(0.1, 0.5, 50)
CONFLICT = Target(0.5, 5)
REPAIR = Target(2, 10)
CHEAPEST = Target(0.1, 0.5)
Choices = tuple[str, ...]


def rows() -> list[Row]:
    """The figures of each model, then the worst of the models as `configurator.demo.*`."""
    catalogue = demo_catalogue()
    every = [list(_model_rows(catalogue, code)) for code in MODELS]
    return [row for rows in every for row in rows] + [
        _worst(same) for same in zip(*every, strict=True)
    ]


def _worst(same: Sequence[Row]) -> Row:
    """Of one figure of every model the worst, under the name without the model."""
    pick = max if same[0].target.startswith("<=") else min
    found = pick(same, key=lambda row: row.value)
    first, demo, _, *rest = found.name.split(".")
    return replace(found, name=".".join([first, demo, *rest]))


def _model_rows(catalogue: Catalogue, code: str) -> Iterator[Row]:
    name = f"configurator.demo.{code}"
    desk = Desk(catalogue, code)
    training = record(desk, seed=TRAINING)
    clicks = record(desk, seed=SEED)

    def fresh() -> Desk:
        """A desk where other buyers were before: what it remembers is theirs, not the clicks that are measured."""
        found = Desk(catalogue, code)
        for click in training:
            found.statuses(click.choices)
            found.evaluate(click.choices, click.change)
            found.configurator.complete(click.choices, prices=found.prices)
        return found

    yield from _click_rows(name, fresh(), clicks)
    blocked = [click for click in clicks if click.outcome == "blocked"]
    shop = fresh()
    conflicts = timed(lambda one: shop.configurator.conflict(one.choices, one.change), blocked)
    yield from click_rows(f"{name}.conflict", conflicts, CONFLICT)
    shop = fresh()
    repairs = timed(lambda one: shop.evaluate(one.choices, one.change), blocked)
    yield from click_rows(f"{name}.repair", repairs, REPAIR)
    shop = fresh()
    states = [click.choices for click in clicks]
    cheapest = timed(lambda one: shop.configurator.complete(one, prices=shop.prices), states)
    yield from click_rows(f"{name}.cheapest", cheapest, CHEAPEST)
    yield from _compiled_rows(name, desk)


def _click_rows(name: str, desk: Desk, clicks: Sequence[Click]) -> Iterator[Row]:
    """Statuses as a buyer sees them, and what lies below against the naive loop; the sets are compared."""
    states = [click.choices for click in clicks]
    plan = desk.configurator.plan
    encoder = Encoder(plan.order)
    problem = problem_of(encoder, plan)
    asked = [tuple(encoder.variables[code] for code in choices) for choices in states]
    in_words = timed(desk.statuses, states)
    with closing(PlainSat(problem)) as plain, closing(_engine(problem)) as engine:
        bits = timed(engine.relaxed, asked)
        naive = timed(plain.shop_click, asked)
        for choices, literals in list(zip(states, asked, strict=True))[::4]:
            _compare(
                desk, choices, plain, possible(engine.relaxed(literals), plain.asked), literals
            )
        peer = CpSat(problem).click(asked[5], plain.asked, within=3)
    yield from click_rows(f"{name}.click", in_words, CLICK)
    yield Row(f"{name}.click.vs_naive", naive.median / bits.median, "ratio", f">= {CLICK.ratio:g}")
    yield Row(f"{name}.click.vs_naive_in_words", naive.median / in_words.median, "ratio", ">= 10")
    yield Row(f"{name}.click.vs_cpsat", peer.spent_ms / in_words.median, "ratio", ">= 100")


def _compare(
    desk: Desk, choices: Choices, plain: PlainSat, found: set[int], literals: Sequence[int]
) -> None:
    naive = plain.shop_click(literals)
    assert found == naive, choices
    always = {lit for lit in range(1, plain.problem.count + 1) if not plain.can([-lit])}
    for code, status in desk.statuses(choices).items():
        variable = plain.problem.names.index(code)
        if status.status in ("available", "unavailable"):
            can = variable in naive or variable in always
            assert can == (status.status == "available"), (choices, code)


def _engine(problem: Problem) -> DiagramEngine:
    slices = compile_problem(problem)
    assert slices is not None
    return DiagramEngine(problem, slices)


def _compiled_rows(name: str, desk: Desk) -> Iterator[Row]:
    """Compiling a model for a market and its price book anew, and what a process holds of it."""
    plan = desk.configurator.plan
    began = time.thread_time()
    plain = compile_problem(problem_of(Encoder(plan.order), plan))
    ledger = compile_problem(priced(plan, desk.prices).problem)
    spent = time.thread_time() - began
    held = sum(slices.held for slices in (plain, ledger) if isinstance(slices, Slices))
    assert plain is not None
    assert ledger is not None
    yield Row(f"{name}.compile_s", spent, "s", "<= 2")
    yield Row(f"{name}.memory_kb", held / 1000, "kB", "<= 1000")
