"""Sweeps over compiled diagrams: plain functions over flat arrays, compiled where numba is installed.

A backward (upward) sweep finds the nodes from which a car can be finished, a forward (downward) one those that can be
reached; an edge between the two is a value that some car has (valid domains: Jensen 2004, "CLab"; Hadzic, Jensen and
Andersen 2007, "Calculating Valid Domains for BDD-Based Interactive Configuration", arXiv 0704.1394). The same upward
sweep with sums instead of truths gives the cheapest car (min-plus).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from catalog.domain.configuration.diagram.arrays import Bits, Ints, Shape
from catalog.domain.configuration.jit import kernel

Longs = npt.NDArray[np.int64]
OPEN, SIBLING, SHUT = 0, 1, 2
"""A slot may be passed; its group holds another choice, so it is judged but not passed; the choices rule it out."""
READY, UNKNOWN, CONTRADICTION = 0, 1, 2
"""What is to be said of choices: they can be swept; name no variable; cannot hold on any car, whatever the rules."""
FITS, NEVER = -1, -2
WORD = 63
"""Variables a word of a car's mark, variable 1 first, so that a greater mark wins among equal costs."""


class Scratch(NamedTuple):
    """Arrays that one engine writes again at every call; only one thread may use them at a time."""

    state: Bits
    """slot code -> OPEN, SIBLING or SHUT."""
    chosen: Ints
    """group -> the member chosen, or 0."""
    up: Bits
    """node -> whether a car can be finished from it."""
    down: Bits
    """node -> whether it can be reached from the root."""
    jumps: Ints
    """level -> difference of the number of live edges that jump over it and over the level before."""
    bits: Bits
    """variable -> bits TRUE and FALSE: the answer."""
    value: Longs
    """node -> least cost to finish a car."""
    marks: Longs
    """node x words -> which variables that car has."""
    level_cost: Longs
    """level -> cost of all cheapest slots of the slice before it."""
    level_marks: Longs
    """level x words -> their variables."""
    best: Longs
    """words -> the variables of the best car; before them its cost."""


@kernel
def state_choices(choices: Ints, shape: Shape, scratch: Scratch, count: int) -> int:
    """Writes what the choices leave open into `state` and `chosen`; READY, UNKNOWN or CONTRADICTION."""
    state, chosen = scratch.state, scratch.chosen
    state[:] = OPEN
    chosen[:] = 0
    for place in range(len(choices)):
        literal = choices[place]
        variable = abs(literal)
        if variable == 0 or variable > count:
            return UNKNOWN
        group = shape.group_of[variable]
        if literal < 0:
            state[variable] = SHUT
        elif group < 0:
            state[count + 1 + variable] = SHUT
        elif chosen[group] != 0 and chosen[group] != variable:
            return CONTRADICTION
        else:
            chosen[group] = variable
    for place in range(len(choices)):
        variable = abs(choices[place])
        if state[variable] == SHUT and state[count + 1 + variable] == SHUT:
            return CONTRADICTION
    for group in range(len(chosen)):
        member = chosen[group]
        if member != 0:
            if state[member] == SHUT:
                return CONTRADICTION
            for place in range(shape.group_members[group], shape.group_members[group + 1]):
                state[shape.members[place]] = SIBLING
            state[member] = OPEN
    return READY


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
def asked(
    piece: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int
) -> tuple[int, int]:
    """What the slice can still add to the answer: (above its root, below), or (-1, 0) where a level is shut.

    With `group` >= 0 only the slots of that group are asked.
    """
    front = shape.node_level[shape.slice_nodes[piece + 1] - 1]
    above, below = 0, 0
    for level in range(shape.slice_levels[piece], shape.slice_levels[piece + 1]):
        passable = False
        wanted = False
        own = FITS
        for place in range(shape.level_slots[level], shape.level_slots[level + 1]):
            slot = shape.slots[place]
            kind = scratch.state[slot]
            if slot <= count:
                own = shape.group_of[slot]
            if kind == OPEN:
                passable = True
            if kind == OPEN or (kind == SIBLING and relax != 0):
                if slot <= count:
                    wanted = wanted or scratch.bits[slot] & 1 == 0
                else:
                    wanted = wanted or scratch.bits[slot - count - 1] & 2 == 0
        if not passable and (group < 0 or own != group):
            return -1, 0
        if wanted and (group < 0 or own == group):
            if level < front:
                above = 1
            else:
                below = 1
    return above, below


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
def show(slot: int, scratch: Scratch, count: int) -> None:
    """Some car has this value."""
    if slot <= count:
        scratch.bits[slot] |= 1
    else:
        scratch.bits[slot - count - 1] |= 2


