"""The cheapest car by refusals: wishes that cannot all be kept are given up one core at a time.

What each option costs becomes a wish to do without it. Of a group of which exactly one is taken the least cost is paid
by every car, only differences are wishes. The solver is asked to keep every wish; a refusal names a core of wishes of
which at least one is given up on every car, so the least weight in it is paid by every car, and one of them may be
given up for free from then on (the OLL algorithm: Andres, Kaufmann, Matheis, Schaub 2012; heavy wishes first: Ansotegui,
Bonet, Gabas, Levy 2012). When every wish that is left can be kept, the sum paid is the least cost and exactly the cars
that keep them all have it: among these the tie is broken variable by variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pysat.card import ITotalizer

from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.sat.warm import Warm
from catalog.domain.configuration.tiers import FALSE, TRUE

WORN = 300
"""So many counter variables a solver carries, or as many as there are options, before a fresh one takes its place.

Every later question has to set them too: on 310 options the questions of 360 clicks took a tenth of the time with 300
that they took with 50,000.
"""
TRIM_CONFLICTS = 200
TRIM_NEEDED = 5
"""A core is made smaller until so many wishes in a row prove needed, or cost more conflicts than this to judge."""


class Optimiser:
    """A solver of its own for one problem, since counters of wishes are added to it; one thread at a time."""

    def __init__(self, problem: Problem, clauses: Iterable[Sequence[int]]) -> None:
        """Loads the clauses."""
        self._problem = problem
        self._warm = Warm(problem, clauses)
        self._top = problem.top
        self._counters: dict[frozenset[int], ITotalizer] = {}

    def close(self) -> None:
        """Frees the solver and the counters."""
        self._warm.close()
        for counter in self._counters.values():
            counter.delete()

    def worn(self) -> bool:
        """Whether it carries so many counters that a fresh one is faster."""
        return self._top - self._problem.top > max(WORN, self._problem.count)

    def cheapest(
        self, choices: Sequence[int], costs: Sequence[int], domains: Sequence[int]
    ) -> tuple[int, tuple[int, ...]]:
        """The least cost and the car, as `SatEngine.cheapest`; `domains` are those of the choices, not empty."""
        search = _Search(self, choices, *self._wishes(costs, domains))
        search.run()
        return search.paid, self._first(search.kept(), domains)

    def _wishes(self, costs: Sequence[int], domains: Sequence[int]) -> tuple[int, dict[int, int]]:
        """What every car pays, and the wishes: literal to weight, all positive."""
        least: dict[int, int] = {}
        paid = 0
        for group in self._problem.groups:
            possible = [costs[member] for member in group if domains[member] & TRUE]
            least.update(dict.fromkeys(group, min(possible)))
            paid += min(possible)
        weights: dict[int, int] = {}
        for variable in range(1, self._problem.count + 1):
            extra = costs[variable] - least.get(variable, 0)
            if domains[variable] == TRUE | FALSE and extra:
                weights[-variable if extra > 0 else variable] = abs(extra)
                paid += min(extra, 0)
            elif domains[variable] == TRUE:
                paid += extra
        return paid, weights

    def counter(self, literals: frozenset[int]) -> ITotalizer:
        """A counter of how many of these literals are given up."""
        if literals not in self._counters:
            given_up = sorted(-literal for literal in literals)
            counter = ITotalizer(lits=given_up, ubound=1, top_id=self._top)
            self._counters[literals] = counter
            self._state(counter, counter.cnf.clauses)
        return self._counters[literals]

    def more(self, counter: ITotalizer, bound: int) -> int | None:
        """The wish that at most `bound` are given up; None when that always holds."""
        if bound >= len(counter.lits):
            return None
        if bound >= len(counter.rhs):
            counter.increase(ubound=bound, top_id=self._top)
            self._state(counter, counter.cnf.clauses[-counter.nof_new :])
        return -int(counter.rhs[bound])

    def _state(self, counter: ITotalizer, clauses: Iterable[Sequence[int]]) -> None:
        for clause in clauses:
            self._warm.add(clause)
        self._top = max(self._top, counter.top_id)

    def solve(self, literals: Sequence[int]) -> frozenset[int] | None:
        """None when a car keeps these literals, else a core."""
        return None if self._warm.solve(literals) else self._warm.core()

    def solve_within(self, conflicts: int, literals: Sequence[int]) -> frozenset[int] | None:
        """As `solve`; None also when so many conflicts did not suffice."""
        refused = self._warm.solve_within(conflicts, literals) is False
        return self._warm.core() if refused else None

    def _first(self, kept: list[int], domains: Sequence[int]) -> tuple[int, ...]:
        """Of the cars with these literals the one that has variable 1, then 2, and so on."""
        warm = self._warm
        warm.solve(kept)
        model = warm.model()
        ruled_out = set(warm.implied(kept) or ())
        for variable in range(1, self._problem.count + 1):
            if model[variable - 1] > 0:
                kept.append(variable)
            elif domains[variable] & TRUE and -variable not in ruled_out:
                if warm.solve([*kept, variable]):
                    model = warm.model()
                    kept.append(variable)
                    ruled_out = set(warm.implied(kept) or ())
                else:
                    kept.append(-variable)
        return tuple(literal for literal in model if literal > 0)


class _Search:
    """One run over the wishes of one question."""

    def __init__(
        self, optimiser: Optimiser, choices: Sequence[int], paid: int, weights: dict[int, int]
    ) -> None:
        self._optimiser = optimiser
        self._choices = list(choices)
        self.paid = paid
        self._weights = weights
        self._bounds: dict[int, tuple[ITotalizer, int]] = {}

    def kept(self) -> list[int]:
        """The choices and every wish that is left."""
        return [*self._choices, *self._weights]

    def run(self) -> None:
        """Gives up wishes until the rest can be kept; the heaviest are asked first."""
        least = self._next_weight(None)
        while least is not None:
            wishes = [lit for lit, weight in self._weights.items() if weight >= least]
            core = self._optimiser.solve([*self._choices, *wishes])
            if core is None:
                least = self._next_weight(least)
            else:
                self._give_up(self._smaller(core))

    def _next_weight(self, last: int | None) -> int | None:
        """The next weight down to which wishes are asked: wide enough a step to add a good many."""
        below = sorted({w for w in self._weights.values() if last is None or w < last})
        if not below:
            return None
        return below[len(below) // 2] if len(below) > 2 else below[0]

    def _smaller(self, core: frozenset[int]) -> list[int]:
        """The wishes of the core, fewer where that is quickly found; light ones leave first."""
        wishes = sorted(core & self._weights.keys(), key=lambda lit: (self._weights[lit], lit))
        needed = 0
        for wish in list(wishes):
            if needed == TRIM_NEEDED or len(wishes) == 1:
                break
            if wish in wishes:
                rest = [one for one in wishes if one != wish]
                smaller = self._optimiser.solve_within(TRIM_CONFLICTS, [*self._choices, *rest])
                needed = needed + 1 if smaller is None else 0
                if smaller is not None:
                    wishes = [one for one in rest if one in smaller]
        return wishes

    def _give_up(self, core: list[int]) -> None:
        """Pays the least weight of the core; whoever gives up one of it pays nothing more."""
        weight = min(self._weights[literal] for literal in core)
        self.paid += weight
        for literal in core:
            self._weights[literal] -= weight
            if not self._weights[literal]:
                del self._weights[literal]
            if literal in self._bounds:
                counter, bound = self._bounds[literal]
                self._allow(counter, bound + 1, weight)
        if len(core) > 1:
            self._allow(self._optimiser.counter(frozenset(core)), 1, weight)

    def _allow(self, counter: ITotalizer, bound: int, weight: int) -> None:
        wish = self._optimiser.more(counter, bound)
        if wish is not None:
            self._weights[wish] = self._weights.get(wish, 0) + weight
            self._bounds[wish] = (counter, bound)
