"""The engine inside the process: exact over a million cars, without any server (`docs/rules/search.md`).

Bitmaps answer which cars match, columns how many of each value there are; which of the two counts a facet is decided by
what it costs. Changed cars live in a tail beside the segment and are merged into the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from threading import RLock

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from catalog.search.request import MANY, SINGLE, Car, SearchRequest, SearchResult
from catalog.search.segment import FIRST, Order, Segment, segment_of
from catalog.search.tail import Mask, Tail

LEAST_TAIL = 4096
"""Changed cars that are always kept beside the segment before it is built anew."""
TAIL_SHARE = 64
"""Of a large segment, one car in so many may have changed before it is built anew."""
ROW_COST, BITMAP_COST = 3.0, 0.011
"""Nanoseconds to count one row of a column, and to intersect two bitmaps for each row of the segment (measured)."""
WALK = 200
"""An order is walked where at least one car in so many is a hit; else the hits are sorted."""
LAST_VIN = "~"
"""Comes after every VIN."""
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class _Hits:
    """What a request found: rows of the segment and of the tail, all of them and by field without its own choice."""

    rows: BitMap
    tail: Mask
    without: Mapping[str, tuple[BitMap, Mask]]


class BitmapEngine:
    """Cars ready to be searched and changed, by any number of threads."""

    def __init__(self, cars: Sequence[Car] = (), *, segment: Segment | None = None) -> None:
        """Builds a segment of the cars, each VIN once, or takes one that was read from a snapshot."""
        self._lock = RLock()
        self._set(segment if segment is not None else segment_of(cars))

    def _set(self, segment: Segment) -> None:
        names = {name: segment.fields[name].names for name in SINGLE}
        self._state = (segment, Tail(names, segment.options))

    @property
    def count(self) -> int:
        """Cars that can be found."""
        segment, tail = self._state
        return len(segment.alive) + len(tail.where)

    def put(self, car: Car) -> None:
        """The car as it is now, new or changed."""
        with self._lock:
            segment, tail = self._state
            self._bury(segment, car.vin)
            tail.put(car)
            if len(tail) > max(LEAST_TAIL, segment.count // TAIL_SHARE):
                self.rebuild()

    def remove(self, vin: str) -> None:
        """The car is no more; nothing happens where there is none."""
        with self._lock:
            segment, tail = self._state
            self._bury(segment, vin)
            tail.remove(vin)

    def _bury(self, segment: Segment, vin: str) -> None:
        row = segment.row_of(vin)
        if row is not None:
            segment.alive.discard(row)

    def rebuild(self) -> None:
        """Make one segment of what can be found."""
        with self._lock:
            self._set(segment_of(list(self.cars())))

    def cars(self) -> Iterator[Car]:
        """Every car that can be found."""
        segment, tail = self._state
        yield from (car_of(segment, row) for row in segment.alive)
        yield from (tail.cars[row] for row in tail.where.values())

    def search(self, request: SearchRequest) -> SearchResult:
        """The cars that match, with exact counts; see SearchRequest."""
        with self._lock:
            segment, tail = self._state
            hits = _hits(segment, tail, request)
            total = len(hits.rows) + int(np.count_nonzero(hits.tail))
            pinned = () if request.after else tuple(_pinned(segment, tail, hits, request.first))
            vins, place = _page(segment, tail, hits, request, pinned)
            return SearchResult(vins, place, total, _facets(segment, tail, hits))


def car_of(segment: Segment, row: int) -> Car:
    """The car of a row, as it was given."""
    return Car(
        vin=segment.vin(row),
        values={name: field.names[field.codes[row]] for name, field in segment.fields.items()},
        options=frozenset(name for name, rows in segment.options.items() if row in rows),
        numbers={name: int(order.values[row]) for name, order in segment.orders.items()},
    )


def _hits(segment: Segment, tail: Tail, request: SearchRequest) -> _Hits:
    masks = tail.matching(request)
    base, mask = _base(segment, request), masks.pop("")
    chosen = {name: values for name, values in request.values.items() if values}
    rows = {name: segment.having(name, values) for name, values in chosen.items()}
    without = {}
    for name in chosen:
        others = [rows[other] for other in chosen if other != name]
        seen = mask
        for other in chosen:
            seen = seen if other == name else seen & masks[other]
        without[name] = (_both(base, others), seen)
    for name in chosen:
        mask = mask & masks[name]
    return _Hits(_both(base, list(rows.values())), mask, without)


def _base(segment: Segment, request: SearchRequest) -> BitMap:
    """The living rows within spans, options, places and VINs; the smallest set first."""
    found = [segment.within(name, span) for name, span in request.spans.items()]
    found += [segment.options.get(option, BitMap()) for option in request.options]
    if request.near is not None:
        found.append(segment.having("place", request.near))
    if request.vins is not None:
        rows = (segment.row_of(vin) for vin in request.vins)
        found.append(BitMap(row for row in rows if row is not None))
    return _both(segment.alive, found)


def _both(base: BitMap, others: list[BitMap]) -> BitMap:
    for other in sorted(others, key=len):
        base = base & other
    return base


def _facets(segment: Segment, tail: Tail, hits: _Hits) -> dict[str, dict[str, int]]:
    plain = _Counter(segment, hits.rows)
    found: dict[str, dict[str, int]] = {}
    for name in SINGLE:
        rows, mask = hits.without.get(name, (hits.rows, hits.tail))
        counter = plain if name not in hits.without else _Counter(segment, rows)
        counts = dict(zip(segment.fields[name].names, counter.values(name), strict=True))
        found[name] = _merged(counts, tail.counted(name, mask) if len(tail) else ())
    counts = {
        option: hits.rows.intersection_cardinality(rows) for option, rows in segment.options.items()
    }
    found[MANY[0]] = _merged(counts, tail.counted_options(hits.tail) if len(tail) else ())
    return found


def _merged(counts: dict[str, int], more: Iterable[tuple[str, int]]) -> dict[str, int]:
    for value, count in more:
        counts[value] = counts.get(value, 0) + count
    return {value: count for value, count in counts.items() if count}


class _Counter:
    """How many of some rows have each value; from the rows or from those that are not among them, whichever are fewer."""

    def __init__(self, segment: Segment, rows: BitMap) -> None:
        self._segment, self._rows = segment, rows
        self._many = len(rows)
        self._rest: tuple[NDArray[np.uint32], bool] | None = None

    def values(self, name: str) -> list[int]:
        """The counts of a field, in the order of its names."""
        segment, field = self._segment, self._segment.fields[name]
        if self._many == segment.count:
            return list(field.totals.tolist())
        fewer = min(self._many, segment.count - self._many)
        if fewer * ROW_COST > len(field.names) * segment.count * BITMAP_COST:
            return [self._rows.intersection_cardinality(rows) for rows in field.rows]
        found, others = self._few()
        counts = np.bincount(field.codes[found], minlength=len(field.names))
        return list((field.totals - counts if others else counts).tolist())

    def _few(self) -> tuple[NDArray[np.uint32], bool]:
        """The rows, or the others with True, as an array."""
        if self._rest is None:
            others = self._many * 2 > self._segment.count
            rows = self._rows.flip(0, self._segment.count) if others else self._rows
            self._rest = np.frombuffer(rows.to_array(), np.uint32), others
        return self._rest


def _pinned(segment: Segment, tail: Tail, hits: _Hits, first: Sequence[str]) -> Iterator[str]:
    for vin in dict.fromkeys(first):
        row = tail.where.get(vin)
        if row is not None:
            if hits.tail[row]:
                yield vin
            continue
        row = segment.row_of(vin)
        if row is not None and row in hits.rows:
            yield vin


def _page(
    segment: Segment, tail: Tail, hits: _Hits, request: SearchRequest, pinned: Sequence[str]
) -> tuple[tuple[str, ...], Key | None]:
    """The page's VINs and the place of its last car when more follow; pinned cars stand only where they were put."""
    apart = frozenset(request.first) if request.first else frozenset()
    room = max(request.limit - len(pinned), 0)
    need = room + 1 + len(apart)
    found = islice(_merged_keys(segment, tail, hits, request, need), need)
    organic = [key for key in found if key[1] not in apart]
    page = organic[:room]
    vins = (*pinned[: request.limit], *(vin for _, vin in page))
    if len(organic) <= room:
        return vins, None
    # A page full of pinned cars ends before the first of the others.
    before = LAST_VIN if request.sort.startswith("-") else ""
    return vins, page[-1] if page else (organic[0][0], before)


