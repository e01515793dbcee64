"""How many cars each trim has today, and which tier serves each model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from catalog.domain.catalogue import Catalogue, Trim
from catalog.domain.configuration.diagram.arrays import Slices
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.problem import Problem
from catalog.services.releases_checking_stretches import Stretch, Stretches, Subject, stretches
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class TrimCount:
    """Exactly how many different cars of a trim can be built today; None where the rules are too many to count."""

    model: str
    market: str
    trim: str
    name: Text
    cars: int | None


@dataclass(frozen=True, slots=True)
class Served:
    """The tier that serves a model in a market today: `compiled` or `sat`, and the size of its diagrams."""

    model: str
    market: str
    name: Text
    tier: str
    nodes: int
    kilobytes: int


def counts(found: Stretches) -> Iterator[TrimCount]:
    """The trims of one model in one market, in the catalogue's order."""
    subject, today = found.subject, found.all[0]
    for trim in subject.model.trims:
        cars = cars_of(today, trim)
        yield TrimCount(subject.model.code, subject.market.code, trim.code, trim.name, cars)


def tally(catalogue: Catalogue, now: datetime) -> Iterator[tuple[Served, list[TrimCount]]]:
    """Each model and market of a published release; raises CatalogError for rules that cannot be read."""
    for model in catalogue.models.values():
        for market in catalogue.markets.values():
            if model.availability.get(market.code):
                with stretches(Subject(catalogue, model, market, now)) as found:
                    [tier] = served(found)
                    yield tier, list(counts(found))


def cars_of(stretch: Stretch, trim: Trim) -> int | None:
    """How many different cars of the trim can be built in these days; None where nobody can count them."""
    return _diagrams(stretch)[0].get(trim.atom)


def served(found: Stretches) -> Iterator[Served]:
    """How one model is served in one market."""
    subject = found.subject
    _, nodes, kilobytes = _diagrams(found.all[0])
    tier = "compiled" if nodes else "sat"
    yield Served(
        subject.model.code, subject.market.code, subject.model.name, tier, nodes, kilobytes
    )


Counted = tuple[dict[str, int], int, int]
"""Cars by trim, nodes and kilobytes of the diagrams; empty where there are none."""


def _diagrams(stretch: Stretch) -> Counted:
    """From the diagrams that the release keeps; a document that was not published yet is compiled here."""
    if not stretch.model.diagrams:
        return _compiled(stretch.problem)
    return _counted(stretch.problem, stretch.slices)


@lru_cache(maxsize=32)
def _compiled(problem: Problem) -> Counted:
    return _counted(problem, compile_problem(problem))


def _counted(problem: Problem, slices: Slices | None) -> Counted:
    if slices is None or problem.hub is None:
        return {}, 0, 0
    engine = DiagramEngine(problem, slices)
    cars = {problem.names[trim]: engine.count([trim]) for trim in problem.groups[problem.hub]}
    return cars, slices.nodes, -(-slices.held // 1024)
