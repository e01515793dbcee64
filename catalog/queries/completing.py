"""Complete cars: the cheapest with some choices, or the best within a budget (`docs/rules/configurator.md`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from catalog.domain.configuration.car import Car
from catalog.domain.configuration.completion import Completion
from catalog.domain.pricing import PriceSheet
from catalog.errors import NoCarInBudget, NotBuildable
from catalog.queries.configuring import Addition, Shop, shop
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class CompletionFacts:
    """A complete car with some choices; an addition without a reason saves money, or is what the budget bought.

    `proven` is false when the search was cut short. `budget` and what is `left` of it are None where none was given.
    """

    release: str
    model: str
    market: str
    choices: tuple[str, ...]
    adds: tuple[Addition, ...]
    car: Car
    sheet: PriceSheet
    days: int
    proven: bool
    budget: Money | None
    left: Money | None


def complete(
    *,
    model: str,
    market: str,
    choices: Iterable[str],
    budget: Money | None = None,
    release: str | None = None,
    now: datetime,
) -> CompletionFacts:
    """The cheapest buildable car with these choices, or with a `budget` the best whose total is not above it.

    Of any trim when none is among the choices. Raises as `configuring.shop`, UnknownOption, NotBuildable when there is
    no such car, NoCarInBudget when the cheapest costs more, with its total and choices.
    """
    place = shop(model=model, market=market, release=release, now=now)
    clicked = tuple(dict.fromkeys(choices))
    found, taken = (
        (_cheapest(place, clicked), ()) if budget is None else _best(place, clicked, budget)
    )
    sheet = place.sheet(found.car)
    return CompletionFacts(
        release=place.shelf.code,
        model=model,
        market=market,
        choices=found.choices,
        adds=place.additions(found, taken),
        car=found.car,
        sheet=sheet,
        days=place.days(found.car),
        proven=found.proven,
        budget=budget,
        left=None if budget is None else budget - sheet.total,
    )


def _cheapest(place: Shop, clicked: tuple[str, ...]) -> Completion:
    found = place.configurator.complete(clicked, prices=place.net)
    return found if found is not None else _refuse(place, clicked)


def _refuse(place: Shop, clicked: tuple[str, ...]) -> NoReturn:
    raise NotBuildable(
        f"no {place.model.code} can be built with these choices", facts={"choices": list(clicked)}
    )


def _best(
    place: Shop, clicked: tuple[str, ...], budget: Money
) -> tuple[Completion, tuple[str, ...]]:
    """The best car whose total is not above the budget; the delivery fee is the same for every car."""
    fee = place.pricer.fee
    try:
        best = place.configurator.best_within(clicked, budget.minor - fee, prices=place.net)
    except NoCarInBudget:
        raise _too_dear(place, _cheapest(place, clicked)) from None
    if best is None:
        _refuse(place, clicked)
    return best.completion, best.taken


def _too_dear(place: Shop, found: Completion) -> NoCarInBudget:
    cost = place.sheet(found.car).total
    return NoCarInBudget(
        f"budget: the cheapest such car costs {cost}",
        facts={
            "cheapest": {"amount": cost.minor, "currency": cost.currency},
            "choices": list(found.choices),
        },
    )
