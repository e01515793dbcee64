"""Cars found before, as bits: one that has the choices shows at once that everything on it is possible.

`bits[v]` holds one bit a car: whether it has variable v. Cars are stored in words of 64, so that a block of 64 cars from
the lanes (lanes.py) is stored as it is. The oldest word makes room for the newest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
LANES = 64
EVERY = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


class Pool:
    """Up to `64 * words` cars of one problem."""

    def __init__(self, count: int, *, words: int) -> None:
        """An empty pool over the variables 1..`count`."""
        self.bits: Words = np.zeros((count + 1, words), dtype=np.uint64)
        self.valid: Words = np.zeros(words, dtype=np.uint64)
        self._words = words
        self._word = 0
        self._lane = 0

    def add(self, model: Sequence[int]) -> None:
        """Stores one car: a literal for each variable 1..count, in their order."""
        bit = np.uint64(1 << self._lane)
        column = self.bits[1:, self._word]
        if not self._lane:
            self.valid[self._word] = 0
            column[:] = 0
        column[np.array(model) > 0] |= bit
        self.valid[self._word] |= bit
        self._lane += 1
        if self._lane == LANES:
            self._advance()

    def add_block(self, block: Words, valid: np.uint64) -> None:
        """Stores up to 64 cars: `block[v]` has a bit for each, `valid` tells which bits are cars."""
        if self._lane:
            self._advance()
        self.bits[:, self._word] = block
        self.valid[self._word] = valid
        self._advance()

    def _advance(self) -> None:
        self._lane = 0
        self._word = (self._word + 1) % self._words

    def matching(self, choices: Sequence[int]) -> Words:
        """Which stored cars have these literals."""
        found = self.valid.copy()
        for literal in choices:
            column = self.bits[abs(literal)]
            found &= column if literal > 0 else ~column
        return found

    def shown(self, choices: Sequence[int]) -> set[int]:
        """The literals on at least one stored car that has the choices."""
        found = self.matching(choices)
        if not found.any():
            return set()
        present = (self.bits & found).any(axis=1)
        absent = (~self.bits & found).any(axis=1)
        literals = {*np.flatnonzero(present).tolist(), *(-np.flatnonzero(absent)).tolist()}
        return literals - {0}
