"""What the engine must know of prices to find the cheapest car: the model with *bills*, and what each variable costs.

Where a code has one price on a trim and nothing covers it, its variable costs that price. Else there is one bill a price
row: a variable that is true whenever the car is of the trim, has the code, nothing covers it, and no cheaper row
applies; it costs the step to that row's price. What a car's variables cost adds up to its list price. Prices are never
below zero. What offers take off is taken off the same variables (`Off`), so the cheapest car is the cheapest after them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.configuration.encoding import Clause, Encoder, problem_of
from catalog.domain.configuration.expression import Atom, Expression, Not, conjunction, disjunction
from catalog.domain.configuration.problem import Part, Problem
from catalog.errors import NoPriceBook


@dataclass(frozen=True, slots=True)
class Row:
    """A price of one code on one trim: `amount` in minor units where `when` is true, or always."""

    amount: int
    when: Expression | None


@dataclass(frozen=True, slots=True)
class Off:
    """What offers take off together, in minor units by code.

    `capped`: off the code's price where it is charged, at most that price. `fixed`: off every car that has the code.
    """

    capped: tuple[tuple[str, int], ...] = ()
    fixed: tuple[tuple[str, int], ...] = ()


NOTHING_OFF = Off()


class Prices(Protocol):
    """Prices of one model in one book. Calling them gives what a car costs in minor units: the list price less offers."""

    @property
    def key(self) -> str:
        """Names the book: two of one key have the same rows."""
        ...

    @property
    def ways(self) -> tuple[Off, ...]:
        """What offers may take off, one at least; of several the car has the one that takes most."""
        ...

    def rows(self, code: str, trim: str) -> Sequence[Row]:
        """The rows for a code on a trim, cheapest first, none after an unconditional one."""
        ...

    def __call__(self, car: Car) -> int: ...


@dataclass(frozen=True, slots=True)
class Charge:
    """A code on a trim that takes bills: `bills` are (name, step) for each row; one without a step needs none."""

    code: str
    trim: str
    rows: tuple[Row, ...]
    bills: tuple[tuple[str, int], ...]

    def costs(self, capped: int) -> Iterator[int]:
        """The steps of its bills where `capped` is taken off each price, as far as it goes."""
        before = 0
        for row, (_, step) in zip(self.rows, self.bills, strict=True):
            after = max(0, row.amount - capped)
            if step:
                yield after - before
            before = after


@dataclass(frozen=True, slots=True)
class Priced:
    """A model with its prices. Variables 1..n of `problem` are those of the plain problem, then come the bills.

    `codes` are the names of those, `simple` what a code without bills costs on a trim. A car that no price row covers is
    no car of this problem.
    """

    problem: Problem
    codes: tuple[str, ...]
    simple: Mapping[str, Mapping[str, int]]
    charges: tuple[Charge, ...]

    def costs(self, off: Off = NOTHING_OFF) -> dict[str, tuple[int, ...]]:
        """By trim what each variable (1..`problem.count`) costs on its cars after `off`, in minor units; place 0 is 0."""
        capped, fixed = dict(off.capped), dict(off.fixed)
        steps = [
            step for charge in self.charges for step in charge.costs(capped.get(charge.code, 0))
        ]
        return {
            trim: (
                0,
                *(
                    max(0, amounts.get(code, 0) - capped.get(code, 0)) - fixed.get(code, 0)
                    for code in self.codes
                ),
                *steps,
            )
            for trim, amounts in self.simple.items()
        }


def priced(plan: Blueprint, prices: Prices) -> Priced:
    """The model of `plan` with the bills of a price list; raises NoPriceBook for a price below zero."""
    charges: list[Charge] = []
    simple: dict[str, dict[str, int]] = {}
    for trim in plan.marks:
        simple[trim] = {}
        for code, rows in _chargeable(plan, prices, trim):
            if len(rows) == 1 and rows[0].when is None and not _cover(plan, code):
                simple[trim][code] = rows[0].amount
            else:
                charges.append(_charge(code, trim, rows))
    names = [name for charge in charges for name, step in charge.bills if step]
    encoder = Encoder([*plan.order, *names])
    problem = problem_of(encoder, plan)
    bills = tuple(_part(encoder, plan, charge) for charge in charges)
    count = len(plan.order) + len(names)
    return Priced(
        problem=replace(
            problem,
            names=("", *plan.order, *names),
            count=count,
            top=encoder.top,
            parts=problem.parts + bills,
        ),
        codes=tuple(plan.order),
        simple=simple,
        charges=tuple(charges),
    )


def _chargeable(
    plan: Blueprint, prices: Prices, trim: str
) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """What can cost something on a trim, in the model's order, the trim first."""
    marks = plan.marks[trim]
    codes = sorted((code for code in marks if marks[code] != "S"), key=plan.order.__getitem__)
    for code in (TRIM_PREFIX + trim, *codes):
        rows = tuple(prices.rows(code, trim))
        if any(row.amount < 0 for row in rows):
            raise NoPriceBook(f"{code} has a price below zero", facts={"code": code, "trim": trim})
        yield code, rows


def _charge(code: str, trim: str, rows: tuple[Row, ...]) -> Charge:
    before = 0
    bills: list[tuple[str, int]] = []
    for place, row in enumerate(rows):
        bills.append((f"bill:{trim}:{code}:{place}", row.amount - before))
        before = row.amount
    return Charge(code, trim, rows, tuple(bills))


def _part(encoder: Encoder, plan: Blueprint, charge: Charge) -> Part:
    trim = Atom(TRIM_PREFIX + charge.trim)
    passed: list[Expression] = [Not(trim), Not(Atom(charge.code))]
    passed += _cover(plan, charge.code)
    clauses: list[Clause] = []
    for row, (name, step) in zip(charge.rows, charge.bills, strict=True):
        if step:
            clauses += encoder.clauses(disjunction([*passed, Atom(name)]))
            # says nothing of any price, and keeps the bills of one trim out of the diagram of another
            clauses += encoder.clauses(disjunction([trim, Not(Atom(name))]))
        passed += [row.when] if row.when is not None else []
    if not charge.rows or charge.rows[-1].when is not None:
        clauses += encoder.clauses(disjunction(passed))
    written = tuple(tuple(clause) for clause in clauses)
    return Part(f"price:{charge.trim}:{charge.code}", False, written)


def _cover(plan: Blueprint, code: str) -> list[Expression]:
    """What makes a code cost nothing: packages that contain it, rules that add it."""
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