@kernel
def show_level(
    level: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int
) -> None:
    """Shows every value of a level that may be passed or judged; with `group` >= 0 only of that group."""
    for place in range(shape.level_slots[level], shape.level_slots[level + 1]):
        slot = shape.slots[place]
        if group >= 0 and (slot > count or shape.group_of[slot] != group):
            return
        kind = scratch.state[slot]
        if kind == OPEN or (kind == SIBLING and relax != 0):
            show(slot, scratch, count)


@kernel
def sweep_down(
    piece: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int
) -> None:
    """Shows what lies on a path from the root through open slots to a car, after `sweep_up`.

    A SIBLING slot is no way to go on, but shown where a car can be finished behind it: the group's own choice is left
    out of account there, since a path meets a group once.
    """
    first, end = shape.slice_nodes[piece], shape.slice_nodes[piece + 1]
    state, up, down, jumps = scratch.state, scratch.up, scratch.down, scratch.jumps
    level_of = shape.node_level
    down[first:end] = 0
    down[end - 1] = 1
    front = level_of[end - 1]
    jumps[front : level_of[first] + 1] = 0
    for node in range(end - 1, first, -1):
        if down[node] == 0 or (relax == 0 and up[node] == 0):
            continue
        level = level_of[node]
        for edge in range(shape.node_edges[node], shape.node_edges[node + 1]):
            slot = shape.edge_slot[edge]
            kind = state[slot]
            if kind == SHUT or (kind == SIBLING and relax == 0):
                continue
            child = shape.edge_child[edge]
            if up[child] != 0 and (group < 0 or (slot <= count and shape.group_of[slot] == group)):
                show(slot, scratch, count)
            if kind == OPEN:
                down[child] = 1
                if up[child] != 0 and level_of[child] > level + 1:
                    jumps[level + 1] += 1
                    jumps[level_of[child]] -= 1
    over = 0
    for level in range(front, level_of[first]):
        over += jumps[level]
        if over > 0:
            show_level(level, group, relax, shape, scratch, count)


@kernel
def sweep_slice(
    piece: int, group: int, relax: int, shape: Shape, scratch: Scratch, count: int
) -> int:
    """Adds the answers of one slice; 1 where it has a car with all choices (`group` < 0)."""
    above, below = asked(piece, group, relax, shape, scratch, count)
    if above < 0 or above + below == 0:
        return 0
    alive = sweep_up(piece, shape, scratch)
    if alive != 0:
        front = shape.node_level[shape.slice_nodes[piece + 1] - 1]
        for level in range(shape.slice_levels[piece], front):
            show_level(level, group, relax, shape, scratch, count)
    if below != 0 and (alive != 0 or relax != 0):
        sweep_down(piece, group, relax, shape, scratch, count)
    return alive if group < 0 else 0


@kernel
def judge(choices: Ints, relax: int, shape: Shape, scratch: Scratch, count: int) -> int:
    """Writes the domains (`relax` 0) or relaxed domains (1) into `bits`; UNKNOWN and CONTRADICTION leave zeros."""
    bits = scratch.bits
    bits[:] = 0
    status = state_choices(choices, shape, scratch, count)
    if status != READY:
        return status
    feasible = 0
    for piece in range(len(shape.slice_nodes) - 1):
        group = misfit(piece, choices, shape, scratch, count)
        if group == FITS or (group >= 0 and relax != 0):
            feasible |= sweep_slice(piece, group, relax, shape, scratch, count)
    if feasible == 0:
        return READY
    for group in range(len(scratch.chosen)):
        low, high = shape.group_members[group], shape.group_members[group + 1]
        chosen, shown = scratch.chosen[group], 0
        for place in range(low, high):
            if bits[shape.members[place]] != 0:
                shown += 1
        for place in range(low, high):
            member = shape.members[place]
            if chosen != 0:
                lacks = chosen != member
            else:
                lacks = shown > 1 or bits[member] == 0
            if lacks:
                bits[member] |= 2
    return READY


@kernel
def reachable(choices: Ints, shape: Shape, scratch: Scratch, count: int) -> int:
    """1 if a car has the choices."""
    scratch.bits[:] = 0
    if state_choices(choices, shape, scratch, count) != READY:
        return 0
    for piece in range(len(shape.slice_nodes) - 1):
        if misfit(piece, choices, shape, scratch, count) == FITS:
            above, _ = asked(piece, FITS, 0, shape, scratch, count)
            if above >= 0 and sweep_up(piece, shape, scratch) != 0:
                return 1
    return 0


