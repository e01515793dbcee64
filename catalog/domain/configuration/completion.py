"""The cheapest car that keeps what was chosen, exactly, and why each addition is there.

Two promises. `cheapest`: no buildable car with these choices costs less; it may add a package that is cheaper than the
chosen parts. `cheapest_needed`: the same among cars in which no addition can be spared, for answers to a click:
nothing is touched that the click does not need. Equal prices: fewer additions, then the model's order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.car import Car
from catalog.domain.configuration.costs import Bills, Prices
from catalog.domain.configuration.engine import Bench
from catalog.domain.configuration.hitting import SearchLimitError, ways

PER_ADDITION = 1
PER_MINOR_UNIT = 1000
"""Prices come first: no number of additions outweighs one minor unit."""
QUESTIONS = 5000
"""How often the solver may be asked for the cheapest car; after that a good one is given."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A buildable car that keeps the choices: `choices` after, `adds` in the model's order, list price in minor units.

    `reasons` gives for each addition the rules and structure that demand it; empty when it only saves money.
    `proven` is false when the search was cut short: a good car, but perhaps not the cheapest.
    """

    choices: tuple[str, ...]
    adds: tuple[str, ...]
    car: Car
    price: int
    reasons: Mapping[str, tuple[str, ...]]
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """What a completion has to keep: the choices with exactly one trim, and literals that must stay off the car."""

    choices: tuple[str, ...]
    off: tuple[str, ...] = ()


class Completer:
    """Completes choices on one bench by one price list."""

    def __init__(self, bench: Bench, prices: Prices) -> None:
        """Borrows the bench for as long as it is used."""
        self.bench = bench
        self.prices = prices

    def hard(self, task: Task) -> list[int]:
        """The literals that the task fixes."""
        return self.bench.literals(task.choices) + [-lit for lit in self.bench.literals(task.off)]

    def cheapest(self, task: Task) -> Completion | None:
        """The cheapest car of the task's trim, or None."""
        return self._search(task, spare=False)

    def cheapest_needed(self, task: Task) -> Completion | None:
        """The cheapest car of the task's trim without a spare addition, or None."""
        return self._search(task, spare=True)

    def _search(self, task: Task, *, spare: bool) -> Completion | None:
        start = self.bench.plan.close(task.choices)
        trim = start.trim
        costs = self.bench.bills_of(self.prices, trim)
        weights = self._weights(start, costs)
        hard = self.hard(task) + [-lit for lit in costs.barred]
        cars: dict[frozenset[int], frozenset[int]] = {}

        def ask(given_up: frozenset[int]) -> frozenset[int] | None:
            kept = [literal for literal in weights if literal not in given_up]
            if self.bench.solvable([*hard, *kept]):
                cars[given_up] = self.bench.model()
                return None
            return self.bench.core() & weights.keys()

        try:
            for way in ways(ask, weights, limit=QUESTIONS):
                if not spare or not self._spares(task, start, cars[way]):
                    return self._completion(task, start, cars[way])
        except SearchLimitError:
            return self._completion(task, start, self._good(hard, weights), proven=False)
        return None

    def _good(self, hard: list[int], weights: Mapping[int, int]) -> frozenset[int]:
        """A car that gives up little: the dearest wishes are kept first, none is given up in vain."""
        kept: list[int] = []
        for literal in sorted(weights, key=lambda one: (-weights[one], -one)):
            if self.bench.solvable([*hard, *kept, literal]):
                kept.append(literal)
        self.bench.solvable([*hard, *kept])
        return self.bench.model()

    def _weights(self, start: Car, costs: Bills) -> dict[int, int]:
        bench = self.bench
        weights: dict[int, int] = {}
        for code in bench.plan.options:
            if code not in start.options:
                amount = costs.simple.get(code, 0)
                weights[-bench.literal(code)] = amount * PER_MINOR_UNIT + PER_ADDITION
        for bill, (_, step) in costs.steps.items():
            if step:
                weights[-bill] = step * PER_MINOR_UNIT
        return weights

    def _spares(self, task: Task, start: Car, car: frozenset[int]) -> bool:
        """Whether a buildable car adds only a part of what `car` adds."""
        bench = self.bench
        at_start = set(bench.literals(start.options))
        options = range(len(bench.plan.model.trims) + 1, bench.count + 1)
        outside = [-lit for lit in options if lit not in car and lit not in at_start]
        base = [*self.hard(task), *outside]
        return any(
            bench.solvable([*base, -added]) for added in sorted(car - at_start) if added in options
        )

    def _completion(
        self, task: Task, start: Car, model: frozenset[int], *, proven: bool = True
    ) -> Completion:
        bench = self.bench
        options = [c for c in bench.codes(model) if not c.startswith(TRIM_PREFIX)]
        adds = self._clicks(task, start, options)
        car = bench.plan.close([*task.choices, *adds])
        return Completion(car.choices, adds, car, self.prices(car), {}, proven)

    def _clicks(self, task: Task, start: Car, options: Sequence[str]) -> tuple[str, ...]:
        """The fewest codes to click so that the choices close to exactly these options."""
        target = frozenset(options)
        full = self.bench.plan.close([*task.choices, *options])
        needed = tuple(c for c in options if c not in task.choices and c not in full.by)
        if self.bench.plan.close([*task.choices, *needed]).options == target:
            return needed
        # options that bring each other along: nobody clicked any of them
        return tuple(c for c in options if c not in start.options)

    def reasons(self, task: Task, found: Completion) -> dict[str, tuple[str, ...]]:
        """For each addition the rules and structure that demand it while nothing else is added."""
        bench = self.bench
        start = self.bench.plan.close(task.choices).options
        keep = set(bench.literals(found.car.options | start))
        trims = len(bench.plan.model.trims)
        outside = [-lit for lit in range(trims + 1, bench.count + 1) if lit not in keep]
        reasons: dict[str, tuple[str, ...]] = {}
        for added in found.adds:
            others = [code for code in found.adds if code != added]
            wishes = [*outside, *bench.literals([*others, *task.choices]), -bench.literal(added)]
            reasons[added] = (
                () if bench.solvable(wishes) else self._named(bench.minimal_core(wishes))
            )
        return reasons

    def _named(self, core: Collection[int]) -> tuple[str, ...]:
        return tuple(self.bench.selectors[lit].name for lit in core if lit in self.bench.selectors)
