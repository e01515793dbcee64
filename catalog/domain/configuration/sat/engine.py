"""The SAT tier: exact answers about models that do not compile into small diagrams.

A question about every option costs far fewer than one solver call an option: what unit propagation rules out, what cars
found before show (`Pool`), what each further car shows at once (harvesting). Only what is left is asked one by one, and
each "no" is kept as a learnt clause. Answers never depend on what was learnt or asked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.sat.cheapest import Optimiser
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

    def __init__(self, problem: Problem) -> None:
        """Loads the clauses and finds out what no car and what every car has."""
        self.problem = problem
        clauses = clauses_of(problem)
        self._warm = Warm(problem, clauses)
        self._pool = Pool(problem.count, words=POOL_WORDS)
        self._optimiser: Optimiser | None = None
        self._learnt = 0
        self._group_of = {
            member: place for place, group in enumerate(problem.groups) for member in group
        }
        self._clauses = clauses
        self._root: frozenset[int] = frozenset()
        everything = [*range(1, problem.count + 1), *range(-problem.count, 0)]
        self._root = frozenset(self._possible((), everything))

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
        chosen = {self._group_of.get(literal, -1) for literal in choices if literal > 0} - {-1}
        for place in sorted(chosen):
            members = self.problem.groups[place]
            rest = [literal for literal in choices if abs(literal) not in members]
            if not self._known(rest):
                continue
            for literal in self._possible(rest, self._root.intersection(members)):
                found[literal] |= TRUE
        return bytes(found)

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
        return all(literal in self._root for literal in choices)

    def _domains(self, choices: Sequence[int]) -> bytearray:
        bits = bytearray(self.problem.count + 1)
        if self._known(choices):
            for literal in self._possible(choices, self._root):
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
            self._warm.add([-literal for literal in core])
            self._learnt += 1
        return False
