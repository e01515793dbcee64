"""Models with their diagrams, as a release carries them: for tests of the compiled tier."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from catalog.domain.catalogue import Model
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.costs import Prices, priced
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.stored import store
from catalog.domain.configuration.encoding import Encoder, problem_of


def with_diagrams(model: Model, market: str, day: date, *books: Prices) -> Model:
    """The model with the diagrams of one market and day, and of some price books; raises AssertionError if too large."""
    plan = Blueprint(model, market, day)
    problems = [problem_of(Encoder(tuple(plan.order)), plan)]
    problems += [priced(plan, prices).problem for prices in books]
    found: dict[str, str] = {}
    for problem in problems:
        slices = compile_problem(problem)
        assert slices is not None
        key, value = store(slices)
        found[key] = value
    return replace(model, diagrams=found)
