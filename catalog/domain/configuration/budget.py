"""The best car within a budget: exact, the same on every tier, and told in one sentence.

The highest trim of which some car fits; then the packages; then what a higher trim has as standard; the dearest first,
each taken if a car with everything before still fits. Nothing else is bought: a budget is a limit and no target, and
paint, material and accessories are the buyer's own affair (docs/rules/configurator.md).
"""

from __future__ import annotations

from dataclasses import replace

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.answers import Best
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.completion import Completer, Completion, Task
from catalog.domain.configuration.costs import Prices
from catalog.errors import NoCarInBudget


def candidates(plan: Blueprint, prices: Prices, trim: str) -> tuple[str, ...]:
    """What a budget may buy on a trim, in the order in which it is asked: packages, then equipment, dearest first.

    A matter of taste (an option with a swatch, a package that decides one) is never among it, nor what has no price.
    """
    marks = plan.marks[trim]
    ladder = [one.code for one in plan.model.trims]
    higher = ladder[ladder.index(trim) + 1 :]
    standard = {code for above in higher for code, mark in plan.marks[above].items() if mark == "S"}
    ranked: list[tuple[bool, int, int, str]] = []
    for code, option in plan.options.items():
        rows = prices.rows(code, trim) if marks.get(code) == "O" else ()
        taste = any(plan.options[one].swatch for one in (code, *option.contains))
        if rows and not taste and (option.contains or code in standard):
            dearest = max(row.amount for row in rows)
            ranked.append((not option.contains, -dearest, plan.order[code], code))
    return tuple(code for *_, code in sorted(ranked))


def best_within(
    completer: Completer, choices: tuple[str, ...], budget: int
) -> tuple[Best, Task] | None:
    """The best car and the task it completes; None when no car has the choices. Raises NoCarInBudget."""
    plan = completer.plan
    chosen = [code for code in choices if code.startswith(TRIM_PREFIX)]
    if len(chosen) > 1:
        return None
    starts = [choices] if chosen else [(t.atom, *choices) for t in reversed(plan.model.trims)]
    cheapest: list[int] = []
    for start in starts:
        found = completer.cheapest(Task(start))
        if found is not None and found.price <= budget:
            return _filled(completer, start, found, budget)
        cheapest += [] if found is None else [found.price]
    if not cheapest:
        return None
    raise NoCarInBudget(
        f"no such {plan.model.code} is to be had for that budget", facts={"cheapest": min(cheapest)}
    )


def _filled(
    completer: Completer, start: tuple[str, ...], found: Completion, budget: int
) -> tuple[Best, Task]:
    """Takes what fits, beginning with the car `found`."""
    plan, kept, taken = completer.plan, start, []
    for code in candidates(plan, completer.prices, found.car.trim):
        if plan.closure(kept).on & plan.bits.bit[code]:
            continue  # a package or a rule brings it anyway
        with_it = completer.cheapest(Task((*kept, code)))
        if with_it is not None and with_it.price <= budget:
            kept, found = (*kept, code), with_it
            taken.append(code)
    adds = sorted((c for c in found.choices if c not in start), key=plan.order.__getitem__)
    best = Best(replace(found, adds=tuple(adds)), tuple(taken), budget - found.price)
    return best, Task(kept)
