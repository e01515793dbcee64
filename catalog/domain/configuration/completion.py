"""The cheapest car that keeps what was chosen, exactly, and why each addition is there.

Two promises. `cheapest`: no buildable car with these choices costs less; it may add a package that is cheaper than the
chosen parts. `cheapest_needed`: the same among cars in which no addition can be spared, for answers to a click:
nothing is touched that the click does not need. Equal prices: fewer additions; then the car that has the option listed
first, of those that only one of two cars has.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catalog.domain.configuration.car import Car, Closure
from catalog.domain.configuration.costs import Prices
from catalog.domain.configuration.engine import Bench
from catalog.domain.configuration.masks import numbers, rank_of
from catalog.domain.configuration.tiers import FALSE

SPACES = 2000
"""How many sets of cars are searched for one without a spare addition, one at least; then a good one is given."""
Space = tuple[int, tuple[int, ...], int, tuple[int, ...]]
"""Weight and rank of its lightest car, that car, and the literals that mark the space off."""


class Reasons(Mapping[str, tuple[str, ...]]):
    """For each addition the rules and structure that demand it; empty when it only saves money.

    Worked out when first read: most answers are shown without them.
    """

    def __init__(self, find: Callable[[], Mapping[str, tuple[str, ...]]]) -> None:
        """`find` gives the same reasons whenever it is called."""
        self._find = find
        self._found: Mapping[str, tuple[str, ...]] | None = None

    def _read(self) -> Mapping[str, tuple[str, ...]]:
        if self._found is None:
            self._found = self._find()
        return self._found

    def __getitem__(self, code: str) -> tuple[str, ...]:
        return self._read()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return repr(dict(self._read()))


@dataclass(frozen=True, slots=True)
class Completion:
    """A buildable car that keeps the choices: `choices` after, `adds` in the model's order, `price` in minor units.

    `reasons` gives for each addition the rules and structure that demand it; empty when it only saves money.
    `proven` is false when the search was cut short: a good car, but perhaps not the cheapest.
    """

    choices: tuple[str, ...]
    adds: tuple[str, ...]
    car: Car
    price: int
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """What a completion has to keep: the choices with exactly one trim, and options that must stay off the car."""

    choices: tuple[str, ...]
    off: tuple[str, ...] = ()


class Completer:
    """Completes choices on one bench by one price list."""

    def __init__(self, bench: Bench, prices: Prices) -> None:
        """Borrows the bench for as long as it is used; raises NoPriceBook for a price below zero."""
        self.bench = bench
        self.plan = bench.plan
        self.prices = prices
        self.till = bench.till(prices)
        self._options = (1 << len(bench.plan.order) + 1) - 2 & ~bench.plan.all_trims

    def hard(self, task: Task) -> list[int]:
        """The literals that the task fixes."""
        return self.bench.literals(task.choices) + [-lit for lit in self.bench.literals(task.off)]

    def cheapest(self, task: Task) -> Completion | None:
        """The cheapest car of the task's trim, or None."""
        start = self.plan.closure(task.choices)
        found = self.till.cheapest(start, self.hard(task))
        return None if found is None else self._completion(task, start, found[1])

    def cheapest_needed(self, task: Task) -> Completion | None:
        """The cheapest car of the task's trim without a spare addition; None where there is none."""
        start = self.plan.closure(task.choices)
        hard = self.hard(task)
        first = self.till.cheapest(start, hard)
        if first is None:
            return None
        found, proven = self._needed(start, hard, first)
        return None if found is None else self._completion(task, start, found, proven=proven)

    def _needed(
        self, start: Closure, hard: Sequence[int], first: tuple[int, int]
    ) -> tuple[int | None, bool]:
        """The lightest car that adds nothing it can spare, and whether that is proven.

        Spaces of cars are searched, lightest first. A car with something to spare names a smaller set that would do;
        no car without a spare addition has that set and more, so the space falls into the cars with exactly this set
        and those that lack one of it (the partition of Lawler 1972).
        """
        heap: list[Space] = [(first[0], rank_of(first[1]), first[1], ())]
        smallest: list[int] = []
        for _ in range(SPACES):
            if not heap:
                return None, True
            _, _, car, space = heapq.heappop(heap)
            added = car & self._options & ~start.on
            least = next((one for one in smallest if one & ~added == 0), None)
            if least is None:
                least = self._least(start, hard, added)
                smallest.append(least)
            if least == added:
                return car, True
            for literals in self._parted(start, space, least):
                found = self.till.cheapest(start, [*hard, *literals])
                if found is not None:
                    heapq.heappush(heap, (found[0], rank_of(found[1]), found[1], literals))
        exact = self.till.cheapest(start, [*hard, *self._without(start, smallest[0])])
        return (None if exact is None else exact[1]), False

    def _without(self, start: Closure, added: int) -> list[int]:
        """The wish that nothing but `added` is added."""
        return [-variable for variable in numbers(self._options & ~start.on & ~added)]

    def _least(self, start: Closure, hard: Sequence[int], added: int) -> int:
        """A part of `added` that would do, none of which can be spared."""
        while added:
            bits = self.bench.domains([*hard, *self._without(start, added)])
            spare = next((one for one in reversed(numbers(added)) if bits[one] & FALSE), None)
            if spare is None:
                break
            added &= ~(1 << spare)
        return added

    def _parted(
        self, start: Closure, space: tuple[int, ...], least: int
    ) -> Iterator[tuple[int, ...]]:
        """The cars of a space with exactly these additions; those without the first, the second, and so on."""
        yield (*space, *self._without(start, least))
        kept: list[int] = []
        for variable in numbers(least):
            yield (*space, *kept, -variable)
            kept.append(variable)

    def _completion(
        self, task: Task, start: Closure, mask: int, *, proven: bool = True
    ) -> Completion:
        adds = () if mask == start.on else self._clicks(task, start, mask)
        choices = tuple(dict.fromkeys((*task.choices, *adds)))
        car = self.plan.car_of(self.plan.closure(choices) if adds else start, choices)
        return Completion(choices, adds, car, self.prices(car), proven=proven)

    def _clicks(self, task: Task, start: Closure, mask: int) -> tuple[str, ...]:
        """The fewest codes to click so that the choices close to exactly these options."""
        bits = self.plan.bits
        options = mask & self._options
        full = self.plan.closure((*task.choices, *bits.codes(options)))
        brought, standard = self.plan.free(full)
        others = options & ~bits.mask(task.choices)
        # the last are options that bring each other along: nobody clicked any of them
        for some in (others & ~brought & ~standard, others & ~start.on):
            clicks = bits.codes(some)
            if self.plan.closure((*task.choices, *clicks)).on == mask:
                return clicks
        return self._fewest(task, bits.codes(others), mask)

    def _fewest(self, task: Task, clicks: tuple[str, ...], mask: int) -> tuple[str, ...]:
        """The clicks without those that can be left out one after the other, last first.

        Needed where a rule that a standard option wakes brings a sibling of another: unless somebody clicks the
        sibling, the choices close to a car with both.
        """
        for code in reversed(clicks):
            fewer = tuple(one for one in clicks if one != code)
            if self.plan.closure((*task.choices, *fewer)).on == mask:
                clicks = fewer
        return clicks

    def reasons(self, task: Task, found: Completion) -> dict[str, tuple[str, ...]]:
        """For each addition the rules and structure that demand it while nothing else is added."""
        bench, start = self.bench, self.plan.closure(task.choices)
        outside = self._without(start, self.plan.mask_of(found.car))
        reasons: dict[str, tuple[str, ...]] = {}
        for added in found.adds:
            others = [code for code in found.adds if code != added]
            wishes = [*outside, *bench.literals([*others, *task.choices]), -bench.literal(added)]
            reasons[added] = tuple(part.name for part in bench.forbidding(wishes))
        return reasons
