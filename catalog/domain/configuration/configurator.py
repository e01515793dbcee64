"""The configurator: status of every option, and the answer to a click; exact, explained, repaired.

Formally, `choices` are what the buyer clicked, with exactly one trim. An option is *available* when some buildable car
has it and all choices but its own sibling (the choice of the same `one` group; for a trim, the present trim). See
docs/rules/configurator.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from catalog.domain.catalogue import TRIM_PREFIX, Model
from catalog.domain.configuration.answering import Answer, Question, no_trim, rank, task_of
from catalog.domain.configuration.answers import (
    Best,
    Change,
    Days,
    Evaluation,
    Repair,
    Status,
    Undo,
)
from catalog.domain.configuration.budget import best_within
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.configuration.completion import Completer, Completion, Reasons, Task
from catalog.domain.configuration.costs import Prices
from catalog.domain.configuration.engine import Bench, Benches, Workshop
from catalog.domain.configuration.explanation import Conflict, conflict
from catalog.domain.configuration.statuses import Statuses
from catalog.errors import NotBuildable

__all__ = ["Best", "Change", "Configurator", "Evaluation", "Repair", "Status", "Undo"]


class Configurator:
    """One model in one market on one day; safe to share between threads."""

    def __init__(self, model: Model, market: str, day: date, *, tier: str | None = None) -> None:
        """Diagrams serve where the release has them, else the solver; `tier` (`compiled`, `sat`) forces one.

        Raises MarketNotOnSale, RuleError, ExpressionError; ValueError for a forced tier without diagrams.
        """
        self.plan = Blueprint(model, market, day)
        self._shop = Workshop(self.plan, tier=tier)
        self._benches = Benches(lambda: Bench(self._shop))
        self._statuses = Statuses(self.plan)
        self._number = self.plan.bits.number

    @property
    def tier(self) -> str:
        """`compiled` or `sat`."""
        return self._shop.tier

    def car(self, choices: Iterable[str]) -> Car:
        """The buildable car of these choices; raises UnknownOption, NotBuildable with `facts.violations`."""
        car = self.plan.close(choices)
        violations = self.plan.violations(car)
        if violations:
            named = ", ".join(str(v.structure or v.code) for v in violations)
            raise NotBuildable(
                f"this {car.model} cannot be built: {named}",
                facts={"violations": [violation.facts() for violation in violations]},
            )
        return car

    def default_choices(self) -> tuple[str, ...]:
        """The first trim whose car needs no further choice; raises NotBuildable when there is none."""
        for trim in self.plan.model.trims:
            closure = self.plan.closure([trim.atom])
            if self.plan.buildable(closure.on, trim.code):
                return (trim.atom,)
        raise NotBuildable(
            f"no trim of {self.plan.model.code} can be built", facts={"violations": []}
        )

    def statuses(self, choices: Iterable[str]) -> Mapping[str, Status]:
        """The status of every option and trim for these choices; raises as `evaluate`."""
        clicked = tuple(choices)
        closure = self.plan.closure(clicked)
        number = self._number
        literals = [number[code] for code in clicked]
        bench = self._benches.take()
        try:
            bits = bench.relaxed(literals)
        finally:
            self._benches.give(bench)
        return self._statuses.read(closure, literals, bits)

    def count(self, choices: Iterable[str]) -> int | None:
        """How many cars have these choices; None where the solver serves: it cannot count. Raises UnknownOption."""
        clicked = tuple(choices)
        self.plan.check_known(clicked)
        with self._benches.lent() as bench:
            return bench.engine.count(bench.literals(clicked))

    def evaluate(
        self,
        choices: Iterable[str],
        change: Change | None = None,
        *,
        prices: Prices,
        days: Days,
        pinned: Iterable[str] = (),
    ) -> Evaluation:
        """The state of the choices, or what the click does to it; repairs give up what is `pinned` last.

        Raises UnknownOption, NotBuildable without one trim.
        """
        clicked = tuple(dict.fromkeys(choices))
        self.plan.closure(clicked)
        kept = frozenset(pinned)
        self.plan.check_known([*kept, *([change.option] if change else [])])
        with self._benches.lent() as bench:
            question = Question(clicked, prices, days, kept)
            answer = Answer(
                bench,
                self._statuses,
                question,
                lambda task, found: self._explained(task, found, prices),
            )
            return answer.state() if change is None else answer.click(change)

    def conflict(self, choices: Iterable[str], change: Change) -> Conflict | None:
        """Why the click cannot be had, as `evaluate` says it; None where it can. Raises as `evaluate`."""
        clicked = tuple(dict.fromkeys(choices))
        self.plan.closure(clicked)
        self.plan.check_known([change.option])
        task = task_of(self.plan, clicked, change)
        if task is None:
            return no_trim(change.option)
        with self._benches.lent() as bench:
            literals = bench.literals(task.choices) + [-lit for lit in bench.literals(task.off)]
            return None if bench.solvable(literals) else conflict(bench, task.choices, task.off)

    def complete(self, choices: Iterable[str], *, prices: Prices) -> Completion | None:
        """The cheapest buildable car with these choices, over every trim when none is chosen; None when there is none.

        Raises UnknownOption.
        """
        clicked = tuple(dict.fromkeys(choices))
        self.plan.check_known(clicked)
        trims = [code for code in clicked if code.startswith(TRIM_PREFIX)]
        if len(trims) > 1:
            return None
        starts = [clicked] if trims else [(t.atom, *clicked) for t in self.plan.model.trims]
        best: tuple[Completion, Task] | None = None
        with self._benches.lent() as bench:
            completer = Completer(bench, prices)
            for task in map(Task, starts):
                found = completer.cheapest(task)
                if found and (best is None or rank(found) < rank(best[0])):
                    best = found, task
        return best and self._explained(best[1], best[0], prices)

    def best_within(self, choices: Iterable[str], budget: int, *, prices: Prices) -> Best | None:
        """The best car with these choices whose list price is not above `budget` (minor units); see `budget.py`.

        Over every trim when none is chosen. None when no car has the choices at all. Raises UnknownOption,
        NoCarInBudget with the list price of the cheapest such car as `facts.cheapest` (minor units).
        """
        clicked = tuple(dict.fromkeys(choices))
        self.plan.check_known(clicked)
        with self._benches.lent() as bench:
            found = best_within(Completer(bench, prices), clicked, budget)
        if found is None:
            return None
        best, task = found
        return replace(best, completion=self._explained(task, best.completion, prices))

    def _explained(self, task: Task, found: Completion, prices: Prices) -> Completion:
        """The completion with reasons, which are worked out when they are read."""
        if not found.adds:
            return found

        def reasons() -> Mapping[str, tuple[str, ...]]:
            with self._benches.lent() as bench:
                return Completer(bench, prices).reasons(task, found)

        return replace(found, reasons=Reasons(reasons))
