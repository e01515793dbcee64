"""The cheapest car of compiled diagrams: an upward sweep with sums (min-plus), then a walk along what is cheapest.

Costs are exact 64-bit integers. Equal costs are decided by *marks*, the true variables of a car as bits with variable 1
highest: the greater mark wins. Marks are only made where paths are tied for cheapest.

No kernel here calls one of another file: numba's cache on disk would not notice when that changes.
"""

from __future__ import annotations

from catalog.domain.configuration.diagram.arrays import Shape
from catalog.domain.configuration.diagram.kernels import OPEN, Longs, Scratch
from catalog.domain.configuration.jit import kernel

WORD = 63
"""Variables a word of a mark; the sign stays free, so that words compare as numbers."""
DEAD = 1 << 62
"""The value of a node from which no car can be finished; every sum of costs is below it."""


@kernel
def price_levels(piece: int, costs: Longs, shape: Shape, scratch: Scratch, count: int) -> bool:
    """The cheapest open slot of each level of a slice and the sums of their costs; False where a level is shut."""
    total = 0
    for level in range(shape.slice_levels[piece], shape.slice_levels[piece + 1]):
        best, least = 0, 0
        for place in range(shape.level_slots[level], shape.level_slots[level + 1]):
            slot = shape.slots[place]
            if scratch.state[slot] == OPEN:
                price = costs[slot] if slot <= count else 0
                if best == 0 or price < least or (price == least and slot < best):
                    best, least = slot, price
        if best == 0:
            return False
        scratch.level_cost[level] = total
        scratch.level_slot[level] = best
        total += least
    scratch.level_cost[shape.slice_levels[piece + 1]] = total
    return True


@kernel
def price_edge(edge: int, costs: Longs, shape: Shape, scratch: Scratch, count: int) -> int:
    """Least cost behind an edge, itself included, measured as `value`; DEAD where no car is."""
    slot = shape.edge_slot[edge]
    behind = scratch.value[shape.edge_child[edge]]
    if scratch.state[slot] != OPEN or behind == DEAD:
        return DEAD
    return int(behind + costs[slot] if slot <= count else behind)


@kernel
def price_nodes(piece: int, costs: Longs, shape: Shape, scratch: Scratch, count: int) -> int:
    """The upward sweep of a slice: the least cost of a car, or DEAD.

    A node's `value` includes what the levels before it cost, so that jumped levels count themselves: each is paid for by
    the difference of `level_cost` at both ends of the edge.
    """
    first, end = shape.slice_nodes[piece], shape.slice_nodes[piece + 1]
    scratch.value[first] = scratch.level_cost[shape.node_level[first]]
    for node in range(first + 1, end):
        least = DEAD
        for edge in range(shape.node_edges[node], shape.node_edges[node + 1]):
            least = min(least, price_edge(edge, costs, shape, scratch, count))
        if least != DEAD:
            level = shape.node_level[node]
            least += scratch.level_cost[level] - scratch.level_cost[level + 1]
        scratch.value[node] = least
    return int(scratch.value[end - 1])


