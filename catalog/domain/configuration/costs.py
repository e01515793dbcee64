"""What the engine must know of prices to find the cheapest car: rows, and when a code costs nothing.

For each code that can cost something on a trim, one *bill* a price row: a variable that is true whenever the car has
the code, nothing covers it, and no cheaper row applies; its weight is the step to that row's price. The bills of a car
add up to its list price. Prices are never below zero; discounts are incentives and come after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.configuration.encoding import Clause, Encoder
from catalog.domain.configuration.expression import Atom, Expression, Not, conjunction, disjunction
from catalog.errors import NoPriceBook


@dataclass(frozen=True, slots=True)
class Row:
    """A price of one code on one trim: `amount` in minor units where `when` is true, or always."""

    amount: int
    when: Expression | None


class Prices(Protocol):
    """A price list of one model in one book. Calling it gives the list price of a car in minor units."""

    @property
    def key(self) -> str:
        """Names the book: two lists of one key say the same."""
        ...

    def rows(self, code: str, trim: str) -> Sequence[Row]:
        """The rows for a code on a trim, cheapest first, none after an unconditional one."""
        ...

    def __call__(self, car: Car) -> int: ...


@dataclass(frozen=True, slots=True)
class Bills:
    """Soft literals that cost: `simple` code -> price; `steps` bill variable -> (code, step); `barred` must be false."""

    simple: dict[str, int]
    steps: dict[int, tuple[str, int]]
    barred: tuple[int, ...]
    clauses: tuple[tuple[int, ...], ...]


def _cover(plan: Blueprint, code: str) -> list[Expression]:
    covers: list[Expression] = [
        Atom(package) for package, option in plan.options.items() if code in option.contains
    ]
    for rule in plan.including:
        if code in rule.rule.adds:
            reasons: list[Expression] = [rule.when] if rule.when is not None else []
            if rule.trims:
                reasons.append(disjunction([Atom(trim) for trim in sorted(rule.trims)]))
            covers.append(conjunction(reasons))
    return covers


def bills(plan: Blueprint, encoder: Encoder, prices: Prices, trim: str) -> Bills:
    """The bills of every code that is not standard on `trim`; raises NoPriceBook for a price below zero."""
    simple: dict[str, int] = {}
    steps: dict[int, tuple[str, int]] = {}
    barred: list[int] = []
    clauses: list[Clause] = []
    chargeable = [code for code, mark in plan.marks[trim].items() if mark != "S"]
    for code in sorted(chargeable, key=plan.order.__getitem__) + [TRIM_PREFIX + trim]:
        rows = prices.rows(code, trim)
        if any(row.amount < 0 for row in rows):
            raise NoPriceBook(f"{code} has a price below zero", facts={"code": code, "trim": trim})
        covers = _cover(plan, code) if code in plan.options else []
        if len(rows) == 1 and rows[0].when is None and not covers:
            simple[code] = rows[0].amount
            continue
        before = 0
        passed: list[Expression] = [Not(Atom(code)), *covers]
        for place, row in enumerate(rows):
            name = f"bill:{prices.key}:{trim}:{code}:{place}"
            steps[encoder.named(name)] = (code, row.amount - before)
            clauses += encoder.clauses(disjunction([*passed, Atom(name)]))
            before = row.amount
            passed += [row.when] if row.when is not None else []
        if not rows or rows[-1].when is not None:
            name = f"bill:{prices.key}:{trim}:{code}:none"
            barred.append(encoder.named(name))
            clauses += encoder.clauses(disjunction([*passed, Atom(name)]))
    return Bills(simple, steps, tuple(barred), tuple(tuple(clause) for clause in clauses))
