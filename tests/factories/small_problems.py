"""Small random problems for hypothesis, and an obviously right enumerator of their cars.

The enumerator walks every set of visible variables and looks at the clauses of each part by itself, also where the part
has a table: an engine that reads the table is held to say the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from catalog.domain.configuration.problem import Part, Problem, Table
from catalog.domain.configuration.tiers import FALSE, TRUE

Car = frozenset[int]
Clause = tuple[int, ...]
MOST_HELPERS = 3


@dataclass
class Numbers:
    """Hands out variables: the visible ones first, then helping ones of the parts."""

    top: int

    def fresh(self) -> int:
        """A helping variable."""
        self.top += 1
        return self.top


def exactly_one(group: Sequence[int]) -> tuple[Clause, ...]:
    """The clauses of a group."""
    return (tuple(group), *((-a, -b) for a, b in itertools.combinations(group, 2)))


@st.composite
def clause_parts(draw: Callable[[Any], Any], count: int, numbers: Numbers, name: str) -> Part:
    """A rule of one to three clauses, at times with a helping variable."""
    literals = st.integers(1, count).flatmap(lambda v: st.sampled_from((v, -v)))
    some = st.lists(literals, min_size=1, max_size=3, unique_by=abs).map(tuple)
    clauses = draw(st.lists(some, min_size=1, max_size=3))
    if draw(st.booleans()):
        helper = numbers.fresh()
        clauses = [(*clauses[0], helper), *((-helper, *clause) for clause in clauses[1:])]
        clauses.append((-helper, draw(literals)))
    return Part(name, True, tuple(clauses))


@st.composite
def table_parts(
    draw: Callable[[Any], Any], groups: Sequence[tuple[int, ...]], numbers: Numbers, name: str
) -> Part:
    """A table over two or three groups: a helping variable for each row says that it is the row of the car."""
    scope = draw(st.lists(st.sampled_from(groups), min_size=2, max_size=3, unique=True))
    every = list(itertools.product(*(range(len(column)) for column in scope)))
    rows = draw(st.lists(st.sampled_from(every), min_size=1, max_size=MOST_HELPERS, unique=True))
    helpers = [numbers.fresh() for _ in rows]
    clauses: list[Clause] = [tuple(helpers)]
    for helper, row in zip(helpers, rows, strict=True):
        clauses += [(-helper, column[place]) for column, place in zip(scope, row, strict=True)]
    return Part(name, True, tuple(clauses), Table(tuple(scope), tuple(sorted(rows))))


@st.composite
def small_problems(draw: Callable[[Any], Any]) -> Problem:
    """A problem of up to ten visible variables: groups, options by themselves, clauses and tables."""
    sizes = draw(st.lists(st.integers(2, 3), min_size=1, max_size=2))
    alone = draw(st.integers(1, 4))
    groups, start = [], 1
    for size in sizes:
        groups.append(tuple(range(start, start + size)))
        start += size
    count = start - 1 + alone
    numbers = Numbers(count)
    parts = [Part(f"group:{n}", False, exactly_one(group)) for n, group in enumerate(groups)]
    for place in range(draw(st.integers(0, 6))):
        name = f"r{place}"
        if len(groups) > 1 and draw(st.integers(0, 3)) == 0:
            parts.append(draw(table_parts(groups, numbers, name)))
        else:
            parts.append(draw(clause_parts(count, numbers, name)))
    hub = draw(st.sampled_from((None, *range(len(groups)))))
    names = ("", *(f"o{v}" for v in range(1, count + 1)))
    return Problem(names, count, numbers.top, tuple(groups), tuple(parts), hub)


def literals_of(problem: Problem) -> st.SearchStrategy[list[int]]:
    """Up to five choices, wanted or unwanted, perhaps contradicting each other."""
    literal = st.integers(1, problem.count).flatmap(lambda v: st.sampled_from((v, v, -v)))
    return st.lists(literal, max_size=5, unique=True)


def everything(count: int) -> Iterator[Car]:
    """Every set of visible variables."""
    for size in range(count + 1):
        for some in itertools.combinations(range(1, count + 1), size):
            yield frozenset(some)


def kept(part: Part, car: Car, count: int) -> bool:
    """Whether the car obeys the part."""
    helpers = sorted({abs(lit) for clause in part.clauses for lit in clause if abs(lit) > count})
    for true in itertools.product((False, True), repeat=len(helpers)):
        world = car | {helper for helper, is_true in zip(helpers, true, strict=True) if is_true}
        if all(any((lit > 0) == (abs(lit) in world) for lit in c) for c in part.clauses):
            return True
    return False


def cars_of(problem: Problem) -> list[Car]:
    """Every car of the problem."""
    return [
        car
        for car in everything(problem.count)
        if all(kept(part, car, problem.count) for part in problem.parts)
    ]


def with_literals(cars: Iterable[Car], literals: Iterable[int]) -> list[Car]:
    """The cars that have these literals."""
    wanted = list(literals)
    return [car for car in cars if all((lit > 0) == (abs(lit) in car) for lit in wanted)]


def expected_domains(problem: Problem, cars: list[Car], choices: Sequence[int]) -> bytes:
    """As `Engine.domains` promises."""
    mine = with_literals(cars, choices)
    return bytes([0, *(bits_of(v, mine, mine) for v in range(1, problem.count + 1))])


def expected_relaxed(problem: Problem, cars: list[Car], choices: Sequence[int]) -> bytes:
    """As `Engine.relaxed` promises."""
    mine = with_literals(cars, choices)
    group_of = {v: group for group in problem.groups for v in group}
    bits = [0]
    for v in range(1, problem.count + 1):
        group = group_of.get(v, ())
        replaced = any(choice in group for choice in choices)
        rest = [choice for choice in choices if not (replaced and abs(choice) in group)]
        bits.append(bits_of(v, with_literals(cars, rest), mine))
    return bytes(bits)


def bits_of(variable: int, with_it: list[Car], without_it: list[Car]) -> int:
    """TRUE where a car of the first list has the variable, FALSE where one of the second has it not."""
    true = any(variable in car for car in with_it)
    false = any(variable not in car for car in without_it)
    return TRUE * true | FALSE * false


def expected_cheapest(
    cars: list[Car], choices: Sequence[int], costs: Sequence[int]
) -> tuple[int, tuple[int, ...]] | None:
    """The least cost; among equals the car that has the lowest variable in which two cars differ."""
    ranked = [
        (sum(costs[v] for v in car), [v not in car for v in range(1, len(costs))], car)
        for car in with_literals(cars, choices)
    ]
    if not ranked:
        return None
    cost, _, car = min(ranked, key=lambda one: one[:2])
    return cost, tuple(sorted(car))
