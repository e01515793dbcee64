"""What is left of a problem in one slice: what follows from its hub member, the rest, and an order for it.

The order is found by FORCE (Aloul, Markov and Sakallah 2003): every vertex moves to the middle of the constraints it
is in, again and again, and the order with the least sum of spans is kept. Members of a group are one vertex.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.domain.configuration.problem import Part, Problem, Table

ROUNDS = 60
STARTS = 12
"""FORCE ends in a different order from every start; the best of twelve has up to half the nodes of the first."""
SCATTER, WORD = 2654435761, (1 << 32) - 1
"""Multiplied by this, numbers that follow each other lie far apart in 32 bits (Knuth, volume 3, 6.4)."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What a part still asks for in a slice: a table, or clauses when `table` is None."""

    clauses: tuple[tuple[int, ...], ...]
    table: Table | None

    @property
    def scopes(self) -> list[list[int]]:
        """The sets of variables that belong together: the table's, or those of each clause."""
        if self.table is not None:
            return [[variable for column in self.table.scope for variable in column]]
        return [[abs(literal) for literal in clause] for clause in self.clauses]


@dataclass(frozen=True, slots=True)
class Remainder:
    """A slice after propagation: `fixed` variable -> value, the rests, `blocks` of variables from top to bottom."""

    fixed: dict[int, bool]
    rests: tuple[Rest, ...]
    blocks: tuple[tuple[int, ...], ...]


class Splitter:
    """Takes a problem apart; made once, asked for each slice."""

    def __init__(self, problem: Problem) -> None:
        """Lists where every literal occurs."""
        self.problem = problem
        self.clauses = [clause for part in problem.parts for clause in part.clauses]
        self.places: dict[int, list[int]] = {}
        for place, clause in enumerate(self.clauses):
            for literal in set(clause):
                self.places.setdefault(literal, []).append(place)
        self.units = [clause[0] for clause in self.clauses if len(set(clause)) == 1]
        self.units += [members[0] for members in problem.groups if len(members) == 1]
        self.group = {v: members for members in problem.groups for v in members}
        self.tables = [part.table if _usable(part, problem) else None for part in problem.parts]

    def remainder(self, literals: Iterable[int]) -> Remainder | None:
        """What is left when these literals hold; None when nothing can be built."""
        fixed = self._propagate(literals)
        if fixed is None:
            return None
        rests: list[Rest] = []
        for part, table in zip(self.problem.parts, self.tables, strict=True):
            rest = _rest(part, fixed) if table is None else _filtered(table, fixed)
            if rest is None:
                return None
            if rest.clauses or rest.table is not None:
                rests.append(rest)
        return Remainder(fixed, tuple(rests), self._blocks(fixed, rests))

    def _propagate(self, literals: Iterable[int]) -> dict[int, bool] | None:
        """Everything that follows by unit propagation, or None when it contradicts itself."""
        fixed: dict[int, bool] = {}
        open_ = [len(set(clause)) for clause in self.clauses]
        queue = [*literals, *self.units]
        if not all(open_):
            return None
        while queue:
            literal = queue.pop()
            variable = abs(literal)
            if variable not in fixed:
                fixed[variable] = literal > 0
                queue += self._of_group(variable, fixed)
                queue += self._of_clauses(literal, fixed, open_)
            elif fixed[variable] != (literal > 0):
                return None
        return fixed

    def _of_clauses(self, literal: int, fixed: dict[int, bool], open_: list[int]) -> list[int]:
        """What follows in the clauses that lost the opposite literal; a lost clause gives its last literal back."""
        found: list[int] = []
        for place in self.places.get(-literal, ()):
            open_[place] -= 1
            if open_[place] == 0:
                return [-literal]
            if open_[place] == 1:
                found += _last(self.clauses[place], fixed)
        return found

    def _of_group(self, variable: int, fixed: dict[int, bool]) -> list[int]:
        """What follows in the group of a variable that was fixed."""
        members = self.group.get(variable, ())
        if fixed[variable]:
            return [-member for member in members if member != variable]
        left = [member for member in members if fixed.get(member, True)]
        if members and not left:
            return [variable]  # says the opposite of what was just fixed: nothing can be built
        return left if len(left) == 1 else []

    def _blocks(self, fixed: dict[int, bool], rests: Sequence[Rest]) -> tuple[tuple[int, ...], ...]:
        scopes = [scope for rest in rests for scope in rest.scopes]
        block_of: dict[int, tuple[int, ...]] = {}
        for variable in sorted({variable for scope in scopes for variable in scope}):
            members = self.group.get(variable, (variable,))
            block_of[variable] = tuple(m for m in members if m not in fixed)
        edges = sorted({tuple(sorted({block_of[v] for v in scope})) for scope in scopes})
        return tuple(_ordered(sorted(set(block_of.values())), edges))


