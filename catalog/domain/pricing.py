"""What a car costs: one pure function and one named price book (docs/rules/pricing.md).

A price is the lowest row of the book whose trim matches and whose `when` is true of the finished car. A book that
lists a code at all replaces every row of its parent for that code. Standard options, the contents of a chosen
package and what `includes` rules add cost nothing. Incentives follow (`incentives.py`), then the delivery fee.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from catalog.domain.catalogue import TRIM_PREFIX, Catalogue, Market, Model, PriceBook
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.configuration.costs import Row
from catalog.domain.configuration.expression import holds, parse
from catalog.domain.incentives import (
    BENEFIT,
    NOBODY,
    Buyer,
    Subject,
    incentives_for,
    money_off,
    read_incentives,
)
from catalog.domain.terms import Terms, vat_rate
from catalog.errors import NegativePrice, NoPriceBook, UnknownMarket
from kernel.money import Money, total
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price sheet; `kind` is base, option, package, included, standard, incentive, benefit or delivery.

    `amount` is gross, of an incentive negative; `tax` is the VAT inside it, None on sheets frozen without it.
    """

    code: str
    kind: str
    name: Text
    amount: Money
    tax: Money | None = None

    @property
    def text_key(self) -> str:
        """What a front end looks up to say what kind of line this is: `price.option`."""
        return f"price.{self.kind}"


@dataclass(frozen=True, slots=True)
class PriceSheet:
    """What a car costs by one price book: `list_price` - incentives + delivery fee = `total`; `vat` is the share inside.

    The lines add up to `total`, and the tax of the lines to `vat`.
    """

    price_book: str
    currency: str
    lines: tuple[PriceLine, ...]
    list_price: Money
    total: Money
    vat: Money

    def facts(self) -> dict[str, Any]:
        """As JSON, money as `{amount, currency}`; `read_price_sheet` is the way back."""
        return {
            "price_book": self.price_book,
            "currency": self.currency,
            "lines": [
                {
                    "code": line.code,
                    "kind": line.kind,
                    "text_key": line.text_key,
                    "name": dict(line.name),
                    "amount": _json(line.amount),
                    **({} if line.tax is None else {"tax": _json(line.tax)}),
                }
                for line in self.lines
            ],
            "list_price": _json(self.list_price),
            "total": _json(self.total),
            "vat": _json(self.vat),
        }


def _json(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency}


def _money(value: Mapping[str, Any]) -> Money:
    return Money(value["amount"], value["currency"])


def read_price_sheet(facts: Mapping[str, Any]) -> PriceSheet:
    """A frozen price sheet from its JSON; raises KeyError where a part is missing."""
    return PriceSheet(
        price_book=facts["price_book"],
        currency=facts["currency"],
        lines=tuple(
            PriceLine(
                line["code"],
                line["kind"],
                line["name"],
                _money(line["amount"]),
                _money(line["tax"]) if "tax" in line else None,
            )
            for line in facts["lines"]
        ),
        list_price=_money(facts["list_price"]),
        total=_money(facts["total"]),
        vat=_money(facts["vat"]),
    )


def market_of(catalogue: Catalogue, market: str) -> Market:
    """The market of that code; raises UnknownMarket."""
    if market not in catalogue.markets:
        raise UnknownMarket(f"there is no market {market!r}", facts={"market": market})
    return catalogue.markets[market]


def local_day(market: Market, at: datetime) -> date:
    """The calendar day of a moment where the market is."""
    return at.astimezone(ZoneInfo(market.timezone)).date()


def book_in_force(catalogue: Catalogue, market: str, at: datetime) -> PriceBook:
    """The market's book with the latest start not after `at`; raises UnknownMarket, NoPriceBook."""
    market_of(catalogue, market)
    started = [b for b in catalogue.price_books if b.market == market and b.valid_from <= at]
    if not started:
        raise NoPriceBook(
            f"no price book of market {market} is in force at {at.isoformat()}",
            facts={"market": market, "at": at.isoformat()},
        )
    return max(started, key=lambda book: (book.valid_from, book.code))


def _lineage(catalogue: Catalogue, book: PriceBook) -> list[str]:
    books = {known.code: known for known in catalogue.price_books}
    codes: list[str] = []
    at: str | None = book.code
    while at is not None and at in books and at not in codes:
        codes.append(at)
        at = books[at].based_on
    return codes


