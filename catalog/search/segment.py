"""A million cars, immutable: bitmaps by value, columns of numbers, rows numbered in the order of the price.

The row number is the rank by price, so the most asked order is the bitmap's own, and a price span is a run of rows.
Other orders keep a permutation and, every `STEP`th part of it, the set of rows so far: a span is the difference of two
such sets and two short ends. Everything is a flat array or a bitmap, so a snapshot is written and mapped as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from catalog.search.request import NUMBERS, SINGLE, Car, Span

STEPS = 32
"""Parts of an order after which the set of rows so far is kept."""
FIRST = "price"
"""The number that rows are numbered by."""

Ints = NDArray[np.signedinteger[Any]]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Field:
    """One SINGLE field: names of its values, the value of each row, and the rows of each value."""

    names: tuple[str, ...]
    codes: NDArray[np.uint16]
    rows: tuple[BitMap, ...]
    totals: NDArray[np.int64]
    number: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Order:
    """One number: its value by row, the rows in its order (equal ones by VIN), and the sets of rows so far."""

    values: Ints
    rows: Rows
    steps: tuple[BitMap, ...]
    step: int

    def place(self, value: int, side: Literal["left", "right"]) -> int:
        """How many rows are below a value (`left`), or not above it (`right`)."""
        kind = self.values.dtype.type
        limits = np.iinfo(kind)
        if not limits.min <= value <= limits.max:
            return 0 if value < limits.min else len(self.rows)
        return int(np.searchsorted(self.values, kind(value), side, sorter=self.rows))


class Segment:
    """Cars in columns; `alive` is what of them has not been replaced or removed since."""

    def __init__(
        self,
        vins: NDArray[np.bytes_],
        fields: Mapping[str, Field],
        options: Mapping[str, BitMap],
        orders: Mapping[str, Order],
        by_vin: Rows,
    ) -> None:
        """Made by `segment_of` or read from a snapshot; `by_vin` are the rows in the order of their VINs."""
        self.vins, self.fields, self.options, self.orders = vins, fields, options, orders
        self.count = len(vins)
        self.alive = BitMap()
        self.alive.add_range(0, self.count)
        self._by_vin = by_vin

    def row_of(self, vin: str) -> int | None:
        """The row of a car, alive or not; None for a car that is not here."""
        # numpy would copy the names in their order for every question.
        wanted, rows, vins = vin.encode(), self._by_vin, self.vins
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if vins[rows[middle]] < wanted:
                low = middle + 1
            else:
                high = middle
        if low == self.count or vins[rows[low]] != wanted:
            return None
        return int(rows[low])

    def vin(self, row: int) -> str:
        """The VIN of a row."""
        return bytes(self.vins[row]).decode()

    def having(self, name: str, values: Iterable[str]) -> BitMap:
        """The rows with any of the values of a SINGLE field."""
        field = self.fields[name]
        found = [field.rows[field.number[value]] for value in values if value in field.number]
        return BitMap.union(*found) if found else BitMap()

    def within(self, name: str, span: Span) -> BitMap:
        """The rows whose number lies in the span."""
        order = self.orders[name]
        least, most = span.least, span.most
        start = 0 if least is None else order.place(least, "left")
        end = self.count if most is None else order.place(most, "right")
        if start >= end:
            return BitMap()
        if name == FIRST:
            found = BitMap()
            found.add_range(start, end)
            return found
        return self._up_to(order, end) - self._up_to(order, start)

    def _up_to(self, order: Order, end: int) -> BitMap:
        whole = end // order.step
        rest = order.rows[whole * order.step : end]
        found = order.steps[whole]
        return found | BitMap(np.sort(rest).astype(np.uint32)) if len(rest) else found


def segment_of(cars: Sequence[Car]) -> Segment:
    """The cars as a segment; each VIN once. Raises KeyError for a car without one of NUMBERS or SINGLE."""
    vins = np.array([car.vin for car in cars], dtype="S17")
    numbers = {
        name: np.fromiter((car.numbers[name] for car in cars), np.int64, len(cars))
        for name in NUMBERS
    }
    values = {name: [car.values[name] for car in cars] for name in SINGLE}
    order = np.lexsort((vins, numbers[FIRST]))
    codes = {name: _coded(values[name], order) for name in SINGLE}
    rank = np.empty(len(cars), np.int32)
    rank[order] = np.arange(len(cars), dtype=np.int32)
    options: dict[str, list[int]] = {}
    for row, car in zip(rank.tolist(), cars, strict=True):
        for option in car.options:
            options.setdefault(option, []).append(row)
    return assembled(
        vins[order],
        codes,
        {name: BitMap(rows) for name, rows in options.items()},
        {name: column[order] for name, column in numbers.items()},
    )


def _coded(
    values: Sequence[str], order: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.uint16]]:
    names = {name: at for at, name in enumerate(dict.fromkeys(values))}
    codes = np.fromiter((names[value] for value in values), np.uint16, len(values))
    return tuple(names), codes[order]


def assembled(
    vins: NDArray[np.bytes_],
    codes: Mapping[str, tuple[tuple[str, ...], NDArray[np.uint16]]],
    options: Mapping[str, BitMap],
    numbers: Mapping[str, Ints],
) -> Segment:
    """A segment of columns whose rows are in the order of price and VIN."""
    for rows in options.values():
        rows.run_optimize()
    by_vin = np.argsort(vins, kind="stable").astype(np.int32)
    return Segment(
        vins,
        {name: _field(names, column) for name, (names, column) in codes.items()},
        dict(options),
        {name: _order(name, column, by_vin) for name, column in numbers.items()},
        by_vin,
    )


def _field(names: tuple[str, ...], codes: NDArray[np.uint16]) -> Field:
    totals = np.bincount(codes, minlength=len(names)).astype(np.int64)
    by_code = np.argsort(codes, kind="stable").astype(np.uint32)
    ends = np.cumsum(totals)
    rows = tuple(
        BitMap(by_code[end - total : end])
        for end, total in zip(ends.tolist(), totals.tolist(), strict=True)
    )
    return Field(names, codes, rows, totals, {name: at for at, name in enumerate(names)})


def _order(name: str, values: Ints, by_vin: Rows) -> Order:
    values = _narrow(values)
    count = len(values)
    step = max(-(-count // STEPS), 1)
    if name == FIRST:
        return Order(values, np.arange(count, dtype=np.int32), (), step)
    # Equal numbers stay in the order they come in, which is that of the VINs.
    rows = by_vin[np.argsort(values[by_vin], kind="stable")]
    steps = [BitMap()]
    for start in range(0, count, step):
        part = np.sort(rows[start : start + step]).astype(np.uint32)
        steps.append(steps[-1] | BitMap(part))
    return Order(values, rows, tuple(steps), step)


def _narrow(values: Ints) -> Ints:
    """The numbers in half the room where they fit."""
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    limits = np.iinfo(np.int32)
    return values.astype(np.int32) if limits.min <= least and most <= limits.max else values