@kernel
def add_mark(slot: int, marks: Longs, base: int, count: int) -> None:
    """Adds what a slot makes true to the mark that starts at `base`."""
    place = int(slot) - 1  # a shift of an array's 32-bit number would lose the bit
    if place < count:
        marks[base + place // WORD] |= 1 << (WORD - 1 - place % WORD)


@kernel
def mark_edge(
    node: int, edge: int, marks: Longs, base: int, shape: Shape, scratch: Scratch, count: int
) -> None:
    """Writes the mark of the cheapest car behind an edge, what it jumps over included, from `base` on."""
    words = len(scratch.best) // 2
    child = shape.edge_child[edge]
    for word in range(words):
        marks[base + word] = scratch.marks[child * words + word]
    add_mark(shape.edge_slot[edge], marks, base, count)
    for level in range(shape.node_level[node] + 1, shape.node_level[child]):
        add_mark(scratch.level_slot[level], marks, base, count)


@kernel
def greater(left: Longs, base: int, right: Longs, other: int, words: int) -> bool:
    """Whether the mark at `left[base]` wins against the one at `right[other]`."""
    for word in range(words):
        if left[base + word] != right[other + word]:
            return bool(left[base + word] > right[other + word])
    return False


@kernel
def tight(node: int, edge: int, costs: Longs, shape: Shape, scratch: Scratch, count: int) -> bool:
    """Whether the cheapest car from a node can go along an edge."""
    level = shape.node_level[node]
    least = scratch.value[node] - scratch.level_cost[level] + scratch.level_cost[level + 1]
    return bool(price_edge(edge, costs, shape, scratch, count) == least)


@kernel
def reach_tight(piece: int, costs: Longs, shape: Shape, scratch: Scratch, count: int) -> None:
    """Marks in `down` the nodes of the cheapest cars."""
    first, end = shape.slice_nodes[piece], shape.slice_nodes[piece + 1]
    scratch.down[first:end] = 0
    scratch.down[end - 1] = 1
    for node in range(end - 1, first, -1):
        if scratch.down[node] != 0:
            for edge in range(shape.node_edges[node], shape.node_edges[node + 1]):
                if tight(node, edge, costs, shape, scratch, count):
                    scratch.down[shape.edge_child[edge]] = 1


@kernel
def mark_node(node: int, costs: Longs, shape: Shape, scratch: Scratch, count: int) -> None:
    """The greatest mark among the cheapest cars from a node."""
    words = len(scratch.best) // 2
    base, spare, marked = node * words, 1 + words, False
    for edge in range(shape.node_edges[node], shape.node_edges[node + 1]):
        if not tight(node, edge, costs, shape, scratch, count):
            continue
        if not marked:
            mark_edge(node, edge, scratch.marks, base, shape, scratch, count)
            marked = True
            continue
        mark_edge(node, edge, scratch.best, spare, shape, scratch, count)
        if greater(scratch.best, spare, scratch.marks, base, words):
            for word in range(words):
                scratch.marks[base + word] = scratch.best[spare + word]


@kernel
def mark_slice(piece: int, costs: Longs, shape: Shape, scratch: Scratch, count: int) -> int:
    """The greatest mark among the cheapest cars of a slice, at the place in `marks` that is given back."""
    words = len(scratch.best) // 2
    first, end = shape.slice_nodes[piece], shape.slice_nodes[piece + 1]
    reach_tight(piece, costs, shape, scratch, count)
    scratch.marks[first * words : (first + 1) * words] = 0
    for node in range(first + 1, end):
        if scratch.down[node] != 0:
            mark_node(node, costs, shape, scratch, count)
    base = (end - 1) * words
    for level in range(shape.slice_levels[piece], shape.node_level[end - 1]):
        add_mark(scratch.level_slot[level], scratch.marks, base, count)
    return int(base)


@kernel
def show_mark(scratch: Scratch, count: int) -> None:
    """Writes 1 into `bits` for every variable of the best mark, else 0."""
    scratch.bits[0] = 0
    for variable in range(1, count + 1):
        word, bit = (variable - 1) // WORD, WORD - 1 - (variable - 1) % WORD
        scratch.bits[variable] = (scratch.best[1 + word] >> bit) & 1


@kernel
def cheapest_car(costs: Longs, shape: Shape, scratch: Scratch, count: int) -> bool:
    """The cheapest car with the choices of `prepare`: its cost into `best`, its true variables into `bits`; False if there is none.

    Among equal costs the car wins that has the lowest variable in which two differ.
    """
    best, found = scratch.best, False
    words = len(best) // 2
    for piece in range(len(shape.slice_nodes) - 1):
        if not scratch.fitting[piece] or not price_levels(piece, costs, shape, scratch, count):
            continue
        least = price_nodes(piece, costs, shape, scratch, count)
        if least == DEAD or (found and least > best[0]):
            continue
        base = mark_slice(piece, costs, shape, scratch, count)
        if found and least == best[0] and not greater(scratch.marks, base, best, 1, words):
            continue
        found = True
        best[0] = least
        best[1 : 1 + words] = scratch.marks[base : base + words]
    if found:
        show_mark(scratch, count)
    return found
