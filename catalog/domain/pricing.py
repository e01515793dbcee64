"""What a car costs: one pure function and one named price book (docs/rules/pricing.md).

A price is the lowest row of the book whose trim matches and whose `when` is true of the finished car. A book that
lists a code at all replaces every row of its parent for that code. Standard options, the contents of a chosen
package and what `includes` rules add cost nothing. Incentives follow (`incentives.py`), then the delivery fee.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from catalog.domain.catalogue import Catalogue, Market, Model
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.incentives import NOBODY, Buyer, read_incentives
from catalog.domain.lowest import Past
from catalog.domain.price_list import PriceList, book_in_force, local_day, market_of
from catalog.domain.price_sheet import (
    PriceLine,
    PriceSheet,
    Reduction,
    read_price_sheet,
    vat_inside,
    with_tax,
)
from catalog.domain.pricer import Pricer
from catalog.domain.terms import Terms

__all__ = [
    "PriceLine",
    "PriceList",
    "PriceSheet",
    "Pricer",
    "Reduction",
    "book_in_force",
    "delivery_days",
    "lead_days",
    "local_day",
    "market_of",
    "planned_days",
    "price_sheet",
    "read_price_sheet",
    "sheet_by",
    "terms_of",
    "vat_inside",
    "with_tax",
]


def terms_of(
    catalogue: Catalogue,
    market: str,
    at: datetime,
    *,
    buyer: Buyer = NOBODY,
    taken: Mapping[str, int] | None = None,
) -> Terms:
    """The terms of a release in a market at a moment; raises UnknownMarket."""
    return Terms(
        day=local_day(market_of(catalogue, market), at),
        law=catalogue.law,
        incentives=read_incentives(catalogue.incentives, market),
        buyer=buyer,
        taken=taken or {},
    )


def sheet_by(prices: PriceList, market: Market, car: Car, terms: Terms | None = None) -> PriceSheet:
    """The price sheet of one car; who prices many keeps a `Pricer`. Raises NoPriceBook, NoTaxRule, UnknownVoucher."""
    return Pricer(prices, market, terms).sheet(car)


def price_sheet(
    *,
    catalogue: Catalogue,
    model: Model,
    car: Car,
    market: str,
    at: datetime,
    buyer: Buyer = NOBODY,
    taken: Mapping[str, int] | None = None,
) -> PriceSheet:
    """The price sheet of a car at a moment for a buyer; raises UnknownMarket, NoPriceBook, NoTaxRule, UnknownVoucher."""
    book = book_in_force(catalogue, market, at)
    terms = terms_of(catalogue, market, at, buyer=buyer, taken=taken)
    place = catalogue.markets[market]
    past = Past(catalogue, model, place)
    return Pricer(PriceList(model, market, book, catalogue), place, terms, past).sheet(car)


def lead_days(model: Model, market: str, car: Car) -> int:
    """Days of the trim plus the longest days of an option that the trim does not have anyway, without `lead` rules."""
    in_market = [row for row in model.lead_times if row.market in ("*", market)]
    trim = max((r.days for r in in_market if r.kind == "trim" and r.code == car.trim), default=0)
    extra = car.options - set(car.standard)
    options = [r.days for r in in_market if r.kind == "option" and r.code in extra]
    return trim + max(options, default=0)


def planned_days(plan: Blueprint, car: Car) -> int:
    """Days from the lock to delivery: trim + longest option + the `lead` rules that speak on the plan's day."""
    atoms = car.atoms
    extra = sum(rule.rule.add_days for rule in plan.leads if rule.speaks(atoms))
    return lead_days(plan.model, plan.market, car) + extra


def delivery_days(model: Model, market: str, car: Car, day: date) -> int:
    """`planned_days` for a car ordered on `day`; raises MarketNotOnSale."""
    return planned_days(Blueprint(model, market, day), car)
