"""What the checks ask about: one model in one market, and the stretches of days in which its rules stay the same.

A stretch answers from the engine that will serve it; reasons come from a prover, made when one is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from catalog.domain.catalogue import Catalogue, Market, Model, Trim
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.configuration.diagram.arrays import Slices
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.diagram.stored import slices_of
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.expression import Atom, Expression, Not, conjunction, disjunction
from catalog.domain.configuration.lint import Prover
from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.rules import ActiveRule, boundaries, interval
from catalog.domain.configuration.sat.engine import SatEngine
from catalog.domain.configuration.tiers import FALSE, TRUE, Engine
from catalog.domain.pricing import local_day
from catalog.errors import NotBuildable
from catalog.services.releases_checking_words import ERROR, WARNING, Speech

CONDITIONS = "conditions"
"""The part that defines what the `if` of each rule means to a prover."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One model in one market at one moment; `level` is what a fault weighs there."""

    catalogue: Catalogue
    model: Model
    market: Market
    now: datetime

    @property
    def level(self) -> str:
        """An error where the market is on sale, else a warning."""
        return ERROR if self.market.on_sale else WARNING

    @property
    def today(self) -> date:
        """The day of the moment where the market is."""
        return local_day(self.market, self.now)

    @property
    def speech(self) -> Speech:
        """The words of this model in this market."""
        return Speech(self.model, self.market)


