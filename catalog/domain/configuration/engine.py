"""Benches: what one thread needs to answer for one model, on the tier that the release chose.

A `Workshop` holds what threads share (the problem, its diagrams, the problem of each price book); a `Bench` holds what
serves one thread at a time: an engine of the tier, one for each price book, and a solver that explains. Engines and
solvers are made when they are first needed: a click on compiled diagrams never starts a solver.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

import numpy as np
import numpy.typing as npt

from catalog.domain.configuration.car import Blueprint, Closure
from catalog.domain.configuration.costs import Off, Priced, Prices, priced
from catalog.domain.configuration.diagram.arrays import Slices
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.diagram.stored import slices_of
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.masks import numbers, rank_of
from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.sat.engine import SatEngine
from catalog.domain.configuration.sat.explaining import Explainer
from catalog.domain.configuration.tiers import Engine

COMPILED, SAT = "compiled", "sat"
TRIMS = "group:trim"
"""The part that says that a car has exactly one trim."""
PER_ADDITION = 1
PER_MINOR_UNIT = 1000
"""Prices come first: no number of additions outweighs one minor unit."""


class Workshop:
    """What all benches of one blueprint share; safe to share between threads."""

    def __init__(self, plan: Blueprint, *, tier: str | None = None) -> None:
        """`tier` forces one; by default diagrams serve where the release has them. Raises ValueError where it has none."""
        self.plan = plan
        self._diagrams = {} if tier == SAT else plan.model.diagrams
        self.problem = problem_of(Encoder(tuple(plan.order)), plan)
        self._slices = slices_of(self._diagrams, self.problem)
        if tier == COMPILED and self._slices is None:
            raise ValueError(f"no diagrams are stored for this {plan.model.code}")
        self.tier = SAT if self._slices is None else COMPILED
        self._ledgers: dict[str, tuple[Priced, Slices | None]] = {}
        self._lock = Lock()

    def engine(self) -> Engine:
        """A new engine for one thread."""
        return _engine(self.problem, self._slices)

    def ledger(self, prices: Prices) -> tuple[Priced, Engine]:
        """The model with the prices of a book, and a new engine for one thread; raises NoPriceBook for a price below zero."""
        with self._lock:
            if prices.key not in self._ledgers:
                found = priced(self.plan, prices)
                self._ledgers[prices.key] = found, slices_of(self._diagrams, found.problem)
            ledger, slices = self._ledgers[prices.key]
        return ledger, _engine(ledger.problem, slices)


def _engine(problem: Problem, slices: Slices | None) -> Engine:
    return SatEngine(problem) if slices is None else DiagramEngine(problem, slices)


class Till:
    """Prices on one bench. Weights are prices first and numbers of additions second.

    A car has of several ways the one that takes most off, so the least of all ways' least is the least of all cars.
    """

    def __init__(
        self, plan: Blueprint, ways: Sequence[Mapping[str, tuple[int, ...]]], engine: Engine
    ) -> None:
        """`ways` are the costs of `costs.Priced` after each of what offers may take off."""
        self.engine = engine
        self._visible = (1 << len(plan.order) + 1) - 1
        self._options = self._visible & ~plan.all_trims & ~1
        self._bytes = len(plan.order) // 8 + 1
        options = numbers(self._options)
        self._weights: dict[str, list[npt.NDArray[np.int64]]] = {}
        for costs in ways:
            for trim, amounts in costs.items():
                weights = np.array(amounts, np.int64) * PER_MINOR_UNIT
                weights[options] += PER_ADDITION
                self._weights.setdefault(trim, []).append(weights)

    def cheapest(self, start: Closure, literals: Sequence[int]) -> tuple[int, int] | None:
        """Weight and mask of the lightest car with these literals, of the trim that `start` has; None without one.

        The weight is the price of the car in thousandths of a minor unit, plus one for each option that is not on
        `start`. Among equals wins the car that has the option listed first, of those that only one of two cars has.
        """
        there = (start.on & self._options).to_bytes(self._bytes, "little")
        bits = np.unpackbits(np.frombuffer(there, np.uint8), bitorder="little")
        first, *others = self._weights[start.trim]
        best = self._lightest(first, bits, literals)
        for way in others if best else ():
            found = self._lightest(way, bits, literals)
            best = min(best, found, key=_first) if best and found else best
        return best

    def _lightest(
        self, way: npt.NDArray[np.int64], bits: npt.NDArray[np.uint8], literals: Sequence[int]
    ) -> tuple[int, int] | None:
        weights = way.copy()
        weights[: len(bits)] -= bits[: len(weights)] * PER_ADDITION
        found = self.engine.cheapest(literals, weights)  # type: ignore[arg-type] # an array is as good a sequence
        if found is None:
            return None
        mask = 0
        for variable in found[1]:
            mask |= 1 << variable
        return int(found[0]), mask & self._visible


def _first(found: tuple[int, int]) -> tuple[int, tuple[int, ...]]:
    """Lighter first; of equals the car that has the lower number, of those that only one of two cars has."""
    return found[0], rank_of(found[1])


class Bench:
    """Engines for one thread at a time; literals are the variables of the problem or their negatives."""

    def __init__(self, shop: Workshop) -> None:
        """Makes an engine of the workshop's tier."""
        self.plan = shop.plan
        self.engine = shop.engine()
        self.relaxed = self.engine.relaxed
        self.domains = self.engine.domains
        self.solvable = self.engine.solvable
        self._shop = shop
        self._number = shop.plan.bits.number
        self._ledgers: dict[str, tuple[Priced, Engine]] = {}
        self._tills: dict[tuple[str, tuple[Off, ...]], Till] = {}
        self._explainer: Explainer | None = None
        self._plainly: Explainer | None = None

    def literal(self, code: str) -> int:
        """The variable of an option or trim."""
        return self._number[code]

    def literals(self, codes: Iterable[str]) -> list[int]:
        """The variables of options and trims."""
        return [self._number[code] for code in codes]

    def till(self, prices: Prices) -> Till:
        """The till of these prices; raises NoPriceBook for a list price below zero."""
        key = prices.key, prices.ways
        if key not in self._tills:
            if prices.key not in self._ledgers:
                self._ledgers[prices.key] = self._shop.ledger(prices)
            ledger, engine = self._ledgers[prices.key]
            self._tills[key] = Till(self.plan, [ledger.costs(off) for off in prices.ways], engine)
        return self._tills[key]

    def minimal_core(self, wishes: Sequence[int]) -> tuple[list[int], tuple[Part, ...]]:
        """The wishes and the parts of a minimal conflict, wishes first asked to leave, in their order.

        Drop any member and a car exists. Empty when some car has all wishes. The same whatever was asked before. That a
        car has exactly one trim is named only where nothing else explains the conflict.
        """
        explainer = self._plain()
        core = explainer.minimal_core(wishes)
        if not core:
            explainer = self._explained()
            core = explainer.minimal_core(wishes)
        asked = frozenset(wishes)
        return [literal for literal in core if literal in asked], explainer.parts(core)

    def forbidding(self, wishes: Sequence[int]) -> tuple[Part, ...]:
        """The parts that together forbid the wishes, none in vain; empty when some car has all wishes."""
        return self._plain().minimal_parts(wishes) or self._explained().minimal_parts(wishes)

    def conflicting(self, wishes: Sequence[int]) -> list[int]:
        """A minimal subset of wishes that no car has, the first ones asked to leave first; empty when a car has all."""
        return self._explained().minimal_conflict(wishes)

    def _plain(self) -> Explainer:
        if self._plainly is None:
            self._plainly = Explainer(_explained(self._shop.problem, without=TRIMS))
        return self._plainly

    def _explained(self) -> Explainer:
        if self._explainer is None:
            self._explainer = Explainer(_explained(self._shop.problem))
        return self._explainer


def _explained(problem: Problem, *, without: str = "") -> Problem:
    """The problem with its parts in the order in which they are asked to leave a conflict."""
    parts = sorted((part for part in problem.parts if part.name != without), key=_leaves)
    return replace(problem, parts=tuple(parts))


def _leaves(part: Part) -> int:
    """When a part is asked to leave a conflict: groups and contents, then rules, last what a trim has or cannot have.

    What a trim has or cannot have is the plainest reason there is, so it stays where it explains anything.
    """
    if part.is_rule:
        return 1
    return 2 if part.name.startswith(("standard:", "availability:")) else 0


class Benches:
    """Lends benches to threads; a new one is made when all are out."""

    def __init__(self, make: Callable[[], Bench]) -> None:
        """`make` builds a bench."""
        self._make = make
        self._idle: deque[Bench] = deque()

    def take(self) -> Bench:
        """A bench for this thread alone until it is given back."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._make()

    def give(self, bench: Bench) -> None:
        """Gives a bench back."""
        self._idle.append(bench)

    @contextmanager
    def lent(self) -> Iterator[Bench]:
        """A bench for this thread alone until the block ends."""
        bench = self.take()
        try:
            yield bench
        finally:
            self.give(bench)
