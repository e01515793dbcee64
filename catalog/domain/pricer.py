"""Prices of one model in one book under given terms, with everything worked out once that no car changes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from catalog.domain.catalogue import Market
from catalog.domain.configuration.car import Car
from catalog.domain.incentives import BENEFIT, Applied, Subject, applied, possible
from catalog.domain.price_list import PriceList
from catalog.domain.price_sheet import PriceLine, PriceSheet, Reduction, Vat, money_facts
from catalog.domain.terms import Terms, vat_rate
from catalog.errors import NegativePrice
from kernel.money import Money
from kernel.text import Text


class Earlier(Protocol):
    """What the same car cost before: see `lowest.Past`."""

    def before(self, since: date, day: date, car: Car) -> tuple[int, int | None] | None:
        """Days to look back from `since`, and the lowest total in them; None where no law asks for it on `day`."""
        ...


class Offers:
    """The incentives that some car of a model can have under given terms."""

    def __init__(self, model: str, terms: Terms | None) -> None:
        """Raises UnknownVoucher."""
        self._model = model
        self.possible = (
            ()
            if terms is None
            else possible(
                terms.incentives,
                model=model,
                day=terms.day,
                buyer=terms.buyer,
                taken=terms.taken,
            )
        )

    def applied(self, options: Collection[str], charges: Mapping[str, int]) -> tuple[Applied, ...]:
        """Those of a car with these options and charged codes, in the catalogue's order."""
        if not self.possible:
            return ()
        listed = sum(charges.values())
        return applied(self.possible, Subject(self._model, options, charges, listed))


@dataclass(frozen=True, slots=True)
class Reduced:
    """A reduction that everybody gets: `off` minor units since the first day of the youngest part of it."""

    off: int
    since: date


def reduced(offers: Iterable[Applied]) -> Reduced | None:
    """The part of these offers that applies by itself; None where nothing does."""
    shared = [one for one in offers if one.off and one.incentive.public]
    if not shared:
        return None
    return Reduced(sum(one.off for one in shared), max(one.incentive.first_day for one in shared))


class Tally:
    """Lines as they are added up, each with its share of VAT: what the VAT of the running total grows by it."""

    __slots__ = ("_currency", "_vat", "lines", "sum", "vat")

    def __init__(self, currency: str, vat: Vat) -> None:
        """An empty sheet."""
        self.lines: list[PriceLine] = []
        self.sum = self.vat = 0
        self._currency, self._vat = currency, vat

    def add(self, code: str, kind: str, name: Text, minor: int) -> None:
        """One more line."""
        self.sum += minor
        after = self._vat.inside(self.sum)
        amount, tax = Money(minor, self._currency), Money(after - self.vat, self._currency)
        self.lines.append(PriceLine(code, kind, name, amount, tax))
        self.vat = after

    def take_off(self, offers: Iterable[Applied]) -> None:
        """A line an offer: a reduction with its amount, a thing in kind with nothing."""
        for one in offers:
            if one.off:
                self.add(one.incentive.code, "incentive", one.incentive.name, -one.off)
            elif one.incentive.kind == BENEFIT:
                self.add(one.incentive.code, "benefit", one.incentive.name, 0)

    def sheet(self, book: str, list_price: int) -> PriceSheet:
        """The finished sheet; raises NegativePrice."""
        currency = self._currency
        gross, listed = Money(self.sum, currency), Money(list_price, currency)
        if self.sum < 0:
            raise NegativePrice(
                f"the reductions are more than the car costs: {gross}",
                facts={"list_price": money_facts(listed), "total": money_facts(gross)},
            )
        return PriceSheet(
            book, currency, tuple(self.lines), listed, gross, Money(self.vat, currency)
        )


class Pricer:
    """The price sheet of any car of a model: one book, one market, one day, one buyer.

    Without `terms`: the list price and the delivery fee, VAT at the market's own rate.
    """

    def __init__(
        self,
        prices: PriceList,
        market: Market,
        terms: Terms | None = None,
        earlier: Earlier | None = None,
    ) -> None:
        """`earlier` says what a reduction is compared with. Raises NoTaxRule, UnknownVoucher."""
        self.prices = prices
        self.offers = Offers(prices.model.code, terms)
        self.day = None if terms is None else terms.day
        self.rate: Decimal = (
            market.vat_rate if terms is None else vat_rate(market, terms.law, terms.day)
        )
        self.fee = delivery_fee(market)
        self._fee_text = market.delivery_text
        self._vat = Vat(self.rate)
        self._earlier = earlier

    def sheet(self, car: Car) -> PriceSheet:
        """The price sheet; raises NoPriceBook, NegativePrice."""
        book = self.prices.book
        tally = Tally(book.currency, self._vat)
        charges: dict[str, int] = {}
        for code, kind, name, amount in self.prices.charges(car):
            charges[code] = amount
            tally.add(code, kind, name, amount)
        list_price = tally.sum
        tally.lines += self.prices.free(car)
        offers = self.offers.applied(car.options, charges)
        tally.take_off(offers)
        if self.fee:
            tally.add("delivery", "delivery", self._fee_text, self.fee)
        sheet = tally.sheet(book.code, list_price)
        found = reduced(offers) if offers else None
        return sheet if found is None else self._beside(sheet, car, found)

    def _beside(self, sheet: PriceSheet, car: Car, found: Reduced) -> PriceSheet:
        if self._earlier is None or self.day is None:
            return sheet
        asked = self._earlier.before(found.since, self.day, car)
        return sheet if asked is None else compared(sheet, found, *asked)


def compared(sheet: PriceSheet, found: Reduced, days: int, lowest: int | None) -> PriceSheet:
    """The sheet with what stands beside its reduction."""
    currency = sheet.currency
    before = None if lowest is None else Money(lowest, currency)
    return replace(
        sheet, reduction=Reduction(Money(found.off, currency), found.since, days, before)
    )


def delivery_fee(market: Market) -> int:
    """What delivery adds to a list price, minor units."""
    return 0 if market.delivery_fee_in_price else market.delivery_fee
