"""The exact answers: a SAT solver (glucose4 of python-sat) kept warm, asked with assumptions.

A `Bench` holds two solvers of one model, market and day: one with every clause hard, for what can be had, and one with
a selector for each part, for why something cannot be had. A bench serves one thread at a time; `Benches` lends them
out, since python-sat keeps the interpreter's lock while it solves and a solver has one state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from pysat.solvers import Solver

from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.costs import Bills, Prices, bills
from catalog.domain.configuration.encoding import Encoder, encode
from catalog.domain.configuration.problem import Part

SOLVER = "glucose4"


class Bench:
    """Two warm solvers over one blueprint; literals are positive or negative variables of its encoder."""

    def __init__(self, plan: Blueprint) -> None:
        """Encodes the blueprint; raises nothing the blueprint did not."""
        self.plan = plan
        self.encoder = Encoder(plan.order)
        self.parts: tuple[Part, ...] = encode(self.encoder, plan)
        self.names = ("", *plan.order)
        self.count = len(plan.order)
        self.hard = Solver(name=SOLVER)
        self.explain = Solver(name=SOLVER)
        self.selectors: dict[int, Part] = {}
        for part in self.parts:
            self._add(part)
        for solver in (self.hard, self.explain):
            solver.add_clause([self.count, -self.count])  # makes every variable known
        self.hard.set_phases(range(1, self.count + 1))  # rich cars answer for many options at once
        self.bills: dict[tuple[str, str], Bills] = {}
        self.asked = 0

    def _add(self, part: Part) -> None:
        selector = self.encoder.fresh()
        self.selectors[selector] = part
        for clause in part.clauses:
            self.hard.add_clause(clause)
            self.explain.add_clause([*clause, -selector])

    def close(self) -> None:
        """Frees the solvers."""
        self.hard.delete()
        self.explain.delete()

    def literal(self, code: str) -> int:
        """The variable of an option or trim."""
        return self.encoder.variables[code]

    def literals(self, codes: Iterable[str]) -> list[int]:
        """The variables of options and trims."""
        return [self.encoder.variables[code] for code in codes]

    def codes(self, literals: Iterable[int]) -> list[str]:
        """The options and trims among the positive literals, in the model's order."""
        return [self.names[lit] for lit in sorted(literals) if 0 < lit <= self.count]

    def solvable(self, assumptions: Sequence[int]) -> bool:
        """Whether a buildable car has these literals."""
        self.asked += 1
        return bool(self.hard.solve(assumptions=assumptions))

    def model(self) -> frozenset[int]:
        """The options and trims of the car that the last `solvable` found."""
        found = self.hard.get_model() or []
        return frozenset(lit for lit in found[: self.count] if lit > 0)

    def core(self) -> frozenset[int]:
        """The assumptions that the last failed `solvable` could not keep together."""
        return frozenset(self.hard.get_core() or ())

    def available(self, base: Sequence[int], candidates: Iterable[int]) -> set[int]:
        """Which candidates some buildable car has together with `base`."""
        open_: set[int] = set(candidates)
        found: set[int] = set()
        consistent, implied = self.hard.propagate(assumptions=base)
        if not consistent or not self.solvable(base):
            return found
        open_ -= {-lit for lit in implied if lit < 0}
        self._harvest(open_, found)
        while open_:
            candidate = min(open_)
            if self.solvable([*base, candidate]):
                self._harvest(open_, found)
            else:
                open_.discard(candidate)
        return found

    def _harvest(self, open_: set[int], found: set[int]) -> None:
        seen = open_ & self.model()
        found |= seen
        open_ -= seen

    def forced(self, base: Sequence[int]) -> set[int]:
        """The options and trims on every buildable car that has `base`; empty when there is none."""
        if not self.solvable(base):
            return set()
        everywhere = set(self.model())
        for literal in sorted(everywhere):
            if literal in everywhere and self.solvable([*base, -literal]):
                everywhere &= self.model()
        return everywhere

    def bills_of(self, prices: Prices, trim: str) -> Bills:
        """The bills of a price list on a trim, their clauses added to the solver once."""
        key = (prices.key, trim)
        if key not in self.bills:
            found = bills(self.plan, self.encoder, prices, trim)
            for clause in found.clauses:
                self.hard.add_clause(clause)
            self.bills[key] = found
        return self.bills[key]

    def minimal_core(self, wishes: Sequence[int]) -> list[int]:
        """A minimal set of wishes and selectors that no car satisfies; wishes first asked to leave, in their order.

        The caller knows that all wishes together cannot be had. Drop any member and a car exists.
        """
        self.explain.solve(assumptions=[*wishes, *self.selectors])
        core = set(self.explain.get_core() or ())
        rank = {literal: place for place, literal in enumerate([*wishes, *self.selectors])}
        for literal in sorted(core, key=rank.__getitem__):
            if literal not in core:
                continue
            rest = sorted(core - {literal}, key=rank.__getitem__)
            if not self.explain.solve(assumptions=rest):
                core = set(self.explain.get_core() or ())
        return sorted(core, key=rank.__getitem__)


class Benches:
    """Lends benches to threads; a new one is made when all are out."""

    def __init__(self, make: Callable[[], Bench]) -> None:
        """`make` builds a bench."""
        self._make = make
        self._idle: deque[Bench] = deque()

    @contextmanager
    def lent(self) -> Iterator[Bench]:
        """A bench for this thread alone until the block ends."""
        try:
            bench = self._idle.pop()
        except IndexError:
            bench = self._make()
        try:
            yield bench
        finally:
            self._idle.append(bench)