@kernel
def mark(variable: int, marks: Longs, base: int) -> None:
    """Adds a variable to the mark that starts at `base`."""
    marks[base + (variable - 1) // WORD] |= 1 << (WORD - 1 - (variable - 1) % WORD)


@kernel
def price_levels(
    piece: int, costs: Longs, words: int, shape: Shape, scratch: Scratch, count: int
) -> int:
    """Sums costs and marks of the cheapest open slot of each level; 0 where a level is shut."""
    cost, marks, state = scratch.level_cost, scratch.level_marks, scratch.state
    start = shape.slice_levels[piece]
    cost[start] = 0
    marks[start * words : (start + 1) * words] = 0
    for level in range(start, shape.slice_levels[piece + 1]):
        best, least = 0, 0
        for place in range(shape.level_slots[level], shape.level_slots[level + 1]):
            slot = shape.slots[place]
            if state[slot] != OPEN:
                continue
            price = costs[slot] if slot <= count else 0
            if best == 0 or price < least or (price == least and slot < best):
                best, least = slot, price
        if best == 0:
            return 0
        cost[level + 1] = cost[level] + least
        for word in range(words):
            marks[(level + 1) * words + word] = marks[level * words + word]
        if best <= count:
            mark(best, marks, (level + 1) * words)
    return 1


@kernel
def edge_word(
    node: int, edge: int, word: int, words: int, shape: Shape, scratch: Scratch, count: int
) -> int:
    """One word of the mark of the cheapest car behind an edge, what it jumps over included."""
    child, slot = shape.edge_child[edge], shape.edge_slot[edge]
    over = (
        scratch.level_marks[shape.node_level[child] * words + word]
        ^ scratch.level_marks[(shape.node_level[node] + 1) * words + word]
    )
    found = scratch.marks[child * words + word] | over
    if slot <= count and (slot - 1) // WORD == word:
        found |= 1 << (WORD - 1 - (slot - 1) % WORD)
    return int(found)


@kernel
def better(
    node: int, edge: int, than: int, words: int, shape: Shape, scratch: Scratch, count: int
) -> bool:
    """Whether the car behind an edge wins against an equally cheap one behind another."""
    for word in range(words):
        left = edge_word(node, edge, word, words, shape, scratch, count)
        right = edge_word(node, than, word, words, shape, scratch, count)
        if left != right:
            return left > right
    return False


@kernel
def price_node(
    node: int, costs: Longs, words: int, shape: Shape, scratch: Scratch, count: int
) -> int:
    """Least cost and mark from a node; 1 if a car can be finished."""
    best, least = -1, 0
    behind = scratch.level_cost[shape.node_level[node] + 1]
    for edge in range(shape.node_edges[node], shape.node_edges[node + 1]):
        slot, child = shape.edge_slot[edge], shape.edge_child[edge]
        if scratch.state[slot] != OPEN or scratch.up[child] == 0:
            continue
        price = scratch.value[child] + scratch.level_cost[shape.node_level[child]] - behind
        if slot <= count:
            price += costs[slot]
        if (
            best < 0
            or price < least
            or (price == least and better(node, edge, best, words, shape, scratch, count))
        ):
            best, least = edge, price
    if best < 0:
        return 0
    scratch.value[node] = least
    for word in range(words):
        found = edge_word(node, best, word, words, shape, scratch, count)
        scratch.marks[node * words + word] = found
    return 1


@kernel
def price_slice(
    piece: int, costs: Longs, words: int, shape: Shape, scratch: Scratch, count: int
) -> int:
    """The upward sweep with costs; 1 if the slice has a car with the choices."""
    if price_levels(piece, costs, words, shape, scratch, count) == 0:
        return 0
    first, end = shape.slice_nodes[piece], shape.slice_nodes[piece + 1]
    scratch.up[first] = 1
    scratch.value[first] = 0
    scratch.marks[first * words : (first + 1) * words] = 0
    for node in range(first + 1, end):
        scratch.up[node] = price_node(node, costs, words, shape, scratch, count)
    return 1 if scratch.up[end - 1] != 0 else 0


@kernel
def cheapest_car(choices: Ints, costs: Longs, shape: Shape, scratch: Scratch, count: int) -> int:
    """Cost and mark of the cheapest car with the choices into `best`; 0 where there is none.

    Among equal costs the car wins that has the lowest variable in which two differ.
    """
    if state_choices(choices, shape, scratch, count) != READY:
        return 0
    best, found = scratch.best, 0
    words = len(best) - 1
    for piece in range(len(shape.slice_nodes) - 1):
        if misfit(piece, choices, shape, scratch, count) != FITS:
            continue
        if price_slice(piece, costs, words, shape, scratch, count) == 0:
            continue
        root = shape.slice_nodes[piece + 1] - 1
        front = shape.node_level[root]
        cost = scratch.value[root] + scratch.level_cost[front]
        wins = found == 0 or cost < best[0]
        if not wins and cost == best[0]:
            for word in range(words):
                whole = scratch.marks[root * words + word]
                whole |= scratch.level_marks[front * words + word]
                if whole != best[1 + word]:
                    wins = whole > best[1 + word]
                    break
        if wins:
            found = 1
            best[0] = cost
            for word in range(words):
                whole = scratch.marks[root * words + word]
                best[1 + word] = whole | scratch.level_marks[front * words + word]
    return found
