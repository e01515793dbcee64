"""The compiled tier: exact answers by sweeps over diagrams, microseconds each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from catalog.domain.configuration.diagram.arrays import Ints, Kind, Slices, joined, parted
from catalog.domain.configuration.diagram.cheapest import WORD, cheapest_car
from catalog.domain.configuration.diagram.identity import problem_key
from catalog.domain.configuration.diagram.kernels import (
    CONTRADICTION,
    DOMAINS,
    OPEN,
    PREPARED,
    REACHABLE,
    READY,
    RELAXED,
    Longs,
    Scratch,
    answer,
)
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.tiers import TRUE

Room: TypeAlias = tuple[npt.NDArray[Kind], tuple[int, ...]]
"""Arrays end to end and their places."""
COST_LIMIT = 1 << 60
"""The sizes of all costs add up to less: then no sum of a sweep leaves 64 bits."""


class DiagramEngine:
    """Answers about one problem from its diagrams; serves one thread at a time, many engines share the slices."""

    def __init__(self, problem: Problem, slices: Slices) -> None:
        """Takes the diagrams of exactly this problem; raises ValueError for those of another."""
        if slices.key != problem_key(problem):
            raise ValueError("these diagrams were compiled from another problem")
        self.problem = problem
        self.slices = slices
        self._shape = slices.shape
        self._count = slices.count
        self._scratch, bits, ints, longs = _scratch(slices)
        places = (*slices.places, *bits[1], *ints[1], *longs[1])
        self._arrays: tuple[Any, ...] = (np.array(places), *slices.bare, bits[0], ints[0], longs[0])
        self._lists: list[_Counter] = []

    def solvable(self, choices: Sequence[int]) -> bool:
        """Whether a car has these literals."""
        return bool(answer(_array(choices), REACHABLE, self._count, *self._arrays))

    def domains(self, choices: Sequence[int]) -> bytes:
        """For each variable 0..count the bits TRUE and FALSE that cars with these choices show; place 0 is 0."""
        answer(_array(choices), DOMAINS, self._count, *self._arrays)
        return self._scratch.bits.tobytes()

    def relaxed(self, choices: Sequence[int]) -> bytes:
        """As `domains`, but a member of a group with a positive choice is judged without that choice."""
        status = answer(_array(choices), RELAXED, self._count, *self._arrays)
        if status == CONTRADICTION:
            return self._relaxed_apart(choices)
        return self._scratch.bits.tobytes()

    def _relaxed_apart(self, choices: Sequence[int]) -> bytes:
        """`relaxed` for choices that contradict each other: no car has them, one question a group says the rest."""
        bits = bytearray(self._count + 1)
        for members in self.problem.groups:
            if any(choice in members for choice in choices):
                others = [choice for choice in choices if abs(choice) not in members]
                without = self.domains(others)
                for member in members:
                    bits[member] = without[member] & TRUE
        return bytes(bits)

    def cheapest(
        self, choices: Sequence[int], costs: Sequence[int]
    ) -> tuple[int, tuple[int, ...]] | None:
        """The least sum of `costs[v]` over the true variables v of a car with the choices, and those variables.

        `costs` has a place for 0, which counts nothing. Among equal costs the car wins that has variable 1, else 2, ...
        Raises OverflowError where the sizes of all costs do not add up to less than 2^60.
        """
        amounts = _amounts(costs, self._count)
        shape, scratch, count = self._shape, self._scratch, self._count
        if answer(_array(choices), PREPARED, count, *self._arrays) != READY:
            return None
        if not cheapest_car(amounts, shape, scratch, count):
            return None
        true = np.flatnonzero(scratch.bits)
        return int(scratch.best[0]), tuple(true.tolist())

    def count(self, choices: Sequence[int]) -> int:
        """How many cars (assignments of the visible variables) have these literals; exact, however many."""
        scratch, shape = self._scratch, self._shape
        if answer(_array(choices), PREPARED, self._count, *self._arrays) != READY:
            return 0
        if not self._lists:
            pieces = range(len(shape.slice_nodes) - 1)
            self._lists = [_Counter(self.slices, piece) for piece in pieces]
        open_ = [kind == OPEN for kind in scratch.state.tolist()]
        return sum(
            counter.count(open_)
            for piece, counter in enumerate(self._lists)
            if scratch.fitting[piece]
        )

    def warm(self) -> None:
        """Asks every kernel once, so that no click waits for numba to compile it or to read it from its cache."""
        self.relaxed([])
        self.solvable([])
        self.cheapest([], np.zeros(self._count + 1, np.int64))  # type: ignore[arg-type] # an array is as good

    @property
    def held(self) -> int:
        """Bytes that this engine holds for itself, the shared slices not counted."""
        return sum(array.nbytes for array in self._scratch)

    def close(self) -> None:
        """Nothing to free: the arrays belong to Python."""


class _Counter:
    """One slice as Python lists: its numbers of cars outgrow 64 bits."""

    def __init__(self, slices: Slices, piece: int) -> None:
        shape = slices.shape
        first, end = shape.slice_nodes[piece : piece + 2].tolist()
        start, stop = shape.slice_levels[piece : piece + 2].tolist()
        self.level = (shape.node_level[first:end] - start).tolist()
        self.slots: list[list[int]] = [
            shape.slots[shape.level_slots[level] : shape.level_slots[level + 1]].tolist()
            for level in range(start, stop)
        ]
        self.edges: list[list[tuple[int, int]]] = []
        for node in range(first, end):
            edges = slice(*shape.node_edges[node : node + 2].tolist())
            children = shape.edge_child[edges] - first
            pairs = zip(shape.edge_slot[edges].tolist(), children.tolist(), strict=True)
            self.edges.append(list(pairs))

    def count(self, open_: Sequence[bool]) -> int:
        """The number of cars through open slots."""
        widths = [sum(open_[slot] for slot in slots) for slots in self.slots]
        counts = [1]
        for node in range(1, len(self.level)):
            below = self.level[node] + 1
            total = 0
            for slot, child in self.edges[node]:
                if open_[slot] and counts[child]:
                    found = counts[child]
                    for width in widths[below : self.level[child]]:
                        found *= width
                    total += found
            counts.append(total)
        found = counts[-1]
        for width in widths[: self.level[-1]]:
            found *= width
        return found


def _array(choices: Sequence[int]) -> Ints:
    try:
        return np.array(choices, np.int32)
    except OverflowError:
        return np.zeros(1, np.int32)  # a number so large names no variable; nor does 0


def _amounts(costs: Sequence[int], count: int) -> Longs:
    """The costs as 64-bit integers; raises OverflowError, ValueError for another length."""
    amounts = np.asarray(costs, np.int64)
    if len(amounts) != count + 1:
        raise ValueError(f"there are {len(amounts)} costs for variables 0..{count}")
    if count and max(int(amounts.max()), -int(amounts.min())) * (count + 1) >= COST_LIMIT:
        sizes = sum(abs(int(amount)) for amount in costs)
        if sizes >= COST_LIMIT:
            raise OverflowError("the costs of a car may not fit into 64 bits")
    return amounts


def _scratch(
    slices: Slices,
) -> tuple[Scratch, Room[np.uint8], Room[np.int32], Room[np.int64]]:
    """Room for an engine to write, and the arrays of each width that it lies in with the places in them."""
    shape, count = slices.shape, slices.count
    nodes, levels = len(shape.node_level), len(shape.level_slots)
    words = max(1, -(-count // WORD))
    both, pieces, groups = 2 * (count + 1), len(shape.slice_nodes) - 1, len(shape.group_members) - 1
    # state, seen, up, down, bits, fitting; chosen, path, tried, jumps, level_slot; value, marks, level_cost, best
    bits = _room(np.uint8, both, both, nodes, nodes, count + 1, pieces)
    ints = _room(np.int32, groups, levels + 2, levels + 2, levels + 1, levels)
    longs = _room(np.int64, nodes, nodes * words, levels + 1, 1 + 2 * words)
    arrays = [*parted(*bits), *parted(*ints), *parted(*longs)]
    return Scratch._make(arrays), bits, ints, longs


def _room(kind: type[Kind], *sizes: int) -> Room[Kind]:
    return joined([np.zeros(size, kind) for size in sizes])
