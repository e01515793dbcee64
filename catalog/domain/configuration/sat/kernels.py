"""Sixty-four questions at once: each bit of a word is a lane, and each lane follows one question through all clauses.

A literal is coded `2 v` for variable v and `2 v + 1` for its opposite; `true[literal]` has a bit for each lane in which
it holds. A lane starts with the choices and one literal that is asked about. Unit propagation over all lanes shows the
literals that no car has (failed literals); a greedy completion, with one step back where it meets a contradiction, turns
the other lanes into cars, and each car shows every literal on it. What no lane settles is left to the solver.
Literals are called impossible by propagation alone, possible by a complete car alone: nothing here guesses.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalog.domain.configuration.jit import kernel

Words = NDArray[np.uint64]
Numbers = NDArray[np.int32]
Flags = NDArray[np.uint8]

NONE = np.uint64(0)
ONE = np.uint64(1)
EVERY = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
LANES = 64

OPEN, POSSIBLE, IMPOSSIBLE = 0, 1, 2
"""What is known of a literal."""


class Net(NamedTuple):
    """The clauses. `arrows` from a literal lead to what it implies; `seen` lists the longer clauses it shortens.

    Clause c is `literals[starts[c]:starts[c + 1]]`, in any order. Learnt clauses stand in rows of `width` places in
    `learnt`, -1 where a row is shorter; `heads` and `nexts` chain the rows that a literal shortens.
    """

    arrow_starts: Numbers
    arrows: Numbers
    seen_starts: Numbers
    seen: Numbers
    starts: Numbers
    literals: Numbers
    heads: Numbers
    nexts: Numbers
    learnt: Numbers
    width: int


class State(NamedTuple):
    """What holds in which lane, a copy to go back to, and what has still to be propagated.

    `queue` is a ring of the literals whose `fresh` is not empty; its last two places are its start and its length.
    """

    true: Words
    saved: Words
    fresh: Words
    queue: Numbers


@kernel
def hold(true: Words, fresh: Words, queue: Numbers, literal: int, lanes: np.uint64) -> np.uint64:
    """Makes a literal true in some lanes; gives those in which its opposite is true already."""
    new = lanes & ~true[literal]
    if new == NONE:
        return NONE
    true[literal] |= new
    if fresh[literal] == NONE:
        size = len(fresh)
        place = queue[size] + queue[size + 1]
        queue[place - size if place >= size else place] = literal
        queue[size + 1] += 1
    fresh[literal] |= new
    both: np.uint64 = new & true[literal ^ 1]
    return both


@kernel
def visit(
    true: Words,
    fresh: Words,
    queue: Numbers,
    literals: Numbers,
    first: int,
    last: int,
    lanes: np.uint64,
) -> np.uint64:
    """Applies one clause in some lanes: its only literal left becomes true; gives lanes with none left."""
    one = NONE
    two = NONE
    for place in range(first, last):
        literal = literals[place]
        if literal < 0:
            break
        left = ~true[literal ^ 1]
        two |= one & left
        one |= left
        lanes &= ~(two | true[literal])
        if lanes == NONE:
            # what satisfied the clause now will often do so again
            literals[place] = literals[first]
            literals[first] = literal
            return NONE
    single = lanes & one
    if single != NONE:
        for place in range(first, last):
            literal = literals[place]
            if literal < 0:
                break
            hold(true, fresh, queue, literal, single & ~true[literal ^ 1])
    return lanes & ~one


@kernel
def pull(queue: Numbers, size: int) -> int:
    """The next literal of the ring."""
    start = queue[size]
    queue[size] = start + 1 if start + 1 < size else 0
    queue[size + 1] -= 1
    literal: int = queue[start]
    return literal


@kernel
def propagate(net: Net, state: State) -> np.uint64:
    """Draws every unit consequence in all lanes; gives the lanes that contradict themselves."""
    true, fresh, queue = state.true, state.fresh, state.queue
    arrow_starts, arrows = net.arrow_starts, net.arrows
    seen_starts, seen, starts, literals = net.seen_starts, net.seen, net.starts, net.literals
    heads, nexts, learnt, width = net.heads, net.nexts, net.learnt, net.width
    size = len(fresh)
    bad = NONE
    while queue[size + 1] > 0:
        literal = pull(queue, size)
        lanes = fresh[literal] & ~bad
        fresh[literal] = NONE
        if lanes == NONE:
            continue
        for place in range(arrow_starts[literal], arrow_starts[literal + 1]):
            bad |= hold(true, fresh, queue, arrows[place], lanes)
        for place in range(seen_starts[literal], seen_starts[literal + 1]):
            clause = seen[place]
            bad |= visit(true, fresh, queue, literals, starts[clause], starts[clause + 1], lanes)
        node = heads[literal]
        while node >= 0:
            row = node // width * width
            bad |= visit(true, fresh, queue, learnt, row, row + width, lanes)
            node = nexts[node]
    return bad


@kernel
def undo(state: State, lanes: np.uint64) -> None:
    """Goes back to the saved copy in some lanes."""
    true, saved = state.true, state.saved
    for literal in range(len(true)):
        true[literal] ^= (true[literal] ^ saved[literal]) & lanes


@kernel
def choose(state: State, variable: int, yes: np.uint64, no: np.uint64) -> np.uint64:
    """Makes a variable true in some lanes and false in others; gives the lanes where it is the other way."""
    true, fresh, queue = state.true, state.fresh, state.queue
    return hold(true, fresh, queue, 2 * variable, yes) | hold(
        true, fresh, queue, 2 * variable + 1, no
    )


@kernel
def decide(net: Net, state: State, variable: int, yes: np.uint64, no: np.uint64) -> np.uint64:
    """Tries a variable true in some lanes and false in others, and the other way where that fails.

    Gives the lanes in which both fail.
    """
    state.saved[:] = state.true
    bad = choose(state, variable, yes, no)
    bad = (bad | propagate(net, state)) & (yes | no)
    if bad == NONE:
        return NONE
    undo(state, bad)
    again = choose(state, variable, bad & no, bad & yes)
    return (again | propagate(net, state)) & bad


@kernel
def settle(net: Net, base: State, literal: int) -> bool:
    """Adds a literal to what holds in every lane; whether that is consistent."""
    bad = hold(base.true, base.fresh, base.queue, literal, EVERY)
    consistent: bool = (bad | propagate(net, base)) == NONE
    return consistent


@kernel
def noise(seed: Words) -> np.uint64:
    """The next word of a xorshift generator (Marsaglia 2003, the triple 13, 7, 17)."""
    word: np.uint64 = seed[0]
    word ^= word << np.uint64(13)
    word ^= word >> np.uint64(7)
    word ^= word << np.uint64(17)
    seed[0] = word
    return word
