"""Sweeps over compiled diagrams: plain functions over flat arrays, compiled where numba is installed.

A backward (upward) sweep finds the nodes from which a car can be finished, a forward (downward) one those that can be
reached; an edge between the two is a value that some car has (valid domains: Jensen 2004, "CLab"; Hadzic, Jensen and
Andersen 2007, "Calculating Valid Domains for BDD-Based Interactive Configuration", arXiv 0704.1394). `cheapest.py`
has the same sweep with sums instead of truths.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from catalog.domain.configuration.diagram.arrays import Bits, Ints, Shape
from catalog.domain.configuration.jit import kernel

Longs = npt.NDArray[np.int64]
OPEN, SIBLING, SHUT = 0, 1, 2
"""A slot may be passed; its group holds another choice, so it is judged but not passed; the choices rule it out.

With `relax` 0 or 1 what is at most `relax` may be shown.
"""
READY, CONTRADICTION, UNKNOWN = 0, 1, 2
"""What is to be said of choices: they can be swept; they cannot hold together, whatever the rules; one names no variable."""
FITS, NEVER = -1, -2
DOMAINS, RELAXED, REACHABLE, PREPARED = range(4)
"""What `answer` is asked; the first two are `relax` of `judge`."""


class Scratch(NamedTuple):
    """Arrays that one engine writes again at every call, by width; only one thread may use them at a time."""

    state: Bits
    """slot code -> OPEN, SIBLING or SHUT."""
    seen: Bits
    """slot code -> 1 once a car was found that has it."""
    up: Bits
    """node -> whether a car can be finished from it."""
    down: Bits
    """node -> whether it can be reached from the root."""
    bits: Bits
    """variable -> bits TRUE and FALSE: the answer."""
    fitting: Bits
    """slice -> whether its root domains allow the choices."""
    chosen: Ints
    """group -> the member chosen, or 0."""
    path: Ints
    """The nodes of the path that is tried, the root first."""
    tried: Ints
    """For each of them the edge that is tried next."""
    jumps: Ints
    """level -> difference of the number of live edges that jump over it and over the level before."""
    level_slot: Ints
    """level -> the cheapest open slot."""
    value: Longs
    """node -> least cost to finish a car from it and from every level before it that no node asks for."""
    marks: Longs
    """node x words -> which variables that car has, variable 1 in the highest bit."""
    level_cost: Longs
    """level -> cost of the cheapest open slots of all levels before it in the slice."""
    best: Longs
    """The cost of the best car, then the words of its mark, then those of the car it is compared with."""


@kernel
def place_choice(literal: int, shape: Shape, scratch: Scratch, count: int) -> int:
    """Writes one choice into `state` and `chosen`; READY, UNKNOWN or CONTRADICTION."""
    variable = abs(literal)
    if variable == 0 or variable > count:
        return UNKNOWN
    group = shape.group_of[variable]
    if literal < 0:
        scratch.state[variable] = SHUT
    elif group < 0:
        scratch.state[count + 1 + variable] = SHUT
    elif scratch.chosen[group] != 0 and scratch.chosen[group] != variable:
        return CONTRADICTION
    else:
        scratch.chosen[group] = variable
    return READY


@kernel
def state_choices(choices: Ints, shape: Shape, scratch: Scratch, count: int) -> int:
    """Writes what the choices leave open into `state` and `chosen`; READY, UNKNOWN or CONTRADICTION."""
    state, status = scratch.state, READY
    state[:] = OPEN
    scratch.chosen[:] = 0
    for place in range(len(choices)):
        status = max(status, place_choice(choices[place], shape, scratch, count))
    if status != READY:
        return status
    for place in range(len(choices)):
        variable = abs(choices[place])
        group = shape.group_of[variable]
        if group < 0:
            if state[variable] == SHUT and state[count + 1 + variable] == SHUT:
                return CONTRADICTION
        elif scratch.chosen[group] != 0 and state[scratch.chosen[group]] == SHUT:
            return CONTRADICTION
    spare_siblings(shape, scratch)
    return READY


@kernel
def spare_siblings(shape: Shape, scratch: Scratch) -> None:
    """What shares a group with a choice is judged, but no way to go on."""
    for group in range(len(scratch.chosen)):
        member = scratch.chosen[group]
        if member != 0:
            for place in range(shape.group_members[group], shape.group_members[group + 1]):
                scratch.state[shape.members[place]] = SIBLING
            scratch.state[member] = OPEN


@kernel
def misfit(piece: int, choices: Ints, shape: Shape, scratch: Scratch, count: int) -> int:
    """FITS; NEVER; or the one group whose own choice keeps the slice from fitting, judged by its root domains."""
    found = FITS
    base = piece * (count + 1)
    for place in range(len(choices)):
        literal = choices[place]
        variable = abs(literal)
        group = shape.group_of[variable]
        if literal < 0:
            if group >= 0 and scratch.chosen[group] != 0:
                continue
            if shape.roots[base + variable] & 2 == 0:
                return NEVER
        elif shape.roots[base + variable] & 1 == 0:
            if group < 0 or (found >= 0 and found != group):
                return NEVER
            found = group
    return found


@kernel
def level_group(level: int, shape: Shape, count: int) -> int:
    """The group of a level, or -1 for a boolean variable."""
    slot = shape.slots[shape.level_slots[level]]
    return shape.group_of[slot] if slot <= count else -1


@kernel
def passable(level: int, shape: Shape, scratch: Scratch) -> bool:
    """Whether a slot of the level is open."""
    for place in range(shape.level_slots[level], shape.level_slots[level + 1]):
        if scratch.state[shape.slots[place]] == OPEN:
            return True
    return False


@kernel
def wanted(level: int, relax: int, shape: Shape, scratch: Scratch) -> bool:
    """Whether a slot of the level may be shown and was not yet."""
    for place in range(shape.level_slots[level], shape.level_slots[level + 1]):
        slot = shape.slots[place]
        if scratch.seen[slot] == 0 and scratch.state[slot] <= relax:
            return True
    return False


@kernel
def asked(piece: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int) -> int:
    """What the slice can still show: 1 above its root, 2 below it, 3 both, 0 nothing; -1 where a level is shut.

    With `group` >= 0 only the slots of that group are asked, and it may be shut.
    """
    front = shape.node_level[shape.slice_nodes[piece + 1] - 1]
    found = 0
    for level in range(shape.slice_levels[piece], shape.slice_levels[piece + 1]):
        own = group >= 0 and level_group(level, shape, count) == group
        if not own and not passable(level, shape, scratch):
            return -1
        if (own or group < 0) and wanted(level, relax, shape, scratch):
            found |= 1 if level < front else 2
    return found


@kernel
def sweep_up(piece: int, shape: Shape, scratch: Scratch) -> int:
    """Marks the nodes of a slice from which a car can be finished; 1 if the root is one."""
    first, end = shape.slice_nodes[piece], shape.slice_nodes[piece + 1]
    state, up = scratch.state, scratch.up
    up[first] = 1
    for node in range(first + 1, end):
        alive = 0
        for edge in range(shape.node_edges[node], shape.node_edges[node + 1]):
            if state[shape.edge_slot[edge]] == OPEN and up[shape.edge_child[edge]] != 0:
                alive = 1
                break
        up[node] = alive
    return 1 if up[end - 1] != 0 else 0


@kernel
def has_car(piece: int, shape: Shape, scratch: Scratch) -> int:
    """1 if a slice whose levels are all passable has a car: the first path that is found ends the search."""
    first, root = shape.slice_nodes[piece], shape.slice_nodes[piece + 1] - 1
    up, path, tried = scratch.up, scratch.path, scratch.tried
    up[first : root + 1] = 1
    path[0], tried[0], depth = root, shape.node_edges[root], 0
    while depth >= 0:
        node, edge = path[depth], tried[depth]
        if node == first:
            return 1
        if edge == shape.node_edges[node + 1]:
            up[node] = 0
            depth -= 1
            continue
        tried[depth] = edge + 1
        child = shape.edge_child[edge]
        if scratch.state[shape.edge_slot[edge]] == OPEN and up[child] != 0:
            depth += 1
            path[depth], tried[depth] = child, shape.node_edges[child]
    return 0


@kernel
def show_level(
    level: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int
) -> None:
    """Shows every value of a level that may be passed or judged; with `group` >= 0 only of that group."""
    if group >= 0 and level_group(level, shape, count) != group:
        return
    for place in range(shape.level_slots[level], shape.level_slots[level + 1]):
        slot = shape.slots[place]
        if scratch.state[slot] <= relax:
            scratch.seen[slot] = 1


@kernel
def sweep_down(
    piece: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int
) -> None:
    """Shows what lies on a path from the root through open slots to a car, after `sweep_up`.

    A SIBLING slot is no way to go on, but shown where a car can be finished behind it: the group's own choice is left
    out of account there, since a path meets a group once.
    """
    first, end = shape.slice_nodes[piece], shape.slice_nodes[piece + 1]
    state, seen, up, down, jumps = (
        scratch.state,
        scratch.seen,
        scratch.up,
        scratch.down,
        scratch.jumps,
    )
    level_of, edge_slot, edge_child = shape.node_level, shape.edge_slot, shape.edge_child
    down[first:end] = 0
    down[end - 1] = 1
    jumps[level_of[end - 1] : level_of[first] + 1] = 0
    for node in range(end - 1, first, -1):
        if down[node] == 0:
            continue
        level = level_of[node]
        shows = group < 0 or level_group(level, shape, count) == group
        for edge in range(shape.node_edges[node], shape.node_edges[node + 1]):
            slot, child = edge_slot[edge], edge_child[edge]
            if state[slot] > relax or up[child] | relax == 0:
                continue
            if shows and up[child] != 0:
                seen[slot] = 1
            if state[slot] == OPEN:
                down[child] = 1
                if up[child] != 0 and level_of[child] > level + 1:
                    jumps[level + 1] += 1
                    jumps[level_of[child]] -= 1


@kernel
def show_jumped(
    piece: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int
) -> None:
    """Shows the levels over which a live edge jumps, after `sweep_down`."""
    first, end = shape.slice_nodes[piece], shape.slice_nodes[piece + 1]
    over = 0
    for level in range(shape.node_level[end - 1], shape.node_level[first]):
        over += scratch.jumps[level]
        if over > 0:
            show_level(level, group, relax, shape, scratch, count)


@kernel
def sweep_slice(
    piece: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int
) -> int:
    """Adds the answers of one slice; 1 where it has a car with all choices (`group` < 0)."""
    found = asked(piece, group, relax, shape, scratch, count)
    if found <= 0:
        return 0
    below = found & 2 != 0
    alive = sweep_up(piece, shape, scratch) if below else has_car(piece, shape, scratch)
    if alive != 0:
        front = shape.node_level[shape.slice_nodes[piece + 1] - 1]
        for level in range(shape.slice_levels[piece], front):
            show_level(level, group, relax, shape, scratch, count)
    if below and (alive != 0 or relax != 0):
        sweep_down(piece, group, relax, shape, scratch, count)
        show_jumped(piece, group, relax, shape, scratch, count)
    return alive if group < 0 else 0


@kernel
def collect(feasible: int, shape: Shape, scratch: Scratch, count: int) -> None:
    """Writes what was seen into `bits`; some car lacks a member if some car has another of its group."""
    bits, seen = scratch.bits, scratch.seen
    for variable in range(1, count + 1):
        bits[variable] = seen[variable] + 2 * seen[count + 1 + variable]
    if feasible == 0:
        return
    for group in range(len(scratch.chosen)):
        low, high = shape.group_members[group], shape.group_members[group + 1]
        chosen, shown = scratch.chosen[group], 0
        for place in range(low, high):
            if bits[shape.members[place]] != 0:
                shown += 1
        for place in range(low, high):
            member = shape.members[place]
            alone = chosen == member if chosen != 0 else shown == 1 and bits[member] != 0
            if not alone:
                bits[member] |= 2


@kernel
def judge(choices: Ints, relax: int, shape: Shape, scratch: Scratch, count: int) -> int:
    """Writes the domains (`relax` 0) or relaxed domains (1) into `bits`; UNKNOWN and CONTRADICTION leave zeros."""
    scratch.bits[:] = 0
    scratch.seen[:] = 0
    status = state_choices(choices, shape, scratch, count)
    if status != READY:
        return status
    feasible = 0
    for piece in range(len(shape.slice_nodes) - 1):
        group = misfit(piece, choices, shape, scratch, count)
        if group == FITS or (group >= 0 and relax != 0):
            feasible |= sweep_slice(piece, group, relax, shape, scratch, count)
    collect(feasible, shape, scratch, count)
    return READY


@kernel
def fits(piece: int, shape: Shape, scratch: Scratch) -> bool:
    """Whether a slice whose root allows the choices has a car with them."""
    for level in range(shape.slice_levels[piece], shape.slice_levels[piece + 1]):
        if not passable(level, shape, scratch):
            return False
    return has_car(piece, shape, scratch) != 0


@kernel
def prepare(choices: Ints, shape: Shape, scratch: Scratch, count: int) -> int:
    """Writes what the choices leave open and, into `fitting`, which slices they leave; READY or why there are none."""
    status = state_choices(choices, shape, scratch, count)
    if status == READY:
        for piece in range(len(scratch.fitting)):
            scratch.fitting[piece] = misfit(piece, choices, shape, scratch, count) == FITS
    return status


@kernel
def reachable(choices: Ints, shape: Shape, scratch: Scratch, count: int) -> int:
    """1 if a car has the choices."""
    if state_choices(choices, shape, scratch, count) != READY:
        return 0
    for piece in range(len(shape.slice_nodes) - 1):
        if misfit(piece, choices, shape, scratch, count) == FITS and fits(piece, shape, scratch):
            return 1
    return 0


@kernel
def answer(
    choices: Ints, question: int, count: int, at: Longs, roots: Bits, lists: Ints, bits: Bits,
    ints: Ints, longs: Longs,
) -> int:  # fmt: skip
    """`judge` (DOMAINS, RELAXED), `reachable` (REACHABLE) or `prepare` (PREPARED).

    The arrays of `Shape` and `Scratch` come end to end, see `arrays.joined`: `at` are their places. Numba takes seven
    arrays from Python in half the time of 28, and those in a third of the time of tuples of them.
    """
    shape = Shape(
        roots, lists[at[0] : at[1]], lists[at[1] : at[2]], lists[at[2] : at[3]],
        lists[at[3] : at[4]], lists[at[4] : at[5]], lists[at[5] : at[6]], lists[at[6] : at[7]],
        lists[at[7] : at[8]], lists[at[8] : at[9]], lists[at[9] : at[10]], lists[at[10] : at[11]],
    )  # fmt: skip
    scratch = Scratch(
        bits[at[12] : at[13]], bits[at[13] : at[14]], bits[at[14] : at[15]], bits[at[15] : at[16]],
        bits[at[16] : at[17]], bits[at[17] : at[18]], ints[at[19] : at[20]], ints[at[20] : at[21]],
        ints[at[21] : at[22]], ints[at[22] : at[23]], ints[at[23] : at[24]],
        longs[at[25] : at[26]], longs[at[26] : at[27]], longs[at[27] : at[28]],
        longs[at[28] : at[29]],
    )  # fmt: skip
    if question == REACHABLE:
        return reachable(choices, shape, scratch, count)
    if question == PREPARED:
        return prepare(choices, shape, scratch, count)
    return judge(choices, question, shape, scratch, count)
