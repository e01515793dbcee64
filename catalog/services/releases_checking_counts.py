"""How many cars each trim has today, and which tier serves each model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.services.releases_checking_stretches import Stretches
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
        cars = today.engine.count([today.variable(trim.atom)])
        yield TrimCount(subject.model.code, subject.market.code, trim.code, trim.name, cars)


def served(found: Stretches) -> Iterator[Served]:
    """How one model is served in one market."""
    subject = found.subject
    yield Served(subject.model.code, subject.market.code, subject.model.name, "sat", 0, 0)
