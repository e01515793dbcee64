"""The SAT tier: exact answers about models that do not compile into small diagrams.

A question about every option costs far fewer than one solver call an option: what unit propagation rules out, what cars
found before show (`Pool`), what each further car shows at once (harvesting). Only what is left is asked one by one, and
each "no" is kept as a learnt clause. Answers never depend on what was learnt or asked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from catalog.domain.configuration.jit import FAST
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.sat.cheapest import Optimiser
from catalog.domain.configuration.sat.lanes import Lanes
from catalog.domain.configuration.sat.pool import Pool
from catalog.domain.configuration.sat.warm import Warm, clauses_of
from catalog.domain.configuration.tiers import FALSE, TRUE

POOL_WORDS = 32
"""2,048 cars are remembered: 80 kB a hundred options."""
LEARNT = 5000
LEARNT_LENGTH = 12
"""So many refusals are kept as clauses, each of at most so many literals."""


class SatEngine:
    """Implements `tiers.Engine` and `cheapest` by a solver; serves one thread at a time."""

    def __init__(self, problem: Problem, *, lanes: bool = FAST) -> None:
        """Loads the clauses and finds out what no car and what every car has."""
        self.problem = problem
        clauses = clauses_of(problem)
        self._warm = Warm(problem, clauses)
        self._pool = Pool(problem.count, words=POOL_WORDS)
        self._optimiser: Optimiser | None = None
        self._lanes: Lanes | None = None
        self._learnt = 0
        self._group_of = {
            member: place for place, group in enumerate(problem.groups) for member in group
        }
        self._clauses = clauses
        self._root: frozenset[int] = frozenset()
        everything = [*range(1, problem.count + 1), *range(-problem.count, 0)]
        self._root = frozenset(self._possible((), everything))
        if lanes and self._root:
            fixed = [literal for literal in self._root if -literal not in self._root]
            self._lanes = Lanes(problem.count, clauses, fixed, self._pool)

    def close(self) -> None:
        """Frees the solvers."""
        self._warm.close()
        if self._optimiser is not None:
            self._optimiser.close()

    def solvable(self, choices: Sequence[int]) -> bool:
        """Whether some car has these literals."""
        if not self._known(choices):
            return False
        return bool(self._pool.matching(choices).any()) or self._solve(choices)

    def domains(self, choices: Sequence[int]) -> bytes:
        """As `tiers.Engine.domains`."""
        return bytes(self._domains(choices))

    def relaxed(self, choices: Sequence[int]) -> bytes:
        """As `tiers.Engine.relaxed`: every choice of a variable of the member's own group is left out."""
        found = self._domains(choices)
        members = self._replaceable(choices, found)
        if members and self._lanes is not None:
            possible, members = self._lanes.relax(choices, self._group_of, members)
            for member in possible:
                found[member] |= TRUE
        for place, group in groupby(members, self._group_of.__getitem__):
            rest = self._outside(choices, place)
            for member in self._possible(rest, group):
                found[member] |= TRUE
        return bytes(found)

    def _replaceable(self, choices: Sequence[int], domains: Sequence[int]) -> list[int]:
        """Members that may be possible in place of a choice of their group, group by group."""
        places = {self._group_of[literal] for literal in choices if literal in self._group_of}
        return [
            member
            for place in sorted(places)
            if self._known(self._outside(choices, place))
            for member in self.problem.groups[place]
            if member in self._root and not domains[member] & TRUE
        ]

    def _outside(self, choices: Iterable[int], place: int) -> list[int]:
        return [one for one in choices if self._group_of.get(abs(one)) != place]

    def count(self, choices: Sequence[int]) -> int | None:
        """None: a solver does not count."""
        return None

    def cheapest(
        self, choices: Sequence[int], costs: Sequence[int]
    ) -> tuple[int, tuple[int, ...]] | None:
        """The least sum of `costs[v]` over cars with the choices, and the true visible variables of such a car.

        Among equal costs the car that has variable 1 wins, then 2, and so on. None when no car has the choices.
        """
        domains = self._domains(choices)
        if not any(domains):
            return None
        if self._optimiser is None or self._optimiser.worn():
            if self._optimiser is not None:
                self._optimiser.close()
            self._optimiser = Optimiser(self.problem, self._clauses)
        return self._optimiser.cheapest(choices, costs, domains)

    def _known(self, choices: Iterable[int]) -> bool:
        """Whether each choice alone is on some car, and none is the opposite of another."""
        chosen = set(choices)
        return chosen <= self._root and chosen.isdisjoint([-literal for literal in chosen])

    def _domains(self, choices: Sequence[int]) -> bytearray:
        if not self._known(choices):
            return bytearray(self.problem.count + 1)
        if self._lanes is not None:
            return self._raced(self._lanes, choices)
        bits = bytearray(self.problem.count + 1)
        for literal in self._possible(choices, self._root):
            bits[abs(literal)] |= TRUE if literal > 0 else FALSE
        return bits

    def _raced(self, lanes: Lanes, choices: Sequence[int]) -> bytearray:
        """The domains by the lanes; the solver is asked for what they leave open."""
        verdict, bits, left = lanes.judge(choices)
        if verdict < 0 or (not verdict and not self._solve(choices, harvest=True)):
            return bytearray(self.problem.count + 1)
        if left:
            for literal in self._possible(choices, left):
                bits[abs(literal)] |= TRUE if literal > 0 else FALSE
        return bits

    def _possible(self, base: Sequence[int], candidates: Iterable[int]) -> set[int]:
        """Which candidates some car has together with `base`."""
        found: set[int] = set()
        implied = self._warm.implied(base)
        if implied is None:
            return found
        open_ = set(candidates).difference([-literal for literal in implied])
        shown = self._pool.shown(base)
        if not shown and not self._solve(base, harvest=True):
            return found
        shown = shown or set(self._warm.model())
        while True:
            found |= open_ & shown
            open_ -= shown
            shown = self._more(base, open_)
            if not open_:
                return found

    def _more(self, base: Sequence[int], open_: set[int]) -> set[int]:
        """The literals of a car with `base` and one open candidate; candidates that no car has leave `open_`."""
        self._warm.prefer(open_)
        while open_:
            candidate = next(iter(open_))
            if self._solve([*base, candidate], harvest=True):
                return set(self._warm.model())
            open_.discard(candidate)
        return set()

    def _solve(self, literals: Sequence[int], *, harvest: bool = False) -> bool:
        if self._warm.solve(literals):
            if harvest:
                self._pool.add(self._warm.model())
            return True
        core = self._warm.core()
        if 0 < len(core) <= LEARNT_LENGTH and self._learnt < LEARNT:
            clause = sorted(-literal for literal in core)
            self._warm.add(clause)
            if self._lanes is not None:
                self._lanes.learn(clause)
            self._learnt += 1
        return False
