"""The lanes of one problem: its clauses as flat arrays, and one call for the status of every literal (riding.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from catalog.domain.configuration.sat import riding
from catalog.domain.configuration.sat.kernels import (
    EVERY,
    LANES,
    OPEN,
    POSSIBLE,
    Flags,
    Net,
    Numbers,
    State,
)
from catalog.domain.configuration.sat.pool import Pool
from catalog.domain.configuration.sat.riding import Sheet
from catalog.domain.configuration.tiers import FALSE, TRUE

LEARNT = 2000
LEARNT_WIDTH = 10
"""So many learnt clauses are kept here, each of at most so many literals."""
SEED = 88172645463325252


def _flat(rows: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
    starts = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    return starts, np.array(list(chain.from_iterable(rows)), dtype=np.int32)


def _net(size: int, clauses: Iterable[Sequence[int]]) -> Net:
    arrows: list[list[int]] = [[] for _ in range(size)]
    seen: list[list[int]] = [[] for _ in range(size)]
    longer: list[Sequence[int]] = []
    for clause in clauses:
        if len(clause) == 2:
            arrows[clause[0] ^ 1].append(clause[1])
            arrows[clause[1] ^ 1].append(clause[0])
        else:
            for one in clause:
                seen[one ^ 1].append(len(longer))
            longer.append(clause)
    return Net(
        *_flat(arrows),
        *_flat(seen),
        *_flat(longer),
        heads=np.full(size, -1, dtype=np.int32),
        nexts=np.full(LEARNT * LEARNT_WIDTH, -1, dtype=np.int32),
        learnt=np.full(LEARNT * LEARNT_WIDTH, -1, dtype=np.int32),
        width=LEARNT_WIDTH,
    )


def _state(size: int) -> State:
    return State(
        true=np.zeros(size, dtype=np.uint64),
        saved=np.zeros(size, dtype=np.uint64),
        fresh=np.zeros(size, dtype=np.uint64),
        queue=np.zeros(size + 2, dtype=np.int32),
    )


class Lanes:
    """Works on one problem for one thread at a time; raises nothing.

    Variables that no clause speaks of once the fixed ones are out are left aside: the others are numbered anew, visible
    ones first, so that the arrays are short.
    """

    def __init__(
        self, count: int, clauses: Iterable[Sequence[int]], fixed: Iterable[int], pool: Pool
    ) -> None:
        """`fixed` are the literals that every car has; the problem has a car. Cars go to and come from the pool."""
        self.count = count
        true = set(fixed)
        false = {-one for one in true}
        left = [
            [one for one in clause if one not in false]
            for clause in clauses
            if true.isdisjoint(clause)
        ]
        used = sorted({abs(one) for clause in left for one in clause})
        self._place = {variable: place for place, variable in enumerate(used, start=1)}
        self._fixed = frozenset(true)
        visible = [0, *(variable for variable in used if variable <= count)]
        self._numbers: Numbers = np.array(visible, dtype=np.int32)
        size = 2 * len(used) + 2
        self._net = _net(size, [[self._code(one) for one in clause] for clause in left])
        self._base = _state(size)
        self._state = _state(size)
        self._start: Flags = np.full(size, POSSIBLE, dtype=np.uint8)
        self._start[2 : 2 * len(visible)] = OPEN
        self._bits: Flags = np.full(count + 1, TRUE | FALSE, dtype=np.uint8)
        self._bits[0] = 0
        for one in true:
            if abs(one) <= count:
                self._bits[abs(one)] = TRUE if one > 0 else FALSE
                pool.bits[abs(one)] = EVERY if one > 0 else 0
        self._sheet = Sheet(
            status=self._start.copy(),
            tries=np.zeros(size, dtype=np.uint8),
            riders=np.zeros(LANES, dtype=np.int32),
            phases=np.zeros(len(used) + 1, dtype=np.uint64),
            likes=np.zeros(len(used) + 1, dtype=np.uint8),
            seed=np.array([SEED], dtype=np.uint64),
            numbers=self._numbers,
            bits=pool.bits.reshape(-1),
            valid=pool.valid,
            cursor=pool.cursor,
        )
        self._learnt = 0

    def _code(self, literal: int) -> int:
        return 2 * self._place[abs(literal)] + (literal < 0)

    def judge(self, choices: Sequence[int]) -> tuple[int, bytearray, list[int]]:
        """A verdict, the bits of `tiers.Engine.domains` as far as known, and the literals that are left open.

        The verdict is -1 when no car has the choices, 1 when some car has, 0 when that is open too: bits then hold
        provided that there is a car. No choice may contradict what every car has.
        """
        base, sheet = self._base, self._sheet
        base.true[:] = 0
        sheet.status[:] = self._start
        asked = [self._code(one) for one in choices if abs(one) in self._place]
        verdict: int = riding.judge(
            self._net, base, self._state, sheet, np.array(asked, dtype=np.int32)
        )
        numbers = self._numbers
        status = sheet.status[: 2 * len(numbers)]
        possible = (status == POSSIBLE).view(np.uint8)
        bits = self._bits.copy()
        bits[numbers] = possible[::2] * TRUE | possible[1::2] * FALSE
        bits[0] = 0
        found = bytearray(bits.tobytes())
        for one in choices:
            found[abs(one)] &= TRUE if one > 0 else FALSE
        left = [
            -int(numbers[code >> 1]) if code & 1 else int(numbers[code >> 1])
            for code in np.flatnonzero(status == OPEN).tolist()
        ]
        return verdict, found, left

    def relax(
        self, choices: Sequence[int], families: Mapping[int, int], members: Sequence[int]
    ) -> tuple[set[int], list[int]]:
        """Which members some car has with every choice outside their family, and those left open.

        `families` gives the family of a variable; members of one family follow each other.
        """
        sheet = self._sheet
        sheet.status[:] = POSSIBLE
        placed = [one for one in choices if abs(one) in self._place]
        chosen = np.array([self._code(one) for one in placed], dtype=np.int32)
        family = np.array([families.get(abs(one), -1) for one in placed], dtype=np.int32)
        asked = [one for one in members if one in self._place]
        riders = np.array([self._code(one) for one in asked], dtype=np.int32)
        of = np.array([families[one] for one in asked], dtype=np.int32)
        known = np.zeros(len(asked), dtype=np.uint8)
        riding.seen_without(sheet, chosen, family, riders, of, known)
        todo = np.flatnonzero(known == OPEN)
        for first in range(0, len(todo), LANES):
            block = todo[first : first + LANES]
            answers = known[block]
            riding.relax(
                self._net, self._state, sheet, chosen, family, riders[block], of[block], answers
            )
            known[block] = answers
        possible = {one for one, bit in zip(asked, known.tolist(), strict=True) if bit == POSSIBLE}
        open_ = [one for one, bit in zip(asked, known.tolist(), strict=True) if bit == OPEN]
        return possible, open_ + [one for one in members if one not in self._place]

    def learn(self, clause: Sequence[int]) -> None:
        """Keeps a clause that follows from the problem, if it is short and there is room."""
        clause = [one for one in clause if -one not in self._fixed]
        known = all(abs(one) in self._place for one in clause)
        if not known or len(clause) > LEARNT_WIDTH or self._learnt == LEARNT:
            return
        net = self._net
        row = self._learnt * LEARNT_WIDTH
        for place, one in enumerate(clause, start=row):
            code = self._code(one)
            net.learnt[place] = code
            net.nexts[place] = net.heads[code ^ 1]
            net.heads[code ^ 1] = place
        self._learnt += 1
