"""What one car costs on one day for one buyer by any catalogue, and why each offer applies or does not. Pure.

For those who prepare prices and campaigns: the catalogue need not be on sale, nor the day be today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from catalog.domain.catalogue import Catalogue, Market
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.duties import Duty, duties
from catalog.domain.incentives import (
    NOBODY,
    Answer,
    Buyer,
    Incentive,
    Subject,
    incentives_for,
    read_incentives,
)
from catalog.domain.pricing import PriceSheet, market_of, price_sheet
from catalog.errors import NotBuildable, UnknownModel
from kernel.money import Money

CAR = frozenset({"base", "option", "package", "included", "standard"})
"""Lines of a price sheet that are the car itself."""


@dataclass(frozen=True, slots=True)
class Wish:
    """This car (`choices` with its trim), this day in the market's calendar, this buyer."""

    market: str
    model: str
    choices: tuple[str, ...]
    day: date
    buyer: Buyer = NOBODY


@dataclass(frozen=True, slots=True)
class OfferTold:
    """An offer of the catalogue on the wished car: what it takes `off`, or `why` not (see `incentives.md`, rule 7).

    `off` is None where it does not apply and zero where it takes nothing off; `taken` of its `quota` are used.
    """

    offer: Incentive
    market: str
    off: Money | None
    why: str
    taken: int

    @property
    def applies(self) -> bool:
        """Whether the buyer has it."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Preview:
    """The car with its price sheet, every offer of the catalogue in order, and what is due to others."""

    car: Car
    sheet: PriceSheet
    offers: tuple[OfferTold, ...]
    duties: tuple[Duty, ...]

    @property
    def applied(self) -> tuple[OfferTold, ...]:
        """The offers that the buyer has."""
        return tuple(told for told in self.offers if told.applies)


def preview(catalogue: Catalogue, wish: Wish, *, taken: Mapping[str, int] | None = None) -> Preview:
    """The wish by this catalogue at noon of its day; `taken` as for `incentives_for`.

    Raises UnknownMarket, UnknownModel, MarketNotOnSale, UnknownOption, NotBuildable, NoPriceBook, NoTaxRule, NoLawRow,
    UnknownVoucher, NegativePrice.
    """
    market = market_of(catalogue, wish.market)
    car = _car(catalogue, wish)
    sheet = price_sheet(
        catalogue=catalogue,
        model=catalogue.models[wish.model],
        car=car,
        market=market.code,
        at=noon(market, wish.day),
        buyer=wish.buyer,
        taken=taken,
    )
    return Preview(
        car=car,
        sheet=sheet,
        offers=_offers(catalogue, wish, car, sheet, taken or {}),
        duties=duties(market, catalogue.law, sheet.total, wish.day),
    )


def noon(market: Market, day: date) -> datetime:
    """Noon of a day where the market is."""
    return datetime.combine(day, time(12), ZoneInfo(market.timezone))


def _car(catalogue: Catalogue, wish: Wish) -> Car:
    model = catalogue.models.get(wish.model)
    if model is None:
        raise UnknownModel(f"there is no model {wish.model!r}", facts={"model": wish.model})
    plan = Blueprint(model, wish.market, wish.day)
    plan.check_known(wish.choices)
    car = plan.close(wish.choices)
    violations = [violation.facts() for violation in plan.violations(car)]
    if violations:
        raise NotBuildable(f"this {model.code} cannot be built", facts={"violations": violations})
    return car


def _offers(
    catalogue: Catalogue, wish: Wish, car: Car, sheet: PriceSheet, taken: Mapping[str, int]
) -> tuple[OfferTold, ...]:
    answer = incentives_for(
        read_incentives(catalogue.incentives, wish.market),
        subject=Subject(
            model=car.model,
            options=car.options,
            lines={line.code: line.amount.minor for line in sheet.lines if line.kind in CAR},
            list_price=sheet.list_price.minor,
        ),
        day=wish.day,
        buyer=wish.buyer,
        taken=taken,
    )
    return tuple(_told(row, wish, answer, sheet.currency, taken) for row in catalogue.incentives)


def _told(
    row: Mapping[str, Any], wish: Wish, answer: Answer, currency: str, taken: Mapping[str, int]
) -> OfferTold:
    code, here = row["code"], row["market"] in ("*", wish.market)
    [offer] = read_incentives([row], wish.market if here else row["market"])
    off = next((one.off for one in answer.applied if one.incentive.code == code), None)
    why = "" if off is not None else answer.refused.get(code, "model") if here else "market"
    return OfferTold(
        offer=offer,
        market=row["market"],
        off=None if off is None else Money(off, currency),
        why=why,
        taken=taken.get(code, 0) if here else 0,
    )
