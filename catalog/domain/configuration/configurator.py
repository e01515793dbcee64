"""The configurator: status of every option, and the answer to a click; exact, explained, repaired.

Formally, `choices` are what the buyer clicked, with exactly one trim. An option is *available* when some buildable car
has it and all choices but its own sibling (the choice of the same `one` group; for a trim, the present trim). See
docs/rules/configurator.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from catalog.domain.catalogue import TRIM_PREFIX, Model
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.configuration.completion import Completer, Completion, Task
from catalog.domain.configuration.costs import Prices
from catalog.domain.configuration.engine import Bench, Benches
from catalog.domain.configuration.explanation import Conflict, conflict, corrections
from catalog.errors import NotBuildable

REPAIRS = 3

Days = Callable[[Car], int]


@dataclass(frozen=True, slots=True)
class Change:
    """A click: the option or trim is wanted on the car, or off it."""

    option: str
    want: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """`selected`, `included` (with `by`: package or rule code, or `standard`), `available`, `unavailable` or `required`."""

    status: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """A way to the wanted car: what else is added and taken back, and the difference to the car before the click."""

    adds: tuple[str, ...]
    removes: tuple[str, ...]
    choices: tuple[str, ...]
    car: Car
    price_difference: int
    days_difference: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer to choices and a click.

    `outcome`: `state` (no click), `applied`, `adjusted` (what else came is in `completion`, the choices before in
    `before`), or `blocked` (`conflict`, `repairs`; choices unchanged). `valid`: the car can be built as it is.
    `completion` is what `adjusted` took, and what a `state` that is not yet buildable is offered.
    """

    outcome: str
    before: tuple[str, ...]
    choices: tuple[str, ...]
    car: Car
    valid: bool
    statuses: Mapping[str, Status]
    completion: Completion | None = None
    conflict: Conflict | None = None
    repairs: tuple[Repair, ...] = ()


class Configurator:
    """One model in one market on one day; safe to share between threads."""

    def __init__(self, model: Model, market: str, day: date) -> None:
        """Raises MarketNotOnSale, RuleError, ExpressionError."""
        self.plan = Blueprint(model, market, day)
        self._benches = Benches(lambda: Bench(self.plan))

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
            if not self.plan.violations(self.plan.close([trim.atom])):
                return (trim.atom,)
        raise NotBuildable(
            f"no trim of {self.plan.model.code} can be built", facts={"violations": []}
        )

    def evaluate(
        self,
        choices: Iterable[str],
        change: Change | None = None,
        *,
        prices: Prices,
        days: Days,
    ) -> Evaluation:
        """The state of the choices, or what the click does to it; raises UnknownOption, NotBuildable without one trim."""
        clicked = tuple(dict.fromkeys(choices))
        self.plan.close(clicked)
        with self._benches.lent() as bench:
            answer = _Answer(bench, clicked, prices, days)
            if change is None:
                return answer.state()
            self.plan.check_known([change.option])
            return answer.click(change)

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
        with self._benches.lent() as bench:
            completer = Completer(bench, prices)
            best: Completion | None = None
            for start in starts:
                found = completer.cheapest(Task(start))
                if found and (best is None or _rank(found) < _rank(best)):
                    best = replace(found, reasons=completer.reasons(Task(start), found))
            return best

    def statuses(self, choices: Iterable[str]) -> Mapping[str, Status]:
        """The status of every option and trim for these choices; raises as `evaluate`."""
        clicked = tuple(dict.fromkeys(choices))
        car = self.plan.close(clicked)
        with self._benches.lent() as bench:
            return statuses(bench, car)


def _rank(found: Completion) -> tuple[int, int]:
    return found.price, len(found.adds)


def statuses(bench: Bench, car: Car) -> dict[str, Status]:
    """The status of every option and trim, for a car closed from its choices, valid or not."""
    plan, chosen = bench.plan, set(car.choices)
    base = bench.literals(car.choices)
    valid = not plan.violations(car)
    # what a trim merely starts with may be impossible beside choices that are not complete yet
    settled = set(car.by) if valid else set(car.by) - _replaceable(plan, car)
    families: dict[frozenset[str], list[str]] = {}
    for code in plan.order:
        if code not in chosen and code not in settled:
            replaced = chosen.intersection(plan.siblings(code))
            families.setdefault(frozenset(replaced), []).append(code)
    can: set[int] = set()
    for dropped, codes in families.items():
        rest = [lit for lit in base if bench.names[lit] not in dropped]
        can |= bench.available(rest, bench.literals(codes))
    possible = {bench.names[literal] for literal in can}
    # a buildable car has every option that all cars with these choices have: only other cars can lack one
    forced = set() if valid else {bench.names[literal] for literal in bench.forced(base)}
    return {code: _status(code, car, possible | settled, forced) for code in plan.order}


def _replaceable(plan: Blueprint, car: Car) -> set[str]:
    """The standard options of `one` groups on the car: a choice of their group replaces them."""
    return {code for code in car.standard if code not in plan.always[car.trim]}


