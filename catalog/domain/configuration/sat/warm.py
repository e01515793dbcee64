"""A warm solver: glucose4 of python-sat over every clause of a problem, asked with assumptions.

python-sat holds the interpreter's lock while it solves and a solver has one state: one thread at a time. Without a
budget an answer is exact; with one it may be None, "not found out", and never wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pysat.solvers import Solver

from catalog.domain.configuration.problem import Problem

SOLVER = "glucose4"


def clauses_of(problem: Problem) -> list[tuple[int, ...]]:
    """Every clause of every part, without tautologies and repetitions, in authored order."""
    seen: dict[tuple[int, ...], None] = {}
    for part in problem.parts:
        for clause in part.clauses:
            literals = tuple(sorted(set(clause), key=lambda literal: (abs(literal), literal)))
            if not any(-literal in literals for literal in literals if literal > 0):
                seen[literals] = None
    return list(seen)


class Warm:
    """One solver over a problem; literals may name helping variables too."""

    def __init__(self, problem: Problem, clauses: Iterable[Sequence[int]]) -> None:
        """`clauses` are those of the problem (`clauses_of`)."""
        self.count = problem.count
        self.asked = 0
        self._solver = Solver(name=SOLVER)
        possible = True
        for clause in clauses:
            if clause:
                self._solver.add_clause(clause)
            else:
                possible = False
        for variable in (problem.top, problem.count, 1):
            if variable:
                self._solver.add_clause([variable, -variable])  # makes every variable known
        self.possible = possible and bool(self._solver.solve())

    def close(self) -> None:
        """Frees the solver."""
        self._solver.delete()

    def add(self, clause: Sequence[int]) -> None:
        """States a clause for good; it must follow from the problem or speak of new variables."""
        self._solver.add_clause(clause)

    def prefer(self, literals: Iterable[int]) -> None:
        """Which literal of a variable the solver tries first from now on."""
        self._solver.set_phases(literals)

    def solve(self, literals: Sequence[int]) -> bool:
        """Whether some car has these literals."""
        self.asked += 1
        return self.possible and bool(self._solver.solve(assumptions=literals))

    def solve_within(self, conflicts: int, literals: Sequence[int]) -> bool | None:
        """As `solve` within so many conflicts; None when they did not suffice."""
        if not self.possible:
            return False
        self.asked += 1
        self._solver.conf_budget(conflicts)
        answer: bool | None = self._solver.solve_limited(assumptions=literals)
        return answer

    def implied(self, literals: Sequence[int]) -> list[int] | None:
        """What unit propagation alone draws from these literals, themselves included; None for a contradiction."""
        if not self.possible:
            return None
        consistent, found = self._solver.propagate(assumptions=literals)
        return found if consistent else None

    def model(self) -> list[int]:
        """The car that the last answer "yes" rests on: a literal for each visible variable, in their order."""
        found: list[int] = self._solver.get_model() or []
        return found[: self.count]

    def core(self) -> frozenset[int]:
        """Literals of the last answer "no" that no car has together."""
        return frozenset(self._solver.get_core() or ()) if self.possible else frozenset()
