"""Compiles a problem into diagrams, at build time only; nobody else loads `dd`, and nobody before a model is compiled.

For each slice the parts are conjoined as a binary decision diagram in a static order, which is then read as a
multi-valued one: a group is one level, its members the values. Published bases: Bryant 1986 for the diagrams, Jensen
2004 and Hadzic, Jensen and Andersen 2007 (arXiv 0704.1394) for compiling a configurator's rules offline.

CUDD does the work where `dd` carries it, else its Python twin: a reduced diagram of a given order is unique, so both
give the same bytes.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from catalog.domain.configuration.diagram.arrays import Slices
from catalog.domain.configuration.diagram.identity import problem_key
from catalog.domain.configuration.diagram.layering import Layers, flat
from catalog.domain.configuration.diagram.slicing import Remainder, Rest, Splitter
from catalog.domain.configuration.problem import Problem, Table

LIMIT_NODES = 60_000
"""Nodes that a binary diagram may have on the way: some seconds of work, and far above what a real model needs."""
Node = Any
"""A node of either library."""
Rows = frozenset[tuple[int, ...]]


class TooLargeError(Exception):
    """A diagram outgrew the limit."""


@functools.cache
def library_here() -> ModuleType:
    """CUDD, or its twin on a platform for which `dd` carries none; loaded here, since a web process can do without.

    `dd` and what it imports take 20 MB.
    """
    try:
        return import_module("dd.cudd")
    except ImportError:
        return import_module("dd.autoref")


def compile_problem(
    problem: Problem, *, limit_nodes: int = LIMIT_NODES, library: ModuleType | None = None
) -> Slices | None:
    """The diagrams of the problem, or None where one outgrows `limit_nodes`: then the solver serves the model.

    The limit counts nodes and not seconds, so that equal problems always give equal bytes.
    """
    splitter = Splitter(problem)
    hub = () if problem.hub is None else problem.groups[problem.hub]
    layers: list[Layers] = []
    bdd = (library or library_here()).BDD()
    bdd.configure(reordering=False)
    for literals in [[member] for member in hub] or [[]]:
        remainder = splitter.remainder(literals)
        if remainder is not None:
            try:
                found = _Slice(problem, remainder, limit_nodes, bdd).layers()
            except TooLargeError:
                return None
            if found is not None:
                layers.append(found)
    return Slices(problem_key(problem), problem.count, flat(problem, layers))


class _Slice:
    """The binary diagram of one slice on its way to layers."""

    def __init__(self, problem: Problem, remainder: Remainder, limit: int, bdd: Any) -> None:
        self.problem = problem
        self.remainder = remainder
        self.limit = limit
        self.bdd = bdd  # one for all slices: the names of its variables are places in the order
        self.order = [variable for block in remainder.blocks for variable in block]
        self.position = {variable: place for place, variable in enumerate(self.order)}
        bdd.declare(*(f"p{place}" for place in range(len(bdd.vars), len(self.order))))
        self.var = {variable: bdd.var(f"p{place}") for place, variable in enumerate(self.order)}

    def layers(self) -> Layers | None:
        """The slice as layers; None when nothing can be built."""
        whole = self._conjoin()
        if whole == self.bdd.false:
            return None
        layers = Layers(self.problem, self.remainder)
        pending: list[dict[Any, int]] = [{} for _ in layers.blocks]
        ends = {self.bdd.true: layers.end, self.bdd.false: layers.nothing}

        def named(node: Node) -> int:
            if node in ends:
                return ends[node]
            level = layers.block_of[self.order[int(node.var[1:])]]
            if node not in pending[level]:
                pending[level][node] = layers.fresh(level)
            return pending[level][node]

        root = named(whole)
        for level in range(layers.front, len(layers.blocks)):
            for node, name in pending[level].items():
                layers.edges[name] = [named(child) for child in self._values(level, layers, node)]
        layers.finish(root)
        return layers

    def _conjoin(self) -> Node:
        """All rests together, what lies lowest in the order first; helping variables leave as soon as they can."""
        whole = self.bdd.true
        for block in reversed(self.remainder.blocks):
            if len(block) > 1:
                whole = self._one_of(block) & whole
        private, shared = self._helpers()
        rests = list(zip(self.remainder.rests, private, strict=True))
        rests.sort(key=lambda pair: -self._top(pair[0]))
        for rest, helpers in rests:
            whole = self._small(whole & self._part(rest, helpers))
        return self._without(whole, shared)

    def _top(self, rest: Rest) -> int:
        return max(self.position[v] for scope in rest.scopes for v in scope)

    def _helpers(self) -> tuple[list[list[int]], list[int]]:
        """For each rest the helping variables that only it has; and those that several have."""
        count = self.problem.count
        users: dict[int, list[int]] = {}
        for place, rest in enumerate(self.remainder.rests):
            for variable in sorted({v for scope in rest.scopes for v in scope if v > count}):
                users.setdefault(variable, []).append(place)
        private: list[list[int]] = [[] for _ in self.remainder.rests]
        for variable, places in users.items():
            if len(places) == 1:
                private[places[0]].append(variable)
        return private, [variable for variable, places in users.items() if len(places) > 1]

    def _without(self, node: Node, variables: Sequence[int]) -> Node:
        if not variables:
            return node
        return self.bdd.exist([f"p{self.position[v]}" for v in variables], node)

    def _small(self, node: Node) -> Node:
        if node.dag_size > self.limit:
            raise TooLargeError
        return node

    def _part(self, rest: Rest, helpers: Sequence[int]) -> Node:
        if rest.table is not None:
            return self._small(self._table(rest.table))
        found = self.bdd.true
        for clause in sorted(rest.clauses, key=lambda c: -max(self.position[abs(x)] for x in c)):
            either = self.bdd.false
            for literal in clause:
                variable = self.var[abs(literal)]
                either |= variable if literal > 0 else ~variable
            found = self._small(found & either)
        return self._without(found, helpers)

    def _one_of(self, block: Sequence[int]) -> Node:
        return self._choice(block, dict.fromkeys(block, self.bdd.true))

    def _choice(self, block: Sequence[int], behind: dict[int, Node]) -> Node:
        """Exactly one variable of the block is true, and what lies behind it holds."""
        found, none = self.bdd.false, self.bdd.true
        for variable in sorted(block, key=self.position.__getitem__, reverse=True):
            one = behind.get(variable, self.bdd.false) & none
            found = self.bdd.ite(self.var[variable], one, found)
            none &= ~self.var[variable]
        return found

    def _table(self, table: Table) -> Node:
        """The rows as a diagram: from the top column down, equal rests of rows once."""
        columns = sorted(range(len(table.scope)), key=lambda c: self.position[table.scope[c][0]])
        rows = frozenset(tuple(row[column] for column in columns) for row in table.rows)
        return self._rows([table.scope[column] for column in columns], rows, {})

    def _rows(self, scope: Sequence[Sequence[int]], rows: Rows, known: dict[Rows, Node]) -> Node:
        """Rests of rows over the columns of `scope`; their length says which those are, so `known` goes by rows alone."""
        if not scope:
            return self.bdd.true
        if rows not in known:
            split: dict[int, set[tuple[int, ...]]] = {}
            for row in rows:
                split.setdefault(row[0], set()).add(row[1:])
            behind = {
                scope[0][at]: self._rows(scope[1:], frozenset(rest), known)
                for at, rest in split.items()
            }
            known[rows] = self._choice(scope[0], behind)
        return known[rows]

    def _values(self, level: int, layers: Layers, node: Node) -> list[Node]:
        """What is behind each slot of a level."""
        block = layers.blocks[level]
        if len(block) == 1:
            return [self._down(node, block[0], True), self._down(node, block[0], False)]
        found, lows = [], node
        order = sorted(block, key=self.position.__getitem__)
        for place, variable in enumerate(order):
            child = self._down(lows, variable, True)
            for other in order[place + 1 :]:
                child = self._down(child, other, False)
            found.append(child)
            lows = self._down(lows, variable, False)
        by_variable = dict(zip(order, found, strict=True))
        return [by_variable[variable] for variable in block]

    def _down(self, node: Node, variable: int, value: bool) -> Node:
        if node.var != f"p{self.position[variable]}":
            return node
        child = node.high if value else node.low
        return ~child if node.negated else child
