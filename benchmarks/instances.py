"""Drawn models to measure on: the same seed always gives the same problem.

Two shapes. `random_rules`: rules drawn uniformly over all options, which ties everything to everything and compiles to
no small diagram, as some code-rule sets of makers do not. `star`: rules around the trim, as most price lists are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, count

from catalog.domain.configuration.foreign.tables import table_clauses
from catalog.domain.configuration.problem import Part, Problem, Table

Clause = tuple[int, ...]
Rule = Callable[["_Draft"], list[Clause]]


@dataclass(frozen=True, slots=True)
class Shape:
    """How many groups, members of a group, single options, packages and rules."""

    groups: int = 30
    members: int = 5
    singles: int = 100
    packages: int = 60
    rules: int = 800
    planted: int = 6

    @property
    def options(self) -> int:
        """Visible variables in all."""
        return self.groups * self.members + self.singles + self.packages


class _Draft:
    """A problem being drawn. Cars are planted first; a rule is kept only if each of them obeys it."""

    def __init__(self, shape: Shape, seed: int) -> None:
        self.draw = random.Random(seed)
        self.shape = shape
        grouped = shape.groups * shape.members
        self.groups = [
            tuple(range(first, first + shape.members))
            for first in range(1, grouped + 1, shape.members)
        ]
        self.packages = range(grouped + shape.singles + 1, shape.options + 1)
        self.single = range(grouped + 1, shape.options + 1)
        self.contents = {package: self.some(self.draw.randint(2, 4)) for package in self.packages}
        self.cars = [self.car() for _ in range(shape.planted)]

    def family(self, option: int) -> int:
        """Its group, or a number of its own."""
        place = (option - 1) // self.shape.members
        return place if place < self.shape.groups else option + self.shape.groups

    def some(self, many: int) -> list[int]:
        """Options no two of which are of one group, and no package."""
        picked: list[int] = []
        while len(picked) < many:
            option = self.draw.randrange(1, self.packages.start)
            if all(self.family(option) != self.family(other) for other in picked):
                picked.append(option)
        return picked

    def car(self) -> frozenset[int]:
        """One option of each group, some singles, and the packages whose contents are all there."""
        on = {self.draw.choice(group) for group in self.groups}
        on |= {option for option in self.single if self.draw.random() < 0.5}
        on -= set(self.packages)
        whole = {p for p in self.packages if on.issuperset(self.contents[p])}
        return frozenset(on | {p for p in whole if self.draw.random() < 0.8})

    def obeyed(self, clauses: Sequence[Clause]) -> bool:
        """Whether every planted car obeys the clauses."""
        return all(
            any((literal > 0) == (abs(literal) in car) for literal in clause)
            for car in self.cars
            for clause in clauses
        )


def _requires(draft: _Draft) -> list[Clause]:
    option, needed = draft.some(2)
    return [(-option, needed)]


def _requires_any(draft: _Draft) -> list[Clause]:
    option, *needed = draft.some(draft.draw.randint(3, 4))
    return [(-option, *needed)]


def _excludes(draft: _Draft) -> list[Clause]:
    option, other = draft.some(2)
    return [(-option, -other)]


def _ternary(draft: _Draft) -> list[Clause]:
    option, other, third = draft.some(3)
    return [(-option, -other, third if draft.draw.random() < 0.5 else -third)]


def _package(draft: _Draft) -> list[Clause]:
    option = draft.draw.choice(draft.packages)
    (other,) = draft.some(1)
    return [(-option, other if draft.draw.random() < 0.3 else -other)]


def _at_most_one(draft: _Draft) -> list[Clause]:
    return [(-one, -two) for one, two in combinations(draft.some(4), 2)]


_KINDS: tuple[tuple[str, Rule, int], ...] = (
    ("requires", _requires, 22),
    ("requires-any", _requires_any, 22),
    ("excludes", _excludes, 24),
    ("ternary", _ternary, 24),
    ("package", _package, 5),
    ("at-most-one", _at_most_one, 3),
)


def _drawn(draft: _Draft, many: int) -> Iterator[Part]:
    """Rules the planted cars obey, none twice; kinds by their weight."""
    weights = [weight for _, _, weight in _KINDS]
    seen: set[tuple[Clause, ...]] = set()
    number = count(1)
    while len(seen) < many:
        kind, make, _ = draft.draw.choices(_KINDS, weights)[0]
        clauses = tuple(make(draft))
        if clauses not in seen and draft.obeyed(clauses):
            seen.add(clauses)
            yield Part(f"{kind}-{next(number)}", True, clauses)


def exactly_one(name: str, members: Sequence[int]) -> Part:
    """The structure part of a group."""
    pairs = [(-one, -two) for one, two in combinations(members, 2)]
    return Part(f"group:{name}", False, (tuple(members), *pairs))


def random_rules(shape: Shape, seed: int) -> Problem:
    """Uniformly random rules over all options; the first group stands for the trim. Each planted car is buildable."""
    draft = _Draft(shape, seed)
    structure = [exactly_one(f"g{n}", group) for n, group in enumerate(draft.groups)]
    includes = [
        Part(f"includes-{package}", True, tuple((-package, option) for option in contents))
        for package, contents in draft.contents.items()
    ]
    rules = list(_drawn(draft, shape.rules - len(includes)))
    return Problem(
        names=("", *(f"o{v}" for v in range(1, shape.options + 1))),
        count=shape.options,
        top=shape.options,
        groups=tuple(draft.groups),
        parts=(*structure, *includes, *rules),
        hub=0,
    )


def random310(seed: int = 310) -> Problem:
    """310 options, 30 of whose groups take exactly one, and 800 rules, 60 of them packages; it does not compile."""
    return random_rules(Shape(), seed)


@dataclass(frozen=True, slots=True)
class Star:
    """A model around its trims: how many trims, groups, members of a group, single options and further rules."""

    trims: int = 12
    groups: int = 30
    members: int = 5
    singles: int = 148
    rules: int = 400
    offered: float = 0.6


class _StarDraft:
    """Draws a star. One car of each trim is planted, so no trim is empty."""

    def __init__(self, star: Star, seed: int) -> None:
        self.draw = random.Random(seed)
        self.star = star
        self.trims = tuple(range(1, star.trims + 1))
        grouped = star.trims + star.groups * star.members
        self.groups = [
            tuple(range(first, first + star.members))
            for first in range(star.trims + 1, grouped + 1, star.members)
        ]
        self.singles = range(grouped + 1, grouped + star.singles + 1)
        self.cars = {trim: self.car() for trim in self.trims}
        self.count = grouped + star.singles

    def car(self) -> frozenset[int]:
        """One option of each group and half of the singles."""
        on = {self.draw.choice(group) for group in self.groups}
        return frozenset(on | {option for option in self.singles if self.draw.random() < 0.5})

    def offers(self) -> Iterator[Part]:
        """Which trim has which option: a table a group, a clause a single option."""
        for number, group in enumerate(self.groups):
            rows = tuple(
                (place, cell)
                for place, trim in enumerate(self.trims)
                for cell, option in enumerate(group)
                if option in self.cars[trim] or self.draw.random() < self.star.offered
            )
            table = Table((self.trims, group), rows)
            yield Part(f"offer-g{number}", True, table_clauses(table, lambda: 0), table)
        for option in self.singles:
            offering = [
                trim
                for trim in self.trims
                if option in self.cars[trim] or self.draw.random() < self.star.offered
            ]
            yield Part(f"offer-{option}", True, ((-option, *offering),))

    def rules(self) -> Iterator[Part]:
        """On a few trims one option requires or excludes another; each planted car obeys."""
        options = range(self.star.trims + 1, self.count + 1)
        for number in range(1, self.star.rules + 1):
            trims = self.draw.sample(self.trims, self.draw.randint(1, 3))
            first, second = self.draw.sample(options, 2)
            wanted = second if self.draw.random() < 0.5 else -second
            obeying = [
                trim
                for trim in trims
                if first not in self.cars[trim] or (second in self.cars[trim]) == (wanted > 0)
            ]
            clauses = tuple((-trim, -first, wanted) for trim in obeying)
            yield Part(f"rule-{number}", True, clauses)


def star_rules(star: Star, seed: int) -> Problem:
    """Rules around the trim, which is the hub; every trim has a car. Trims 1..n, then the groups, then the singles."""
    draft = _StarDraft(star, seed)
    groups = (draft.trims, *draft.groups)
    return Problem(
        names=("", *(f"t{v}" if v <= star.trims else f"o{v}" for v in range(1, draft.count + 1))),
        count=draft.count,
        top=draft.count,
        groups=groups,
        parts=(
            *(exactly_one(f"g{n}" if n else "trim", group) for n, group in enumerate(groups)),
            *draft.offers(),
            *draft.rules(),
        ),
        hub=0,
    )


def star310(seed: int = 310) -> Problem:
    """310 options around 12 trims."""
    return star_rules(Star(), seed)