def _usable(part: Part, problem: Problem) -> bool:
    """Whether each column of the part's table is a whole group, so that its rows say all."""
    groups = {frozenset(members) for members in problem.groups}
    return part.table is not None and all(frozenset(c) in groups for c in part.table.scope)


def _last(clause: Sequence[int], fixed: dict[int, bool]) -> list[int]:
    """The literal that a clause still has, unless the clause holds."""
    if any(fixed.get(abs(literal)) == (literal > 0) for literal in clause):
        return []
    return [literal for literal in clause if abs(literal) not in fixed][:1]


def _rest(part: Part, fixed: dict[int, bool]) -> Rest:
    left: dict[tuple[int, ...], None] = {}
    for clause in part.clauses:
        if not any(fixed.get(abs(literal)) == (literal > 0) for literal in clause):
            kept = sorted({lit for lit in clause if abs(lit) not in fixed}, key=abs)
            if not any(-literal in kept for literal in kept):
                left[tuple(kept)] = None
    return Rest(tuple(left), None)


def _filtered(table: Table, fixed: dict[int, bool]) -> Rest | None:
    """The rows that are left, without columns that are settled; None when no row is left."""
    rows = [
        row
        for row in table.rows
        if all(fixed.get(column[at], True) for column, at in zip(table.scope, row, strict=True))
    ]
    if not rows:
        return None
    kept = [
        place
        for place, column in enumerate(table.scope)
        if not any(fixed.get(variable, False) for variable in column)
    ]
    if not kept:
        return Rest((), None)
    scope = tuple(tuple(v for v in table.scope[place] if v not in fixed) for place in kept)
    places = [{v: at for at, v in enumerate(column)} for column in scope]
    found = {
        tuple(at[table.scope[place][row[place]]] for place, at in zip(kept, places, strict=True))
        for row in rows
    }
    return Rest((), Table(scope, tuple(sorted(found))))


Block = tuple[int, ...]


def _ordered(blocks: Sequence[Block], edges: Sequence[tuple[Block, ...]]) -> list[Block]:
    """The blocks, one connected component after the other, each in its best order."""
    component = {block: block for block in blocks}

    def top(block: Block) -> Block:
        while component[block] != block:
            component[block] = component[component[block]]
            block = component[block]
        return block

    for edge in edges:
        for block in edge[1:]:
            first, second = sorted((top(edge[0]), top(block)))
            component[second] = first
    ordered: list[Block] = []
    for root in blocks:
        if top(root) == root:
            inside = [block for block in blocks if top(block) == root]
            ordered += _force(inside, [edge for edge in edges if top(edge[0]) == root])
    return ordered


def _force(blocks: list[Block], edges: Sequence[tuple[Block, ...]]) -> list[Block]:
    number = {block: place for place, block in enumerate(blocks)}
    scopes = [[number[block] for block in edge] for edge in edges]
    found = [_settled(_start(len(blocks), turn), scopes) for turn in range(STARTS)]
    _, order = min(found, key=lambda one: one[0])
    return [blocks[vertex] for vertex in order]


def _start(size: int, turn: int) -> list[int]:
    """An order to begin with: the given one, then others that have nothing to do with it, always the same."""
    return sorted(range(size), key=lambda vertex: (vertex + 1) * turn * SCATTER & WORD)


def _settled(order: list[int], scopes: Sequence[Sequence[int]]) -> tuple[int, list[int]]:
    """The least sum of spans on the way from an order, and the order that has it."""
    best, least = order, -1
    for _ in range(ROUNDS):
        at = [0] * len(order)
        for place, vertex in enumerate(order):
            at[vertex] = place
        before, (order, span) = order, _pulled(order, at, scopes)
        if least < 0 or span < least:
            best, least = before, span
        if order == before:
            break
    return least, best


def _pulled(
    order: list[int], at: Sequence[int], scopes: Sequence[Sequence[int]]
) -> tuple[list[int], int]:
    """The order after every vertex moved to the middle of its scopes; and the sum of spans before."""
    sums, uses, span = [0.0] * len(order), [0] * len(order), 0
    for scope in scopes:
        places = [at[vertex] for vertex in scope]
        span += max(places) - min(places)
        middle = sum(places) / len(places)
        for vertex in scope:
            sums[vertex] += middle
            uses[vertex] += 1
    middles = [
        total / used if used else float(place)
        for total, used, place in zip(sums, uses, at, strict=True)
    ]
    return sorted(order, key=middles.__getitem__), span
