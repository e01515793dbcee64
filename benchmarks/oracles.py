"""Who the configurator is compared with: one SAT question per option, and OR-Tools CP-SAT.

`PlainSat` is also the oracle: no propagation read off, no cars remembered, every status is the solver's own answer to
its own question.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model
from pysat.solvers import Solver

from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.tiers import FALSE, TRUE


class PlainSat:
    """A warm glucose4 that is asked one question a literal."""

    def __init__(self, problem: Problem) -> None:
        """Loads every clause; nothing is read off the shape of the problem but its groups."""
        self.problem = problem
        self.solver = Solver(name="glucose4")
        for part in problem.parts:
            for clause in part.clauses:
                self.solver.add_clause(clause)
        self.solver.add_clause([problem.top, -problem.top])  # makes every variable known
        self.group_of = {v: frozenset(group) for group in problem.groups for v in group}
        self.asked = self._asked()

    def _asked(self) -> tuple[int, ...]:
        """The literals whose possibility the first click can change.

        Both signs of an option by itself, the positive one of a member of a group: its other sign follows.
        """
        visible = range(1, self.problem.count + 1)
        literals = [*visible, *(-v for v in visible if v not in self.group_of)]
        return tuple(lit for lit in literals if self.can([lit]) and self.can([-lit]))

    def can(self, literals: Sequence[int]) -> bool:
        """Whether a car has these literals."""
        return bool(self.solver.solve(assumptions=literals))

    def click(self, choices: Sequence[int]) -> set[int]:
        """The naive loop: every asked literal that some car with the choices has."""
        solve = self.solver.solve
        return {lit for lit in self.asked if solve(assumptions=[*choices, lit])}

    def shop_click(self, choices: Sequence[int]) -> set[int]:
        """The naive loop of a shop: as `click`, but a member of a group replaces the choice of its group."""
        solve = self.solver.solve
        return {lit for lit in self.asked if solve(assumptions=[*self._rest(choices, lit), lit])}

    def _rest(self, choices: Sequence[int], literal: int) -> Sequence[int]:
        """The choices beside which `Engine.relaxed` judges a literal."""
        group = self.group_of.get(literal, frozenset())
        if group.isdisjoint(choices):
            return choices
        return [choice for choice in choices if abs(choice) not in group]

    def domains(self, choices: Sequence[int]) -> bytes:
        """As `Engine.domains`, from two questions a variable."""
        return self._bits(choices, lambda variable: choices)

    def relaxed(self, choices: Sequence[int]) -> bytes:
        """As `Engine.relaxed`: a member of a group with a choice is asked for without the choices of its group."""
        return self._bits(choices, lambda variable: self._rest(choices, variable))

    def _bits(self, choices: Sequence[int], rest: Callable[[int], Sequence[int]]) -> bytes:
        bits = bytearray(self.problem.count + 1)
        for v in range(1, self.problem.count + 1):
            bits[v] = TRUE * self.can([*rest(v), v]) | FALSE * self.can([*choices, -v])
        return bytes(bits)

    def close(self) -> None:
        """Frees the solver."""
        self.solver.delete()


def possible(bits: bytes, asked: Sequence[int]) -> set[int]:
    """The asked literals that `bits`, an answer of `Engine.domains`, calls possible."""
    return {lit for lit in asked if bits[abs(lit)] & (TRUE if lit > 0 else FALSE)}


@dataclass(frozen=True, slots=True)
class Peer:
    """What a peer took: milliseconds of the process, and how many literals it had settled of how many."""

    spent_ms: float
    settled: int
    asked: int


class CpSat:
    """CP-SAT over the same clauses, harvesting: every car it finds answers for all its options."""

    def __init__(self, problem: Problem) -> None:
        """Builds the model once; a click adds assumptions to a copy, since CP-SAT keeps nothing between calls."""
        self.model = cp_model.CpModel()
        self.variables = [self.model.new_bool_var(str(v)) for v in range(problem.top + 1)]
        for part in problem.parts:
            for clause in part.clauses:
                self.model.add_bool_or([self._literal(lit) for lit in clause])

    def _literal(self, lit: int) -> cp_model.LiteralT:
        return self.variables[lit] if lit > 0 else self.variables[-lit].negated()

    def cheapest(self, choices: Sequence[int], costs: Sequence[int]) -> int | None:
        """The least sum of costs[v] over cars with the choices; None when there is none."""
        model = self.model.clone()
        self._fix(model, choices)
        model.minimize(sum(cost * self.variables[v] for v, cost in enumerate(costs) if v and cost))
        solver = self._solver()
        if solver.solve(model) != cp_model.OPTIMAL:
            return None
        return int(round(solver.objective_value))

    def click(self, choices: Sequence[int], asked: Sequence[int], *, within: float) -> Peer:
        """Settles the asked literals until done or `within` seconds are spent (so a ratio is then a lower bound)."""
        began = time.process_time()
        open_, settled = dict.fromkeys(asked), 0
        while open_ and time.process_time() - began < within:
            model = self.model.clone()
            self._fix(model, [*choices, next(iter(open_))])
            solver = self._solver()
            if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                seen = [lit for lit in open_ if solver.boolean_value(self._literal(lit))]
            else:
                seen = [next(iter(open_))]
            settled += len(seen)
            for lit in seen:
                del open_[lit]
        return Peer((time.process_time() - began) * 1000, settled, len(asked))

    def _fix(self, model: cp_model.CpModel, literals: Sequence[int]) -> None:
        for lit in literals:
            model.add_bool_or([self._literal(lit)])

    def _solver(self) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        return solver