def _merged_keys(
    segment: Segment, tail: Tail, hits: _Hits, request: SearchRequest, need: int
) -> Iterator[Key]:
    descending = request.sort.startswith("-")
    name = request.sort.removeprefix("-")
    if name == "distance":
        return _by_distance(segment, tail, hits, request, descending=descending)
    old = _segment_keys(segment, name, hits.rows, request.after, need, descending=descending)
    new = _tail_keys(
        tail,
        hits.tail,
        lambda row: int(tail.columns[name][row]),
        request.after,
        descending=descending,
    )
    return merge(old, new, reverse=descending)


def _segment_keys(
    segment: Segment,
    name: str,
    rows: BitMap,
    after: Key | None,
    need: int,
    *,
    descending: bool,
) -> Iterator[Key]:
    if not rows:
        return iter(())
    order = segment.orders[name]
    if name != FIRST and len(rows) * WALK < segment.count:
        return _sorted_keys(segment, order, rows, after, need, descending=descending)
    start = _start(segment, order, after, descending=descending)
    found = (
        _by_price(rows, start, descending=descending)
        if name == FIRST
        else _walk(order, rows, start, descending=descending)
    )
    return ((int(order.values[row]), segment.vin(row)) for row in found)


def _sorted_keys(
    segment: Segment, order: Order, rows: BitMap, after: Key | None, need: int, *, descending: bool
) -> Iterator[Key]:
    """The first `need` of the hits sorted: quicker than a walk where they are few."""
    found = np.frombuffer(rows.to_array(), np.uint32)
    values = order.values[found] if not descending else -order.values[found].astype(np.int64)
    if after is not None:
        left = values >= (-after[0] if descending else after[0])
        found, values = found[left], values[left]
        need += int(np.count_nonzero(values == (-after[0] if descending else after[0])))
    if len(found) > need:
        front = values <= np.partition(values, need - 1)[need - 1]
        found, values = found[front], values[front]
    keys = sorted(
        ((int(order.values[row]), segment.vin(row)) for row in found.tolist()), reverse=descending
    )
    return _behind(iter(keys), after, descending=descending)


