"""What is buildable, as clauses: one part per authored rule and per piece of structure.

Every option and trim is one variable. A part is named as a conflict names it: the code of an authored rule, or
`group:wheels`, `contents:pkg-first`, `standard:as-camera`, `availability:tow-bar`. What a few clauses can say is
multiplied out; beyond that formulas become clauses by the one-sided definitions of Plaisted and Greenbaum (1986), so
nothing grows beyond the size of the rule. A definition is written for the sign in which the formula occurs: of a count
that must not hold the opposite count is stated.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from pysat.card import CardEnc, EncType

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.expression import (
    AT_MOST,
    EXACTLY,
    And,
    Atom,
    Count,
    Expression,
    Not,
    Or,
    conjunction,
    disjunction,
    show,
)
from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.rules import COUNTS, ActiveRule

Clause = list[int]
SUBSETS = 120
"""Up to so many clauses "at most k of n" is written out; beyond it a counter needs fewer."""
MULTIPLIED = 16
"""Up to so many clauses an `or` is multiplied out; beyond it helping variables need fewer."""


class Encoder:
    """Turns expressions into clauses over its variables; not shared between threads."""

    def __init__(self, codes: Iterable[str]) -> None:
        """Numbers `codes` from 1."""
        self.variables = {code: place for place, code in enumerate(codes, start=1)}
        self.top = len(self.variables)

    def fresh(self) -> int:
        """A new variable."""
        self.top += 1
        return self.top

    def named(self, name: str) -> int:
        """A new variable that expressions may name; the name is used once."""
        self.variables[name] = self.fresh()
        return self.top

    def clauses(self, expression: Expression) -> list[Clause]:
        """Clauses that are satisfiable together exactly when `expression` is true; markets and days are settled."""
        definitions: list[Clause] = []
        stated = self._state(expression, True, definitions)
        return definitions + stated

    def _state(self, expression: Expression, sign: bool, definitions: list[Clause]) -> list[Clause]:
        if isinstance(expression, Not):
            return self._state(expression.part, not sign, definitions)
        if isinstance(expression, Count):
            return self._counted(expression, sign, definitions)
        if isinstance(expression, Atom):
            variable = self.variables[expression.code]
            return [[variable if sign else -variable]]
        if not isinstance(expression, And | Or):
            raise TypeError(f"{show(expression)} was not settled")
        if isinstance(expression, And) == sign:
            return [
                clause
                for part in expression.parts
                for clause in self._state(part, sign, definitions)
            ]
        return self._either(
            [self._state(part, sign, definitions) for part in expression.parts], definitions
        )

    def _counted(self, count: Count, sign: bool, definitions: list[Clause]) -> list[Clause]:
        """The count, or that it does not hold: too few or too many."""
        number, codes = count.number, tuple(dict.fromkeys(count.codes))
        if count.kind == EXACTLY:
            if sign:
                return self.at_most(number, codes) + self.at_least(number, codes)
            too_few, too_many = self.at_most(number - 1, codes), self.at_least(number + 1, codes)
            return self._either([too_few, too_many], definitions)
        if count.kind == AT_MOST:
            return self.at_most(number, codes) if sign else self.at_least(number + 1, codes)
        return self.at_least(number, codes) if sign else self.at_most(number - 1, codes)

    def _either(self, parts: Sequence[list[Clause]], definitions: list[Clause]) -> list[Clause]:
        """Clauses for "one of the parts holds": multiplied out while they are few, a helper for each part beyond."""
        product: list[Clause] = [[]]
        for stated in sorted(parts, key=len):
            if len(product) * len(stated) <= MULTIPLIED:
                product = [[*one, *other] for one in product for other in stated]
            else:
                stands_for = self.fresh()
                definitions += [[-stands_for, *clause] for clause in stated]
                product = [[*one, stands_for] for one in product]
        return [
            list(dict.fromkeys(clause))
            for clause in product
            if not any(-literal in clause for literal in clause)
        ]

    def at_most(self, count: int, codes: Sequence[str]) -> list[Clause]:
        """No more than `count` of `codes`."""
        literals = [self.variables[code] for code in codes]
        return self._count_at_most(count, literals)

    def at_least(self, count: int, codes: Sequence[str]) -> list[Clause]:
        """No fewer than `count` of `codes`."""
        literals = [-self.variables[code] for code in codes]
        return self._count_at_most(len(literals) - count, literals)

    def _count_at_most(self, count: int, literals: list[int]) -> list[Clause]:
        if count >= len(literals):
            return []
        if count < 0:
            return [[]]
        if math.comb(len(literals), count + 1) <= SUBSETS:
            return [[-lit for lit in some] for some in itertools.combinations(literals, count + 1)]
        counter = CardEnc.atmost(literals, count, top_id=self.top, encoding=EncType.seqcounter)
        self.top = max(self.top, counter.nv)
        return [list(clause) for clause in counter.clauses]


def rule_clauses(encoder: Encoder, rule: ActiveRule) -> list[Clause]:
    """The clauses of one rule, its trims and its `if` included."""
    silent: list[Expression] = []
    if rule.trims:
        silent.append(Not(disjunction([Atom(trim) for trim in sorted(rule.trims)])))
    if rule.when is not None:
        silent.append(Not(rule.when))
    return encoder.clauses(disjunction([*silent, _demand(rule)]))


def _demand(rule: ActiveRule) -> Expression:
    authored = rule.rule
    if authored.kind in COUNTS:
        return Count(COUNTS[authored.kind], authored.count or 0, authored.of)
    if authored.kind == "excludes":
        return conjunction([Not(Atom(code)) for code in authored.excluded])
    if authored.kind == "includes":
        return conjunction([Atom(code) for code in authored.adds])
    return conjunction([rule.then] if rule.then is not None else [])


def _structure(encoder: Encoder, plan: Blueprint) -> Iterator[tuple[str, list[Clause]]]:
    trims = tuple(trim.atom for trim in plan.model.trims)
    for group, members in {"trim": trims, **plan.one_groups}.items():
        yield f"group:{group}", encoder.at_most(1, members) + encoder.at_least(1, members)
    for code, option in plan.options.items():
        variable = encoder.variables[code]
        if option.contains:
            inside = [[-variable, encoder.variables[part]] for part in option.contains]
            yield f"contents:{code}", inside
        without = [trim for trim in plan.marks if code not in plan.marks[trim]]
        if len(without) == len(plan.marks):
            yield f"availability:{code}", [[-variable]]
        elif without:
            yield (
                f"availability:{code}",
                [[-variable, -encoder.variables[TRIM_PREFIX + trim]] for trim in without],
            )
        always = [trim for trim in plan.marks if code in plan.always[trim]]
        if always:
            yield (
                f"standard:{code}",
                [[variable, -encoder.variables[TRIM_PREFIX + trim]] for trim in always],
            )


def encode(encoder: Encoder, plan: Blueprint) -> tuple[Part, ...]:
    """Every part of the model in that market on that day: the structure first, then the rules in authored order."""
    parts = [
        Part(name, False, tuple(tuple(clause) for clause in clauses))
        for name, clauses in _structure(encoder, plan)
    ]
    parts += [
        Part(rule.code, True, tuple(tuple(clause) for clause in rule_clauses(encoder, rule)))
        for rule in plan.binding
    ]
    return tuple(parts)


def problem_of(encoder: Encoder, plan: Blueprint) -> Problem:
    """The blueprint as a problem for an engine; the trims are its hub."""
    parts = encode(encoder, plan)
    number = encoder.variables
    trims = tuple(number[trim.atom] for trim in plan.model.trims)
    groups = [tuple(number[code] for code in members) for members in plan.one_groups.values()]
    return Problem(
        names=("", *plan.order),
        count=len(plan.order),
        top=encoder.top,
        groups=(trims, *groups),
        parts=parts,
        hub=0,
    )