class Plans:
    """Blueprints, each made once for a model, a market and the days in which the same rules are in force."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, date], Blueprint] = {}

    def car(self, model: Model, market: str, day: date, choices: Iterable[str]) -> Car:
        """The buildable car of these choices; raises UnknownOption, NotBuildable with `facts.violations`."""
        key = (model.code, market, interval(model, market, day))
        if key not in self._kept:
            self._kept[key] = Blueprint(model, market, key[2])
        plan = self._kept[key]
        car = plan.close(choices)
        violations = plan.violations(car)
        if violations:
            facts = {"violations": [violation.facts() for violation in violations]}
            raise NotBuildable(f"this {model.code} cannot be built", facts=facts)
        return car


class Stretch:
    """The days from `since` until the next change of a binding rule."""

    def __init__(self, model: Model, market: str, since: date) -> None:
        """Raises MarketNotOnSale, RuleError, ExpressionError."""
        self.model = model
        self.since = since
        self.plan = Blueprint(model, market, since)
        self._encoder = Encoder(self.plan.order)
        self.problem: Problem = problem_of(self._encoder, self.plan)
        self._domains: dict[str, bytes] = {}

    @property
    def binding(self) -> tuple[str, ...]:
        """The codes of the rules that decide what is buildable."""
        return tuple(rule.code for rule in self.plan.binding)

    @cached_property
    def slices(self) -> Slices | None:
        """The diagrams that the release keeps for these days; a document that was not published yet has none."""
        return slices_of(self.model.diagrams, self.problem)

    @cached_property
    def engine(self) -> Engine:
        """The tier that serves these days; both give the same answers."""
        found = self.slices
        return SatEngine(self.problem) if found is None else DiagramEngine(self.problem, found)

    def variable(self, code: str) -> int:
        """The number of an option or trim."""
        return self.plan.order[code] + 1

    def domains(self, trim: Trim) -> bytes:
        """The bits of every option and trim over the cars of this trim."""
        if trim.code not in self._domains:
            self._domains[trim.code] = self.engine.domains([self.variable(trim.atom)])
        return self._domains[trim.code]

    def empty(self, trim: Trim) -> bool:
        """Whether no car of the trim exists."""
        return not any(self.domains(trim))

    @cached_property
    def contradictory(self) -> bool:
        """Whether no car of any trim exists."""
        return not self.engine.solvable(())

    @cached_property
    def sound(self) -> bool:
        """Whether every trim has a car."""
        return not any(self.empty(trim) for trim in self.model.trims)

    def dead(self, trim: Trim) -> list[str]:
        """The options the trim offers and no car of it has."""
        bits = self.domains(trim)
        return [c for c in self.plan.marks[trim.code] if not bits[self.variable(c)] & TRUE]

    def forced(self, trim: Trim) -> list[str]:
        """The options the trim offers for choice and no car of it does without."""
        bits, marks = self.domains(trim), self.plan.marks[trim.code]
        return [c for c in marks if marks[c] == "O" and not bits[self.variable(c)] & FALSE]

    def why(self, on: Iterable[str] = (), off: Iterable[str] = ()) -> tuple[str, ...]:
        """A minimal set of rules and structure no car of which has `on` without `off`; empty where one exists."""
        literals = [self.variable(code) for code in on] + [-self.variable(code) for code in off]
        return self.prover.reasons(literals) or ()

    @cached_property
    def prover(self) -> Prover:
        """A solver that knows the parts, and for each rule with an `if` a variable that implies it."""
        return Prover(self._with_conditions)

    @cached_property
    def speaking(self) -> dict[str, int]:
        """For each rule with an `if`: the variable under which it speaks."""
        return {
            rule.code: self._encoder.named(f"if:{rule.code}")
            for rule in self.plan.rules
            if rule.when is not None
        }

    @cached_property
    def _with_conditions(self) -> Problem:
        clauses: list[tuple[int, ...]] = []
        for rule in self.plan.rules:
            if rule.code in self.speaking:
                meant = disjunction([Not(Atom(f"if:{rule.code}")), _speaks(rule)])
                clauses += [tuple(clause) for clause in self._encoder.clauses(meant)]
        part = Part(CONDITIONS, False, tuple(clauses))
        return replace(self.problem, top=self._encoder.top, parts=(*self.problem.parts, part))

    def silent(self, code: str) -> bool:
        """Whether no car that keeps all other rules meets the `if` of this one."""
        if code not in self.speaking:
            return False
        names = [part.name for part in self.prover.problem.parts]
        place = names.index(code) if code in names else None
        return not self.prover.solvable([self.speaking[code]], leaving_out=place)

    def implied(self, code: str) -> bool:
        """Whether all other rules and the structure say already what this rule says."""
        names = [part.name for part in self.prover.problem.parts]
        return code in names and bool(self.prover.implied(names.index(code)))

    def close(self) -> None:
        """Frees the solvers."""
        for name in ("engine", "prover"):
            if name in self.__dict__:
                self.__dict__[name].close()


def _speaks(rule: ActiveRule) -> Expression:
    parts: list[Expression] = [rule.when] if rule.when is not None else []
    if rule.trims:
        parts.append(disjunction([Atom(trim) for trim in sorted(rule.trims)]))
    return conjunction(parts)


@dataclass(slots=True)
class Stretches:
    """Every stretch from today on, in order; equal binding rules share one stretch's answers."""

    subject: Subject
    days: list[date] = field(default_factory=list)
    all: list[Stretch] = field(default_factory=list)

    def span(self, places: Iterable[int]) -> list[tuple[date, date | None]] | None:
        """The runs of days of these stretches as (from, until); None where they are all there are."""
        wanted = sorted(set(places))
        if len(wanted) == len(self.days):
            return None
        runs: list[tuple[date, date | None]] = []
        for place in wanted:
            until = self.days[place + 1] if place + 1 < len(self.days) else None
            if runs and runs[-1][1] == self.days[place]:
                runs[-1] = (runs[-1][0], until)
            else:
                runs.append((self.days[place], until))
        return runs


@contextmanager
def stretches(subject: Subject) -> Iterator[Stretches]:
    """The stretches of a model in a market, closed afterwards; raises MarketNotOnSale, RuleError, ExpressionError."""
    market, today = subject.market.code, subject.today
    found = Stretches(subject)
    known: dict[tuple[str, ...], Stretch] = {}
    try:
        for day in (today, *(day for day in boundaries(subject.model, market) if day > today)):
            fresh = Stretch(subject.model, market, day)
            found.days.append(day)
            found.all.append(known.setdefault(fresh.binding, fresh))
        yield found
    finally:
        for stretch in known.values():
            stretch.close()