def _behind(keys: Iterator[Key], after: Key | None, *, descending: bool) -> Iterator[Key]:
    if after is None:
        return keys
    return (key for key in keys if (key < after if descending else key > after))


def _start(segment: Segment, order: Order, after: Key | None, *, descending: bool) -> int:
    """The position in an order from which a page goes on: behind the car of `after`, or in front of it."""
    if after is None:
        return segment.count - 1 if descending else 0
    value, vin = after
    left, right = order.place(value, "left"), order.place(value, "right")
    equal = segment.vins[order.rows[left:right]]
    wanted = np.bytes_(vin.encode())
    if descending:
        return left + int(np.searchsorted(equal, wanted, "left")) - 1
    return left + int(np.searchsorted(equal, wanted, "right"))


def _by_price(rows: BitMap, start: int, *, descending: bool) -> Iterator[int]:
    if not descending:
        return iter(rows.iter_equal_or_larger(start))
    place = rows.rank(start) if start >= 0 else 0
    return (rows[at] for at in range(place - 1, -1, -1))


def _walk(order: Order, rows: BitMap, start: int, descending: bool) -> Iterator[int]:
    part = order.rows[: start + 1][::-1] if descending else order.rows[start:]
    for chunk in range(0, len(part), 512):
        yield from (row for row in part[chunk : chunk + 512].tolist() if row in rows)


def _tail_keys(
    tail: Tail, mask: Mask, value: Callable[[int], int], after: Key | None, *, descending: bool
) -> Iterator[Key]:
    rows = np.flatnonzero(mask).tolist()
    keys = sorted(((value(row), tail.cars[row].vin) for row in rows), reverse=descending)
    return _behind(iter(keys), after, descending=descending)


def _by_distance(
    segment: Segment, tail: Tail, hits: _Hits, request: SearchRequest, *, descending: bool
) -> Iterator[Key]:
    """Place by place, the nearest first; within equal distances by VIN."""
    near = request.near or {}
    field = segment.fields["place"]
    by_distance: dict[int, list[str]] = {}
    for place, distance in near.items():
        by_distance.setdefault(distance, []).append(place)
    places = {at: name for name, at in tail.numbers_of["place"].items()}

    def old() -> Iterator[Key]:
        for distance in sorted(by_distance, reverse=descending):
            if request.after and (
                distance > request.after[0] if descending else distance < request.after[0]
            ):
                continue
            numbers = [
                field.rows[field.number[p]] for p in by_distance[distance] if p in field.number
            ]
            rows = hits.rows & BitMap.union(*numbers) if numbers else BitMap()
            found = np.frombuffer(rows.to_array(), np.uint32) if rows else np.empty(0, np.uint32)
            vins = np.sort(segment.vins[found])
            yield from (
                (distance, bytes(vin).decode()) for vin in (vins[::-1] if descending else vins)
            )

    new = _tail_keys(
        tail,
        hits.tail,
        lambda row: near[places[int(tail.codes["place"][row])]],
        request.after,
        descending=descending,
    )
    return merge(_behind(old(), request.after, descending=descending), new, reverse=descending)