def _status(code: str, car: Car, possible: set[str], forced: set[str]) -> Status:
    if code in car.choices:
        return Status("selected")
    if code in car.by and code in possible:
        return Status("included", car.by[code])
    if code in forced:
        return Status("required")
    return Status("available" if code in possible else "unavailable")


class _Answer:
    """Answers one question about one set of choices on one bench."""

    def __init__(self, bench: Bench, clicked: tuple[str, ...], prices: Prices, days: Days) -> None:
        self.bench = bench
        self.plan = bench.plan
        self.clicked = clicked
        self.prices = prices
        self.days = days
        self.completer = Completer(bench, prices)

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
        task = self._task(change)
        if task is None:
            trim = Conflict((change.option,), (change.option,), (), ("group:trim",))
            return replace(self._evaluation("blocked", self.clicked), conflict=trim)
        car = self.plan.close(task.choices)
        if car.options.isdisjoint(task.off) and not self.plan.violations(car):
            return self._evaluation("applied", task.choices)
        found = self._complete(task)
        if found is None:
            return self._blocked(task, (change.option,))
        return replace(self._evaluation("adjusted", found.choices), completion=found)

    def _task(self, change: Change) -> Task | None:
        """What the click asks for; None for a car without a trim."""
        code = change.option
        if change.want:
            if code in self.clicked:
                return Task(self.clicked)
            family = self.plan.siblings(code)
            kept = [one for one in self.clicked if one not in family]
            return Task((code, *kept) if code.startswith(TRIM_PREFIX) else (*kept, code))
        if code.startswith(TRIM_PREFIX):
            return None if code in self.clicked else Task(self.clicked)
        kept = [one for one in self.clicked if one != code]
        alone = self.plan.siblings(code) == (code,)
        return Task(tuple(kept), (code,) if alone else ())

    def _evaluation(self, outcome: str, choices: tuple[str, ...]) -> Evaluation:
        car = self.plan.close(choices)
        return Evaluation(
            outcome=outcome,
            before=self.clicked,
            choices=choices,
            car=car,
            valid=not self.plan.violations(car),
            statuses=statuses(self.bench, car),
        )

    def _complete(self, task: Task) -> Completion | None:
        if not self.bench.solvable(self.completer.hard(task)):
            return None
        found = self.completer.cheapest_needed(task)
        return found and replace(found, reasons=self.completer.reasons(task, found))

    def _blocked(self, task: Task, wanted: tuple[str, ...]) -> Evaluation:
        present = self._evaluation("blocked", self.clicked)
        return replace(
            present,
            conflict=conflict(self.bench, task.choices, task.off),
            repairs=self._repairs(task, wanted),
        )

    def _repairs(self, task: Task, wanted: tuple[str, ...]) -> tuple[Repair, ...]:
        """Up to three repairs, cheapest first; the trim is given up only where no repair keeps it."""
        fixed = [code for code in task.choices if code in wanted]
        trims = [code for code in task.choices if code.startswith(TRIM_PREFIX)]
        free = [code for code in task.choices if code not in (*fixed, *trims)]
        off = [-lit for lit in self.bench.literals(task.off)]
        sets = corrections(self.bench, [*self.bench.literals([*fixed, *trims]), *off], free)
        if not sets:
            free = [code for code in task.choices if code not in fixed]
            sets = corrections(self.bench, [*self.bench.literals(fixed), *off], free)
        found = [repair for removed in sets for repair in self._repair(task, removed, wanted)]
        found.sort(
            key=lambda r: (
                r.price_difference,
                len(r.adds) + len(r.removes),
                r.days_difference,
                r.choices,
            )
        )
        return tuple(found[:REPAIRS])

    def _repair(
        self, task: Task, removed: frozenset[str], wanted: tuple[str, ...]
    ) -> Iterable[Repair]:
        kept = tuple(code for code in task.choices if code not in removed)
        starts = [kept]
        if any(code.startswith(TRIM_PREFIX) for code in removed):
            starts = [
                (trim.atom, *kept) for trim in self.plan.model.trims if trim.atom not in removed
            ]
        tasks = [Task(start, task.off) for start in starts]
        possible = [t for t in tasks if self.bench.solvable(self.completer.hard(t))]
        cars = [self.completer.cheapest_needed(t) for t in possible]
        best = min((car for car in cars if car is not None), key=_rank, default=None)
        return () if best is None else (self._as_repair(best, wanted),)

    def _as_repair(self, found: Completion, wanted: tuple[str, ...]) -> Repair:
        siblings = {one for code in wanted for one in self.plan.siblings(code)}
        before, after = self.clicked, found.choices
        standing = self.plan.offered(self.clicked)
        return Repair(
            adds=tuple(c for c in after if c not in before and c not in siblings),
            removes=tuple(c for c in before if c not in after and c not in siblings),
            choices=after,
            car=found.car,
            price_difference=found.price - self.prices(standing),
            days_difference=self.days(found.car) - self.days(standing),
        )
