"""Diagrams for a release document: every model, market and stretch of days with the same rules (docs/rules/release.md).

They are made from the document itself, so equal documents get equal diagrams. A model that does not compile, or whose
rules or prices cannot be read, has none: the checks say what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from catalog.domain.catalogue import Catalogue, Model, read_catalogue
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.costs import priced
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.identity import problem_key
from catalog.domain.configuration.diagram.stored import store
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.rules import boundaries
from catalog.domain.pricing import PriceList, local_day
from catalog.errors import CatalogError

KEPT = 512
"""So many compiled problems a process remembers: publishing again compiles what changed."""


class _Once:
    """A problem that is equal to another when it says the same."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.key = problem_key(problem)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=KEPT)
def _stored(once: _Once) -> tuple[str, str] | None:
    slices = compile_problem(once.problem)
    return None if slices is None else store(slices)


def with_diagrams(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with `models[].diagrams`; the given one is not changed. Equal documents give equal ones."""
    plain = {**document, "models": [_without(model) for model in document["models"]]}
    catalogue = read_catalogue(plain, code="", fingerprint="")
    models = []
    for model in plain["models"]:
        found = [_stored(_Once(problem)) for problem in _problems(catalogue, model["code"])]
        diagrams = dict(pair for pair in found if pair is not None)
        models.append({**model, "diagrams": diagrams} if diagrams else model)
    return {**plain, "models": models}


def _without(model: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in model.items() if key != "diagrams"}


def _problems(catalogue: Catalogue, code: str) -> Iterator[Problem]:
    """Every problem that the configurator may be asked about for a model."""
    model = catalogue.models[code]
    for market in model.availability:
        starts = (date.min, *boundaries(model, market))
        for start, end in zip(starts, (*starts[1:], date.max), strict=True):
            try:
                plan = Blueprint(model, market, start)
                yield problem_of(Encoder(plan.order), plan)
            except CatalogError:
                continue
            yield from _priced(catalogue, plan, start, end)


def _priced(catalogue: Catalogue, plan: Blueprint, start: date, end: date) -> Iterator[Problem]:
    """The same with the bills of every price book that may be in force between the two days."""
    for prices in _price_lists(catalogue, plan.model, plan.market, start, end):
        try:
            yield priced(plan, prices).problem
        except CatalogError:
            continue


def _price_lists(
    catalogue: Catalogue, model: Model, market: str, start: date, end: date
) -> Iterator[PriceList]:
    """The price books of the market whose time meets the days; a day of margin for time zones."""
    where = catalogue.markets.get(market)
    if where is None:
        return
    books = sorted(
        (book for book in catalogue.price_books if book.market == market),
        key=lambda book: (book.valid_from, book.code),
    )
    for place, book in enumerate(books):
        begins = local_day(where, book.valid_from)
        later = books[place + 1 :]
        ends = local_day(where, later[0].valid_from) if later else date.max
        if begins <= end and start <= ends:
            yield PriceList(model, market, book, catalogue)
