"""The cars that changed since the segment was built: small growing columns, searched by brute force.

A few thousand rows are compared in microseconds, so a change costs what writing one row costs, and nothing of the
segment is touched but one bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from catalog.search.request import NUMBERS, SINGLE, Car, SearchRequest, Span

GROWTH = 1024
WORD = 64
Mask = NDArray[np.bool_]


class Tail:
    """Changed cars in columns; `names` of values start as the segment's and grow."""

    def __init__(self, names: Mapping[str, Iterable[str]], options: Iterable[str]) -> None:
        """An empty tail for a segment with these values and options."""
        self.numbers_of = {
            name: {value: at for at, value in enumerate(names[name])} for name in SINGLE
        }
        self.option_bits = {option: at for at, option in enumerate(options)}
        self.cars: list[Car] = []
        self.where: dict[str, int] = {}
        self.alive: Mask = np.zeros(GROWTH, np.bool_)
        self.codes = {name: np.zeros(GROWTH, np.int64) for name in SINGLE}
        self.columns = {name: np.zeros(GROWTH, np.int64) for name in NUMBERS}
        words = len(self.option_bits) // WORD + 2
        self.bits: NDArray[np.uint64] = np.zeros((GROWTH, words), np.uint64)

    def _more_rows(self) -> None:
        """Room for as many rows again."""
        more = len(self.alive)
        self.alive = np.pad(self.alive, (0, more))
        self.codes = {name: np.pad(column, (0, more)) for name, column in self.codes.items()}
        self.columns = {name: np.pad(column, (0, more)) for name, column in self.columns.items()}
        self.bits = np.pad(self.bits, ((0, more), (0, 0)))

    def __len__(self) -> int:
        return len(self.cars)

    def put(self, car: Car) -> None:
        """The car as it is now; an earlier row of it is dead from here on."""
        self.remove(car.vin)
        row = len(self.cars)
        if row == len(self.alive):
            self._more_rows()
        for option in car.options:
            bit = self.option_bits.setdefault(option, len(self.option_bits))
            if bit >= self.bits.shape[1] * WORD:
                self.bits = np.pad(self.bits, ((0, 0), (0, 1)))
            self.bits[row, bit // WORD] |= np.uint64(1 << bit % WORD)
        for name in SINGLE:
            known = self.numbers_of[name]
            self.codes[name][row] = known.setdefault(car.values[name], len(known))
        for name in NUMBERS:
            self.columns[name][row] = car.numbers[name]
        self.cars.append(car)
        self.where[car.vin] = row
        self.alive[row] = True

    def remove(self, vin: str) -> bool:
        """The car is no more; False when it was not here."""
        row = self.where.pop(vin, None)
        if row is None:
            return False
        self.alive[row] = False
        return True

    def matching(self, request: SearchRequest) -> dict[str, Mask]:
        """Which rows pass each restriction, by SINGLE field and `""` for all the others together."""
        masks = {"": self._others(request)}
        for name, values in request.values.items():
            if values:
                masks[name] = self._any(name, values)
        return masks

    def _others(self, request: SearchRequest) -> Mask:
        base = self.alive[: len(self.cars)].copy()
        for name, span in request.spans.items():
            base &= self._within(name, span)
        for option in request.options:
            base &= self._with(option)
        if request.near is not None:
            base &= self._any("place", request.near)
        if request.vins is not None:
            wanted = request.vins
            base &= np.fromiter((car.vin in wanted for car in self.cars), np.bool_, len(self.cars))
        return base

    def _within(self, name: str, span: Span) -> Mask:
        column = self.columns[name][: len(self.cars)]
        found = np.ones(len(self.cars), np.bool_)
        if span.least is not None:
            found &= column >= span.least
        if span.most is not None:
            found &= column <= span.most
        return found

    def _any(self, name: str, values: Iterable[str]) -> Mask:
        known = self.numbers_of[name]
        wanted = [known[value] for value in values if value in known]
        return np.isin(self.codes[name][: len(self.cars)], wanted)

    def _with(self, option: str) -> Mask:
        bit = self.option_bits.get(option)
        if bit is None:
            return np.zeros(len(self.cars), np.bool_)
        word = self.bits[: len(self.cars), bit // WORD]
        found: Mask = (word & np.uint64(1 << bit % WORD)) != 0
        return found

    def counted(self, name: str, mask: Mask) -> Iterable[tuple[str, int]]:
        """The values of a SINGLE field among the rows of a mask, with how many have each."""
        known = self.numbers_of[name]
        counts = np.bincount(self.codes[name][: len(self.cars)][mask], minlength=len(known))
        return zip(known, counts.tolist(), strict=False)

    def counted_options(self, mask: Mask) -> Iterable[tuple[str, int]]:
        """The options among the rows of a mask."""
        bits = self.bits[: len(self.cars)][mask]
        for option, bit in self.option_bits.items():
            word = bits[:, bit // WORD]
            yield option, int(np.count_nonzero(word & np.uint64(1 << bit % WORD)))