class PriceList:
    """Every price of one model in one book, ready to be asked; calling it with a car gives the list price in minor units."""

    def __init__(self, model: Model, market: str, book: PriceBook, catalogue: Catalogue) -> None:
        """Keeps for each code the rows of the youngest book that lists it; raises ExpressionError."""
        self.model = model
        self.market = market
        self.book = book
        self._order = {o.code: place for place, o in enumerate(model.options)}
        self._names = {o.code: o.name for o in model.options}
        self._packages = frozenset(o.code for o in model.options if o.contains)
        self._rows: dict[str, list[tuple[str, Row]]] = {}
        for listed in reversed(_lineage(catalogue, book)):
            fresh: dict[str, list[tuple[str, Row]]] = {}
            for row in model.prices:
                if row.price_book == listed:
                    code = TRIM_PREFIX + row.code if row.kind == "trim" else row.code
                    when = parse(row.when) if row.when else None
                    fresh.setdefault(code, []).append((row.trim, Row(row.amount, when)))
            self._rows.update(fresh)
        self._sorted: dict[tuple[str, str], tuple[Row, ...]] = {}

    @property
    def key(self) -> str:
        """The code of the price book."""
        return self.book.code

    def rows(self, code: str, trim: str) -> tuple[Row, ...]:
        """The rows for a code (`trim:CODE` for a trim) on a trim, cheapest first, none after an unconditional one."""
        key = (code, trim)
        if key not in self._sorted:
            matching = sorted(
                (row for where, row in self._rows.get(code, ()) if where in ("*", trim)),
                key=lambda row: (row.amount, row.when is not None),
            )
            kept: list[Row] = []
            for row in matching:
                kept.append(row)
                if row.when is None:
                    break
            self._sorted[key] = tuple(kept)
        return self._sorted[key]

    def asked(self, code: str, trim: str, atoms: AbstractSet[str]) -> int | None:
        """As `amount`, but None where the book says no price."""
        try:
            return self.amount(code, trim, atoms)
        except NoPriceBook:
            return None

    def amount(self, code: str, trim: str, atoms: AbstractSet[str]) -> int:
        """The price of one code on a finished car of these options, minor units; raises NoPriceBook."""
        for row in self.rows(code, trim):
            if row.when is None or holds(row.when, atoms):
                return row.amount
        raise NoPriceBook(
            f"price book {self.book.code} says no price for {code} on {self.model.code} {trim}",
            facts={"price_book": self.book.code, "code": code, "trim": trim},
        )

    def __call__(self, car: Car) -> int:
        """The list price of the car in minor units, without delivery fee; raises NoPriceBook."""
        atoms = car.atoms
        base = self.amount(TRIM_PREFIX + car.trim, car.trim, atoms)
        return base + sum(self.amount(code, car.trim, atoms) for code in car.chosen)

    def lines(self, car: Car) -> tuple[PriceLine, ...]:
        """Base, chosen options, packages, included and standard options, in this order; raises NoPriceBook."""
        atoms, currency = car.atoms, self.book.currency
        trim = self.model.trim(car.trim)
        base = self.amount(trim.atom, car.trim, atoms)
        found = [PriceLine(trim.atom, "base", trim.name, Money(base, currency))]
        parts = [code for code in car.chosen if code not in self._packages]
        packages = [code for code in car.chosen if code in self._packages]
        for kind, codes in (("option", parts), ("package", packages)):
            found += [
                PriceLine(
                    code,
                    kind,
                    self._names[code],
                    Money(self.amount(code, car.trim, atoms), currency),
                )
                for code in codes
            ]
        for kind, free in (("included", car.included), ("standard", car.standard)):
            found += [
                PriceLine(code, kind, self._names[code], Money.zero(currency)) for code in free
            ]
        return tuple(found)


def vat_inside(gross: Money, rate: Decimal) -> Money:
    """The VAT contained in a gross amount: gross x rate / (1 + rate), rounded once, half up."""
    return Money(_round(Decimal(gross.minor) * rate / (1 + rate)), gross.currency)


def _round(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


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
    """The price sheet of a car by a prepared price list; without `terms` no incentive and the market's own VAT rate.

    Raises NoPriceBook, NoTaxRule, UnknownVoucher.
    """
    lines = list(prices.lines(car))
    currency = prices.book.currency
    list_price = total([line.amount for line in lines], currency)
    if terms is not None:
        lines += _incentive_lines(car, lines, list_price, terms)
    if market.delivery_fee and not market.delivery_fee_in_price:
        fee = Money(market.delivery_fee, currency)
        lines.append(PriceLine("delivery", "delivery", market.delivery_text, fee))
    rate = market.vat_rate if terms is None else vat_rate(market, terms.law, terms.day)
    return _sheet(prices.book, tuple(lines), list_price, rate)


def _incentive_lines(
    car: Car, lines: Sequence[PriceLine], list_price: Money, terms: Terms
) -> list[PriceLine]:
    found = incentives_for(
        terms.incentives,
        subject=Subject(
            model=car.model,
            options=car.options,
            lines={line.code: line.amount.minor for line in lines},
            list_price=list_price.minor,
        ),
        day=terms.day,
        buyer=terms.buyer,
        taken=terms.taken,
    )
    shown = [one for one in found.applied if one.off or one.incentive.kind == BENEFIT]
    return [
        PriceLine(
            one.incentive.code,
            "incentive" if one.off else "benefit",
            one.incentive.name,
            money_off(one, list_price.currency),
        )
        for one in shown
    ]


def _sheet(
    book: PriceBook, lines: tuple[PriceLine, ...], list_price: Money, rate: Decimal
) -> PriceSheet:
    gross = total([line.amount for line in lines], book.currency)
    if gross.minor < 0:
        raise NegativePrice(
            f"the reductions are more than the car costs: {gross}",
            facts={"list_price": _json(list_price), "total": _json(gross)},
        )
    return PriceSheet(
        book.code,
        book.currency,
        with_tax(lines, rate),
        list_price,
        gross,
        vat_inside(gross, rate),
    )


def with_tax(lines: Sequence[PriceLine], rate: Decimal) -> tuple[PriceLine, ...]:
    """The lines with the VAT inside each, by what the VAT of the running total grows: they add up to the VAT of all."""
    taxed: list[PriceLine] = []
    running = before = 0
    for line in lines:
        running += line.amount.minor
        after = vat_inside(Money(running, line.amount.currency), rate).minor
        taxed.append(replace(line, tax=Money(after - before, line.amount.currency)))
        before = after
    return tuple(taxed)


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
    prices = PriceList(model, market, book, catalogue)
    return sheet_by(prices, catalogue.markets[market], car, terms)


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
