"""What is buildable, as clauses: one part per authored rule and per piece of structure.

Every option and trim is one variable. A part is named as a conflict names it: the code of an authored rule, or
`group:wheels`, `contents:pkg-first`, `standard:as-camera`, `availability:tow-bar`. Formulas become clauses by the
one-sided definitions of Plaisted and Greenbaum (1986), so nothing grows beyond the size of the rule.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from pysat.card import CardEnc, EncType

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.expression import (
    And,
    Atom,
    Expression,
    Not,
    conjunction,
    disjunction,
)
from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.rules import ActiveRule

Clause = list[int]
SUBSETS = 120
"""Up to so many clauses "at most k of n" is written out; beyond it a counter needs fewer."""


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
        """Clauses that are satisfiable together exactly when `expression` is true."""
        definitions: list[Clause] = []
        stated = self._state(expression, True, definitions)
        return definitions + stated

    def _state(self, expression: Expression, sign: bool, definitions: list[Clause]) -> list[Clause]:
        if isinstance(expression, Atom):
            variable = self.variables[expression.code]
            return [[variable if sign else -variable]]
        if isinstance(expression, Not):
            return self._state(expression.part, not sign, definitions)
        if isinstance(expression, And) == sign:
            return [
                clause
                for part in expression.parts
                for clause in self._state(part, sign, definitions)
            ]
        return [self._either(expression.parts, sign, definitions)]

    def _either(self, parts: Sequence[Expression], sign: bool, definitions: list[Clause]) -> Clause:
        literals: Clause = []
        for part in parts:
            stated = self._state(part, sign, definitions)
            if len(stated) == 1:
                literals += stated[0]
            else:
                stands_for = self.fresh()
                definitions += [[-stands_for, *clause] for clause in stated]
                literals.append(stands_for)
        return literals

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
    if rule.rule.kind not in ("exactly", "at_most"):
        return encoder.clauses(disjunction([*silent, _demand(rule)]))
    count, of = rule.rule.count or 0, tuple(dict.fromkeys(rule.rule.of))
    counted = encoder.at_most(count, of)
    if rule.rule.kind == "exactly":
        counted = counted + encoder.at_least(count, of)
    if not silent:
        return counted
    speaks = Atom(f"speaks:{rule.code}")
    variable = encoder.named(speaks.code)
    return encoder.clauses(disjunction([*silent, speaks])) + [[-variable, *c] for c in counted]


def _demand(rule: ActiveRule) -> Expression:
    if rule.rule.kind == "excludes":
        return conjunction([Not(Atom(code)) for code in rule.rule.excluded])
    if rule.rule.kind == "includes":
        return conjunction([Atom(code) for code in rule.rule.adds])
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
