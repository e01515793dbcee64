"""A car as the API shows it: its sheet, its names, its delivery estimate; and which car an offer is for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from catalog.domain.configuration.wording import Named
from catalog.errors import CatalogError
from catalog.queries.builds import build
from catalog.queries.configuring import RepairFacts, car_facts
from catalog.queries.on_sale import OnSale, on_sale, release
from catalog.queries.stock import vehicle
from checkout.domain.delivery import day_in, window
from checkout.domain.insurance import seats_of
from checkout.errors import CheckoutError
from checkout.queries.offers import even_quotes
from kernel.money import Money
from storefront.api.errors import InvalidField


def named(parts: Iterable[Named], *, as_: str = "name") -> list[dict[str, Any]]:
    """Codes with their words: options by `name`, rules and structure by `text`."""
    return [{"code": part.code, as_: part.text or part.code} for part in parts]


def repair_body(repair: RepairFacts) -> dict[str, Any]:
    """A way to a buildable car: what it adds and takes, what it costs, the choices it ends with."""
    return {
        "adds": named(repair.adds),
        "removes": named(repair.removes),
        "choices": repair.choices,
        "total": repair.total,
        "price_difference": repair.price_difference,
        "days_difference": repair.days_difference,
    }


def delivery_estimate(release: OnSale, market: str, days: int, now: datetime) -> dict[str, Any]:
    """Days from the lock and the two weeks that gives for an order locked today."""
    found = window(today=day_in(release.catalogue.markets[market].timezone, now), days=days)
    return {"days": found.days, "from": found.from_on, "until": found.until_on}


@lru_cache(maxsize=4096)
def _monthly(
    release: str, market: str, model: str, price: Money, hour: datetime
) -> dict[str, Any] | None:
    try:
        even = even_quotes(market=market, model=model, price=price, now=hour)
    except (CatalogError, CheckoutError):
        return None
    if not even:
        return None
    least = min(
        (offer.facts for offer in even), key=lambda facts: int(facts["instalment"]["amount"])
    )
    return {
        "amount": least["instalment"],
        "months": least["months"],
        "product": least["product"],
        "apr_text": least["apr_text"],
        "warning": least["warning"],
    }


def monthly(
    release: OnSale, market: str, model: str, price: Money, now: datetime
) -> dict[str, Any] | None:
    """The lowest instalment that pays a car of that price off evenly (no balloon, no lease); None where nobody lends.

    Remembered by release, price and hour, because every click asks for it.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    return _monthly(release.code, market, model, price, hour)


@dataclass(frozen=True, slots=True)
class PricedCar:
    """The car an offer is for; without `seats` the model's usual number."""

    market: str
    model: str
    price: Money
    seats: int | None = None


def car_of_build(code: str, *, market: str, now: datetime) -> PricedCar:
    """A saved build at today's price; raises UnknownBuild, InvalidField for another market's."""
    saved = build(code, now)
    _check_market(saved.market, market, "build")
    facts = car_facts(model=saved.model, market=market, choices=saved.choices, now=now)
    model = on_sale().catalogue.models[saved.model]
    seats = seats_of(model, facts.car.trim, facts.car.options)
    return PricedCar(market, saved.model, facts.sheet.total, seats)


def car_of_vehicle(vin: str, *, market: str, now: datetime) -> PricedCar:
    """A stock vehicle at its price of today; raises UnknownVehicle, InvalidField for another market's."""
    found = vehicle(vin.upper(), now)
    _check_market(found.market, market, "vin")
    model = release(found.release).catalogue.models[found.model]
    return PricedCar(
        market, found.model, found.total, seats_of(model, found.trim, sorted(found.choices))
    )


def _check_market(of: str, market: str, field: str) -> None:
    if of != market:
        message = f"is sold in market {of}, not {market}"
        raise InvalidField(
            f"{field}: {message}.", facts={"errors": [{"field": field, "message": message}]}
        )
