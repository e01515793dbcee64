"""What a car in stock costs today: its frozen list price lines, what is asked for it, the offers of the day. Pure.

The car keeps the price lines of its own release; a price above or below its list price is a line of its own, then follow
today's offers as for any other car, and the delivery fee it was built with (`docs/rules/pricing.md`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from catalog.domain.catalogue import Market
from catalog.domain.lowest import Past
from catalog.domain.price_sheet import PriceLine, PriceSheet, Vat
from catalog.domain.pricer import Offers, Tally, compared, reduced
from catalog.domain.terms import Terms, vat_rate
from kernel.money import Money
from kernel.text import Text

CHARGED = frozenset({"base", "option", "package"})
FREE = frozenset({"included", "standard"})
DELIVERY = "delivery"
STOCK_PRICE = "stock-price"
NAME: Text = {"zh-hans": "现车优惠", "en": "Stock price"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A car that exists: the sheet it was frozen with, what is asked without delivery fee, all options on it.

    `charges` are its charged codes with their minor units, `fee` the delivery fee in minor units; see `standing`.
    """

    frozen: PriceSheet
    asked: Money
    options: Collection[str]
    charges: Mapping[str, int]
    fee: int

    def lines(self, kinds: Collection[str]) -> list[PriceLine]:
        """Its frozen lines of these kinds."""
        return [line for line in self.frozen.lines if line.kind in kinds]


def standing(frozen: PriceSheet, *, asked: Money, options: Collection[str]) -> Standing:
    """A car in stock, ready to be priced."""
    charges = {line.code: line.amount.minor for line in frozen.lines if line.kind in CHARGED}
    fee = sum(line.amount.minor for line in frozen.lines if line.kind == DELIVERY)
    return Standing(frozen, asked, options, charges, fee)


class StockPricer:
    """The price of any standing car of a model: one market, one day, one buyer."""

    def __init__(self, model: str, market: Market, terms: Terms, past: Past | None = None) -> None:
        """`past` says what a reduction is compared with. Raises NoTaxRule, UnknownVoucher."""
        self._offers = Offers(model, terms)
        self._vat = Vat(vat_rate(market, terms.law, terms.day))
        self._day = terms.day
        self._past = past

    def total(self, car: Standing) -> int:
        """What the car costs in minor units."""
        return _total(self._offers, car)

    def sheet(self, car: Standing) -> PriceSheet:
        """Its price sheet of today; raises NegativePrice."""
        frozen = car.frozen
        tally = Tally(frozen.currency, self._vat)
        for line in car.lines(CHARGED):
            tally.add(line.code, line.kind, line.name, line.amount.minor)
        for line in car.lines(FREE):
            tally.add(line.code, line.kind, line.name, 0)
        change = (car.asked - frozen.list_price).minor
        if change:
            tally.add(STOCK_PRICE, "discount", NAME, change)
        offers = self._offers.applied(car.options, car.charges)
        tally.take_off(offers)
        for line in car.lines({DELIVERY}):
            tally.add(line.code, line.kind, line.name, line.amount.minor)
        sheet = tally.sheet(frozen.price_book, frozen.list_price.minor)
        found = reduced(offers)
        past = self._past
        if found is None or past is None:
            return sheet
        asked = past.compared(found.since, self._day, lambda at: _total(past.offers_at(at), car))
        return sheet if asked is None else compared(sheet, found, *asked)


def _total(offers: Offers, car: Standing) -> int:
    """At what is asked for it now: no earlier price of the one car is kept."""
    return car.asked.minor - _off(offers, car) + car.fee


def _off(offers: Offers, car: Standing) -> int:
    return sum(one.off for one in offers.applied(car.options, car.charges))
