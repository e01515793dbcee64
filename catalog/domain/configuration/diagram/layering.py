"""From the values behind each node to a reduced multi-valued diagram in flat arrays; no library of diagrams needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from catalog.domain.configuration.diagram.arrays import Shape
from catalog.domain.configuration.diagram.slicing import Remainder
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.tiers import FALSE, TRUE

END, NOTHING = 0, -1


class Layers:
    """One slice: `slots` of each level; `edges` of each node, one for each slot, in the order of the slots.

    Levels first hold what is fixed or free, which no node asks for, then the blocks of the order.
    """

    end, nothing = END, NOTHING

    def __init__(self, problem: Problem, remainder: Remainder) -> None:
        """Lays out the levels; nodes come by `fresh` and `edges`."""
        self.count = problem.count
        asked = [block for block in remainder.blocks if block[0] <= problem.count]
        inside = {variable for block in asked for variable in block}
        front: list[tuple[int, ...]] = []
        grouped = {variable for members in problem.groups for variable in members}
        for members in problem.groups:
            front.append(tuple(m for m in members if remainder.fixed.get(m, True)))
        front += [(v,) for v in range(1, problem.count + 1) if v not in grouped]
        front = [block for block in front if inside.isdisjoint(block)]
        self.front = len(front)
        self.blocks: list[tuple[int, ...]] = [*front, *asked]
        self.slots = [self._slots(block, remainder.fixed, grouped) for block in self.blocks]
        self.block_of = {v: level for level, block in enumerate(self.blocks) for v in block}
        self.level: list[int] = [len(self.blocks)]
        self.edges: dict[int, list[int]] = {}
        self.order: list[int] = []

    def _slots(
        self, block: Sequence[int], fixed: dict[int, bool], grouped: set[int]
    ) -> tuple[int, ...]:
        if block[0] in grouped:
            return tuple(block)
        both = (block[0], self.count + 1 + block[0])
        if block[0] in fixed:
            return both[:1] if fixed[block[0]] else both[1:]
        return both

    def fresh(self, level: int) -> int:
        """A new node of a level."""
        self.level.append(level)
        return len(self.level) - 1

    def finish(self, root: int) -> None:
        """Leaves out nodes that do not matter and puts the others in order, children first, the root last."""
        stands: dict[int, int] = {END: END, NOTHING: NOTHING}
        known: dict[tuple[int, ...], int] = {}
        for node in sorted(self.edges, key=lambda one: -self.level[one]):
            behind = [stands[child] for child in self.edges[node]]
            self.edges[node] = behind
            same = len(set(behind)) == 1
            stands[node] = (
                behind[0] if same else known.setdefault((self.level[node], *behind), node)
            )
        alive = {stands[root]}
        for node in sorted(self.edges, key=lambda one: (self.level[one], one)):
            if node in alive:
                alive.update(self.edges[node])
        alive -= {END, NOTHING}
        self.order = [END, *sorted(alive, key=lambda one: (-self.level[one], one))]

    def ways(self, node: int) -> list[tuple[int, int]]:
        """The slots of a node that lead to a car, with the node behind each."""
        if node == END:
            return []
        slots = self.slots[self.level[node]]
        pairs = zip(slots, self.edges[node], strict=True)
        return [(slot, child) for slot, child in pairs if child != NOTHING]

    def roots(self, groups: Sequence[Sequence[int]]) -> npt.NDArray[np.uint8]:
        """The bits of each variable in the slice while nothing is chosen: every edge is on the way to a car."""
        shown: set[int] = set()
        jumped = set(range(self.level[self.order[-1]]))
        for node in self.order[1:]:
            for slot, child in self.ways(node):
                shown.add(slot)
                jumped.update(range(self.level[node] + 1, self.level[child]))
        shown.update(slot for level in jumped for slot in self.slots[level])
        bits = np.zeros(self.count + 1, np.uint8)
        for slot in shown:
            bits[slot % (self.count + 1)] |= TRUE if slot <= self.count else FALSE
        for members in groups:
            seen = [member for member in members if member in shown]
            for member in members:
                if seen != [member]:
                    bits[member] |= FALSE
        return bits


def flat(problem: Problem, slices: Sequence[Layers]) -> Shape:
    """All slices of a problem as one set of arrays."""
    firsts: dict[str, list[int]] = {"nodes": [0], "levels": [0], "edges": [0], "slots": [0]}
    level_of: list[int] = []
    edge_slot: list[int] = []
    edge_child: list[int] = []
    slots: list[int] = []
    for layers in slices:
        base, levels = firsts["nodes"][-1], firsts["levels"][-1]
        place = {node: base + at for at, node in enumerate(layers.order)}
        for node in layers.order:
            level_of.append(levels + layers.level[node])
            for slot, child in layers.ways(node):
                edge_slot.append(slot)
                edge_child.append(place[child])
            firsts["edges"].append(len(edge_slot))
        for level in layers.slots:
            slots += level
            firsts["slots"].append(len(slots))
        firsts["nodes"].append(base + len(layers.order))
        firsts["levels"].append(levels + len(layers.slots))
    group_of = [-1] * (problem.count + 1)
    group_members: list[int] = [0]
    members: list[int] = []
    for number, group in enumerate(problem.groups):
        for variable in group:
            group_of[variable] = number
        members += group
        group_members.append(len(members))
    roots = [layers.roots(problem.groups) for layers in slices]

    def ints(values: Sequence[int]) -> npt.NDArray[np.int32]:
        return np.array(values, np.int32)

    return Shape(
        roots=np.concatenate(roots) if roots else np.zeros(0, np.uint8),
        slice_nodes=ints(firsts["nodes"]),
        slice_levels=ints(firsts["levels"]),
        node_level=ints(level_of),
        node_edges=ints(firsts["edges"]),
        edge_slot=ints(edge_slot),
        edge_child=ints(edge_child),
        level_slots=ints(firsts["slots"]),
        slots=ints(slots),
        group_of=ints(group_of),
        group_members=ints(group_members),
        members=ints(members),
    )
