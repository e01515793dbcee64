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


class Pool:
    """Up to `64 * words` cars of one problem. The next one goes to the word and the bit in `cursor`."""

    def __init__(self, count: int, *, words: int) -> None:
        """An empty pool over the variables 1..`count`."""
        self.bits: Words = np.zeros((count + 1, words), dtype=np.uint64)
        self.valid: Words = np.zeros(words, dtype=np.uint64)
        self.cursor = np.zeros(2, dtype=np.int32)

    def add(self, model: Sequence[int]) -> None:
        """Stores one car: a literal for each variable 1..count, in their order."""
        word, lane = self.cursor.tolist()
        bit = np.uint64(1 << lane)
        column = self.bits[1:, word]
        column &= ~bit
        column[np.array(model) > 0] |= bit
        self.valid[word] = bit if not lane else self.valid[word] | bit
        full = lane + 1 == LANES
        self.cursor[:] = ((word + 1) % len(self.valid), 0) if full else (word, lane + 1)

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
