"""Why wishes cannot be had together: minimal conflicts among wishes, and among wishes and authored parts.

Each part (an authored rule or a piece of structure) has one selector, a literal that states all of its clauses, so a
conflict names rules and never single clauses. What may leave is asked in a fixed order, and each question is put to
everything not yet dropped: the answer is the conflict that the order prefers (Junker 2004), whatever the solver
learnt before. The solver's own cores only save questions: what is not in the core of a refusal can be dropped unasked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from pysat.solvers import Solver

from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.sat.warm import SOLVER, Warm, clauses_of

Core = frozenset[int] | None


class Explainer:
    """Two warm solvers over a problem: every clause hard, and a selector for each part; one thread at a time.

    `selectors` maps each selector to its part, in the order of the parts; none is a literal of the problem.
    """

    def __init__(self, problem: Problem) -> None:
        """Loads the clauses twice; with an unsolvable problem too."""
        self._hard = Warm(problem, clauses_of(problem))
        self._soft = Solver(name=SOLVER)
        self._variables = max(problem.top, problem.count)
        self.selectors: dict[int, Part] = {
            self._variables + place: part for place, part in enumerate(problem.parts, start=1)
        }
        for selector, part in self.selectors.items():
            self._soft.add_clause([selector, -selector])
            for clause in part.clauses:
                self._soft.add_clause([*clause, -selector])

    def close(self) -> None:
        """Frees the solvers."""
        self._hard.close()
        self._soft.delete()

    def minimal_conflict(self, wishes: Sequence[int]) -> list[int]:
        """The wishes of a minimal conflict among wishes, in their order; the first ones leave it if they can.

        Drop any and some car has the rest. Empty when some car has all of them, and when there is no car at all.
        """
        return _preferred(self._refused_hard, [], list(dict.fromkeys(wishes))) or []

    def minimal_core(self, wishes: Sequence[int]) -> list[int]:
        """A minimal set of wishes and selectors that cannot be kept together, in this order: wishes, then parts.

        Leave out any member and an assignment keeps the rest. Wishes are asked to leave first, in their order, then
        parts in theirs. Empty when some car has all wishes.
        """
        kept = _preferred(self._refused_hard, [], list(dict.fromkeys(wishes)))
        if kept is None:
            return []
        return kept + (_preferred(self._refused_soft, kept, list(self.selectors)) or [])

    def minimal_parts(self, wishes: Sequence[int]) -> tuple[Part, ...]:
        """The parts that together forbid the wishes, none in vain; here every wish stays, and parts leave in their order.

        Empty when some car has all wishes, and when they contradict each other without any part.
        """
        return self.parts(_preferred(self._refused_soft, list(wishes), list(self.selectors)) or [])

    def parts(self, core: Collection[int]) -> tuple[Part, ...]:
        """The parts whose selectors are in the core, in the order of the parts."""
        return tuple(self.selectors[one] for one in sorted(core) if one in self.selectors)

    def _refused_hard(self, literals: Sequence[int]) -> Core:
        return None if self._hard.solve(literals) else self._hard.core()

    def _refused_soft(self, literals: Sequence[int]) -> Core:
        if self._soft.solve(assumptions=literals):
            return None
        return frozenset(self._soft.get_core() or ())


def _preferred(
    refused: Callable[[Sequence[int]], Core], fixed: list[int], items: list[int]
) -> list[int] | None:
    """The items that stay when each in turn leaves if the others are still refused; None when nothing is refused.

    `refused` gives a core of the literals, or None when they can be kept. What stays beside `fixed` is minimal.
    """
    core = refused([*fixed, *reversed(items)])
    if core is None:
        return None
    stay: list[int] = []
    for place, item in enumerate(items, start=1):
        if item not in core:
            continue
        # what leaves last stands first: the solver's core then prefers what is likely to stay
        without = refused([*fixed, *stay, *reversed(items[place:])])
        if without is None:
            stay.append(item)
        else:
            core = without
    return stay
