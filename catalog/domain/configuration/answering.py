"""The answer to a click: what it does to the choices, or why it cannot be done and what would make it possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.answers import Change, Days, Evaluation, Repair
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.completion import Completer, Completion, Task
from catalog.domain.configuration.costs import Prices
from catalog.domain.configuration.engine import Bench
from catalog.domain.configuration.explanation import Conflict, conflict, corrections
from catalog.domain.configuration.statuses import Statuses

REPAIRS = 3

Explain = Callable[[Task, Completion], Completion]
"""Gives a completion its reasons."""


@dataclass(frozen=True, slots=True)
class Question:
    """Choices with the prices and delivery times by which answers are compared; `pinned` are given up last."""

    clicked: tuple[str, ...]
    prices: Prices
    days: Days
    pinned: frozenset[str] = frozenset()


def task_of(plan: Blueprint, clicked: tuple[str, ...], change: Change) -> Task | None:
    """What a click asks for; None for a car without a trim."""
    code = change.option
    if change.want:
        if code in clicked:
            return Task(clicked)
        family = plan.siblings(code)
        kept = [one for one in clicked if one not in family]
        return Task((code, *kept) if code.startswith(TRIM_PREFIX) else (*kept, code))
    if code.startswith(TRIM_PREFIX):
        return None if code in clicked else Task(clicked)
    rest = tuple(one for one in clicked if one != code)
    alone = plan.siblings(code) == (code,)
    return Task(rest, (code,) if alone else ())


def no_trim(code: str) -> Conflict:
    """The conflict of a car from which its trim was taken."""
    return Conflict((code,), (code,), (), ("group:trim",))


class Answer:
    """Answers one question on one bench."""

    def __init__(
        self, bench: Bench, statuses: Statuses, question: Question, explain: Explain
    ) -> None:
        """Borrows the bench for as long as it is used."""
        self.bench = bench
        self.plan = bench.plan
        self.statuses = statuses
        self.question = question
        self.clicked = question.clicked
        self.explain = explain

    def state(self) -> Evaluation:
        """The choices as they are."""
        present = self._evaluation("state", self.clicked)
        if present.valid:
            return present
        task = Task(self.clicked)
        offer = self._complete(task)
        if offer is None:
            return self._blocked(task, ())
        return replace(present, completion=offer)

    def click(self, change: Change) -> Evaluation:
        """The choices after the click, or why not."""
        task = task_of(self.plan, self.clicked, change)
        if task is None:
            return replace(
                self._evaluation("blocked", self.clicked), conflict=no_trim(change.option)
            )
        closure = self.plan.closure(task.choices)
        off = self.plan.bits.mask(task.off)
        if not closure.on & off and self.plan.buildable(closure.on, closure.trim):
            return self._evaluation("applied", task.choices)
        found = self._complete(task)
        if found is None:
            return self._blocked(task, (change.option,))
        return replace(self._evaluation("adjusted", found.choices), completion=found)

    def _evaluation(self, outcome: str, choices: tuple[str, ...]) -> Evaluation:
        closure = self.plan.closure(choices)
        literals = self.bench.literals(choices)
        return Evaluation(
            outcome=outcome,
            before=self.clicked,
            choices=choices,
            car=self.plan.car_of(closure, choices),
            valid=self.plan.buildable(closure.on, closure.trim),
            statuses=self.statuses.read(closure, literals, self.bench.relaxed(literals)),
        )

    def _complete(self, task: Task) -> Completion | None:
        completer = Completer(self.bench, self.question.prices)
        if not self.bench.solvable(completer.hard(task)):
            return None
        found = completer.cheapest_needed(task)
        return found and self.explain(task, found)

    def _blocked(self, task: Task, wanted: tuple[str, ...]) -> Evaluation:
        return replace(
            self._evaluation("blocked", self.clicked),
            conflict=conflict(self.bench, task.choices, task.off),
            repairs=self.repairs(task, wanted),
        )

    def repairs(self, task: Task, wanted: tuple[str, ...]) -> tuple[Repair, ...]:
        """Up to three repairs, cheapest first; the trim is given up only where no repair keeps it, the pinned last."""
        sets = self._corrections(task, wanted)
        if not sets:
            return ()
        completer = Completer(self.bench, self.question.prices)
        standing = self.plan.offered(self.clicked)
        present = self.question.prices(standing), self.question.days(standing)
        bests = [self._best(completer, task, removed) for removed in sets]
        found = [self._as_repair(best, wanted, present) for best in _cheapest(bests)]
        order = self.plan.order
        found.sort(
            key=lambda r: (
                r.price_difference,
                len(r.adds) + len(r.removes),
                r.days_difference,
                # the catalogue's order, never that of the clicks
                sorted(map(order.__getitem__, r.choices)),
            )
        )
        return tuple(found[:REPAIRS])

    def _corrections(self, task: Task, wanted: tuple[str, ...]) -> list[frozenset[str]]:
        """Sets of choices to give up, of the first kind of which there are any.

        Without the trim and the pinned; with the trim; with the pinned; with both. Of those with pinned choices only
        the ones that give up the fewest.
        """
        off = [-lit for lit in self.bench.literals(task.off)]
        free = [code for code in task.choices if code not in wanted]
        free.sort(
            key=self.plan.order.__getitem__
        )  # the bound is on the same sets however they were clicked
        pinned = self.question.pinned.intersection(free)
        trims = frozenset(code for code in free if code.startswith(TRIM_PREFIX))
        for spared in dict.fromkeys((trims | pinned, pinned, trims - pinned, frozenset())):
            fixed = [*self.bench.literals([*(set(task.choices) - set(free)), *spared]), *off]
            sets = corrections(self.bench, fixed, [code for code in free if code not in spared])
            if sets:
                fewest = min(len(one & pinned) for one in sets)
                return [one for one in sets if len(one & pinned) == fewest]
        return []

    def _best(self, completer: Completer, task: Task, removed: frozenset[str]) -> Completion | None:
        """The cheapest car without the removed choices, of any other trim where the trim is among them."""
        kept = tuple(code for code in task.choices if code not in removed)
        starts: Iterable[tuple[str, ...]] = [kept]
        if any(code.startswith(TRIM_PREFIX) for code in removed):
            trims = (trim.atom for trim in self.plan.model.trims)
            starts = [(trim, *kept) for trim in trims if trim not in removed]
        cars = (completer.cheapest_needed(Task(start, task.off)) for start in starts)
        return min((car for car in cars if car is not None), key=rank, default=None)

    def _as_repair(
        self, found: Completion, wanted: tuple[str, ...], present: tuple[int, int]
    ) -> Repair:
        siblings = {one for code in wanted for one in self.plan.siblings(code)}
        before, after = self.clicked, found.choices
        return Repair(
            adds=tuple(c for c in after if c not in before and c not in siblings),
            removes=tuple(c for c in before if c not in after and c not in siblings),
            choices=after,
            car=found.car,
            price_difference=found.price - present[0],
            days_difference=self.question.days(found.car) - present[1],
        )


def rank(found: Completion) -> tuple[int, int]:
    """Cheaper first, then fewer additions."""
    return found.price, len(found.adds)


def _cheapest(found: Iterable[Completion | None]) -> list[Completion]:
    """Those that may be among the repairs shown: none is dearer than the last of these."""
    bests = sorted((best for best in found if best is not None), key=lambda best: best.price)
    return [best for best in bests if best.price <= bests[min(REPAIRS, len(bests)) - 1].price]
