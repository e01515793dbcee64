"""Tables of allowed rows as clauses that lose nothing: unit propagation finds every value no row supports.

Two columns give support clauses. More go through a reduced multi-valued decision diagram: rows share beginnings and
ends, each place of the diagram is a helping variable, so clauses grow with the diagram and not with the rows. The path
encoding is that of Abio, Gange, Mayer-Eichberger and Stuckey (CPAIOR 2016), "On CNF encodings of decision diagrams".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from math import prod

from catalog.domain.configuration.problem import Table

Clause = tuple[int, ...]
PAIRS = 64
"""Up to so many members "at most one" is written pair by pair; above, every member gets a binary number."""
COMPLEMENT = 20_000
"""Up to so many combinations a list of forbidden rows is turned into the allowed ones."""
ALWAYS = 0
"""Stands for a place every car goes through, which needs no variable."""


def exactly_one(members: Sequence[int], fresh: Callable[[], int]) -> list[Clause]:
    """Clauses for exactly one of `members`; `fresh` makes a helping variable."""
    return [tuple(members), *at_most_one(members, fresh)]


def at_most_one(members: Sequence[int], fresh: Callable[[], int]) -> list[Clause]:
    """Clauses for no two of `members`; above `PAIRS` of them n log n clauses over helping bits."""
    if len(members) <= PAIRS:
        return [(-one, -two) for one, two in combinations(members, 2)]
    bits = [fresh() for _ in range((len(members) - 1).bit_length())]
    return [
        (-member, bit if number >> place & 1 else -bit)
        for number, member in enumerate(members)
        for place, bit in enumerate(bits)
    ]


def allowed(
    scope: tuple[tuple[int, ...], ...], forbidden: Iterable[tuple[int, ...]]
) -> Table | None:
    """The table of the rows not forbidden; None where that is more than `COMPLEMENT` combinations."""
    if prod(map(len, scope)) > COMPLEMENT:
        return None
    bad = set(forbidden)
    rows = product(*(range(len(column)) for column in scope))
    return Table(scope, tuple(row for row in rows if row not in bad))


def forbidding(
    scope: tuple[tuple[int, ...], ...], rows: Iterable[tuple[int, ...]]
) -> tuple[Clause, ...]:
    """One clause against each row."""
    return tuple(
        tuple(-column[cell] for column, cell in zip(scope, row, strict=True)) for row in rows
    )


def table_clauses(table: Table, fresh: Callable[[], int]) -> tuple[Clause, ...]:
    """Clauses that hold exactly for the rows, given exactly one true variable a column."""
    rows = set(table.rows)
    if not rows:
        return ((),)
    if len(rows) == prod(map(len, table.scope)):
        return ()
    if len(table.scope) == 1:
        kept = {cell for (cell,) in rows}
        return tuple((-x,) for cell, x in enumerate(table.scope[0]) if cell not in kept)
    if len(table.scope) == 2:
        return _supports(table.scope, rows)
    return tuple(_Writer(Diagram(rows, len(table.scope)), table.scope, fresh).clauses())


def _supports(
    scope: tuple[tuple[int, ...], ...], rows: Iterable[tuple[int, ...]]
) -> tuple[Clause, ...]:
    left, right = scope
    of_left: dict[int, list[int]] = {x: [] for x in left}
    of_right: dict[int, list[int]] = {x: [] for x in right}
    for one, two in sorted(rows):
        of_left[left[one]].append(right[two])
        of_right[right[two]].append(left[one])
    pairs = ((of_left, len(right)), (of_right, len(left)))
    return tuple(
        (-x, *supports)
        for side, most in pairs
        for x, supports in side.items()
        if len(supports) < most
    )


@dataclass(slots=True)
class Edge:
    """From place `start` of one layer to place `end` of the next, under any of the values `cells`."""

    start: int
    end: int
    cells: list[int] = field(default_factory=list)


class Diagram:
    """The reduced diagram of some rows: `layers[i]` are the edges between place layers i and i + 1.

    Places of a layer are numbered from 0; layer 0 has the root alone, the last layer the end alone. Linear in the
    number of cells.
    """

    def __init__(self, rows: Iterable[tuple[int, ...]], width: int) -> None:
        ordered = sorted(rows)
        self.width = width
        self.layers: list[list[Edge]] = [[] for _ in range(width)]
        self.places = [1] * (width + 1)
        self._merge(self._beginnings(ordered))

    def _beginnings(self, rows: list[tuple[int, ...]]) -> list[list[tuple[int, int]]]:
        """For each layer its tree of common beginnings: (parent, cell) of each node, in order of the rows."""
        tree: list[list[tuple[int, int]]] = [[] for _ in range(self.width)]
        last: tuple[int, ...] = ()
        for row in rows:
            same = 0
            while same < len(last) and row[same] == last[same]:
                same += 1
            for depth in range(same, self.width):
                parent = len(tree[depth - 1]) - 1 if depth else 0
                tree[depth].append((parent, row[depth]))
            last = row
        return tree

    def _merge(self, tree: list[list[tuple[int, int]]]) -> None:
        """From the end to the root: nodes with the same ways on become one place."""
        merged = [0] * len(tree[-1])
        for depth in range(self.width - 1, -1, -1):
            ways: list[list[tuple[int, int]]] = [
                [] for _ in range(len(tree[depth - 1]) if depth else 1)
            ]
            for (parent, cell), place in zip(tree[depth], merged, strict=True):
                ways[parent].append((place, cell))
            known: dict[tuple[tuple[int, int], ...], int] = {}
            merged = [known.setdefault(tuple(sorted(way)), len(known)) for way in ways]
            self.places[depth] = len(known)
            self.layers[depth] = _edges(known)


def _edges(known: dict[tuple[tuple[int, int], ...], int]) -> list[Edge]:
    edges = []
    for way, start in known.items():
        edge = None
        for end, cell in way:
            if edge is None or edge.end != end:
                edge = Edge(start, end)
                edges.append(edge)
            edge.cells.append(cell)
    return edges


class _Writer:
    """Writes one diagram as clauses; a place or edge that always equals another variable shares it."""

    def __init__(
        self,
        diagram: Diagram,
        scope: tuple[tuple[int, ...], ...],
        fresh: Callable[[], int],
    ) -> None:
        self.diagram = diagram
        self.scope = scope
        self.fresh = fresh
        self.found: dict[Clause, None] = {}

    def clauses(self) -> list[Clause]:
        starts = [ALWAYS]
        for layer, edges in enumerate(self.diagram.layers):
            column = self.scope[layer]
            taken = self.variables(column, edges, starts)
            ends = self.ends(edges, taken, self.diagram.places[layer + 1])
            for edge, variable in zip(edges, taken, strict=True):
                self.say(variable, [starts[edge.start]])
                self.say(variable, [ends[edge.end]])
                if len(edge.cells) < len(column):
                    self.say(variable, [column[cell] for cell in edge.cells])
            self.leads(starts, [edge.start for edge in edges], taken)
            self.leads(ends, [edge.end for edge in edges], taken)
            self.values(column, edges, taken)
            starts = ends
        return list(self.found)

    def say(self, when: int, some: list[int]) -> None:
        """If `when`, then one of `some`; nothing if that is plain."""
        if ALWAYS in some or when in some:
            return
        self.found[tuple(some) if when == ALWAYS else (-when, *some)] = None

    def variables(self, column: tuple[int, ...], edges: list[Edge], starts: list[int]) -> list[int]:
        """A variable for each edge: its start's if that has no other, its value's if the start is always passed."""
        outward = Counter(edge.start for edge in edges)
        taken = []
        for edge in edges:
            start = starts[edge.start]
            if outward[edge.start] == 1:
                taken.append(start)
            elif start == ALWAYS and len(edge.cells) == 1:
                taken.append(column[edge.cells[0]])
            else:
                taken.append(self.fresh())
        return taken

    def ends(self, edges: list[Edge], taken: list[int], count: int) -> list[int]:
        """A variable for each place of the next layer: that of its edge if only one leads there."""
        if count == 1:
            return [ALWAYS]
        inward = Counter(edge.end for edge in edges)
        only = {edge.end: variable for edge, variable in zip(edges, taken, strict=True)}
        return [only[end] if inward[end] == 1 else self.fresh() for end in range(count)]

    def leads(self, places: list[int], place_of: list[int], taken: list[int]) -> None:
        """A place that is passed is passed by one of its edges."""
        by_place: list[list[int]] = [[] for _ in places]
        for place, variable in zip(place_of, taken, strict=True):
            by_place[place].append(variable)
        for variable, edges in zip(places, by_place, strict=True):
            self.say(variable, edges)

    def values(self, column: tuple[int, ...], edges: list[Edge], taken: list[int]) -> None:
        """A value is taken on one of the edges that bear it; where all do, one of them is passed anyway."""
        bearing: list[list[int]] = [[] for _ in column]
        for edge, variable in zip(edges, taken, strict=True):
            for cell in edge.cells:
                bearing[cell].append(variable)
        for x, variables in zip(column, bearing, strict=True):
            self.say(ALWAYS if len(variables) == len(edges) else x, variables)
