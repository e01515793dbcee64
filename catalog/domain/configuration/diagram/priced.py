"""The problem with its bills: what a priced diagram is compiled from, and what the configurator asks it with.

After the codes of the model come the bill variables of every trim, as further visible variables named as costs.py names
them; then helping variables. A bill may be true only on a car of its trim; a barred one never is. Give each
bill its step as its cost and each simple code its price, and the cheapest car of the diagram is the cheapest of the trim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.costs import Bills, Prices, bills
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.problem import Part, Problem


@dataclass(frozen=True, slots=True)
class Priced:
    """A problem with bills; `bills` of each trim (by its code) speak in the problem's variables, without clauses."""

    problem: Problem
    bills: Mapping[str, Bills]


def priced_problem(plan: Blueprint, prices: Prices) -> Priced:
    """The blueprint's problem with the bills of a price list; raises NoPriceBook for a price below zero."""
    encoder = Encoder(plan.order)
    plain = problem_of(encoder, plan)
    found = {trim.code: bills(plan, encoder, prices, trim.code) for trim in plan.model.trims}
    shown = [b for of_trim in found.values() for b in (*of_trim.steps, *of_trim.barred)]
    number = _numbers(plain.count, encoder.top, shown)
    names = {variable: name for name, variable in encoder.variables.items()}
    parts = [*plain.parts, *(p for t, b in found.items() for p in _parts(t, b, encoder))]
    problem = replace(
        plain,
        names=(*plain.names, *(names[variable] for variable in shown)),
        count=plain.count + len(shown),
        top=encoder.top,
        parts=tuple(replace(p, clauses=_renumbered(p.clauses, number)) for p in parts),
    )
    return Priced(problem, {trim: _bills(of_trim, number) for trim, of_trim in found.items()})


def _numbers(count: int, top: int, shown: Iterable[int]) -> dict[int, int]:
    """Old variable -> new: codes as they are, then what is shown, then the rest."""
    order = [*range(1, count + 1), *shown]
    kept = set(order)
    order += [variable for variable in range(count + 1, top + 1) if variable not in kept]
    return {old: new for new, old in enumerate(order, start=1)}


def _parts(trim: str, of_trim: Bills, encoder: Encoder) -> list[Part]:
    """The bills of a trim as one part: they say something of its cars only, and are false on every other."""
    atom = encoder.variables[TRIM_PREFIX + trim]
    clauses = [(*clause, -atom) for clause in of_trim.clauses]
    clauses += [(-bill, atom) for bill in of_trim.steps]
    clauses += [(-bill,) for bill in of_trim.barred]
    return [Part(f"bills:{trim}", False, tuple(clauses))]


def _renumbered(
    clauses: Iterable[tuple[int, ...]], number: Mapping[int, int]
) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(number[lit] if lit > 0 else -number[-lit] for lit in clause) for clause in clauses
    )


def _bills(of_trim: Bills, number: Mapping[int, int]) -> Bills:
    steps = {number[bill]: step for bill, step in of_trim.steps.items()}
    return Bills(of_trim.simple, steps, tuple(number[bill] for bill in of_trim.barred), ())
