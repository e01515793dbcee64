"""Every price of one model in one book, ready to be asked (`docs/rules/pricing.md`). Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date, datetime
from zoneinfo import ZoneInfo

from catalog.domain.catalogue import TRIM_PREFIX, Catalogue, Market, Model, PriceBook
from catalog.domain.configuration.car import Car
from catalog.domain.configuration.costs import NOTHING_OFF, Off, Row
from catalog.domain.configuration.expression import holds, parse
from catalog.domain.price_sheet import PriceLine
from catalog.errors import NoPriceBook, UnknownMarket
from kernel.money import Money
from kernel.text import Text


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
        self._trims = {trim.code: trim for trim in model.trims}
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
        self._lines: dict[tuple[str, str], PriceLine] = {}

    @property
    def key(self) -> str:
        """The code of the price book."""
        return self.book.code

    @property
    def ways(self) -> tuple[Off, ...]:
        """List prices: nothing is taken off."""
        return (NOTHING_OFF,)

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

    def charges(self, car: Car) -> list[tuple[str, str, Text, int]]:
        """Base, chosen options and packages, in this order, as (code, kind, name, minor units); raises NoPriceBook."""
        atoms, trim = car.atoms, self._trims[car.trim]
        found = [(trim.atom, "base", trim.name, self.amount(trim.atom, trim.code, atoms))]
        parts = [code for code in car.chosen if code not in self._packages]
        packages = [code for code in car.chosen if code in self._packages]
        for kind, codes in (("option", parts), ("package", packages)):
            found += [
                (code, kind, self._names[code], self.amount(code, trim.code, atoms))
                for code in codes
            ]
        return found

    def free(self, car: Car) -> list[PriceLine]:
        """The lines of what costs nothing: included, then standard options; each line is made once."""
        found = [self._free(code, "included") for code in car.included]
        found += [self._free(code, "standard") for code in car.standard]
        return found

    def _free(self, code: str, kind: str) -> PriceLine:
        line = self._lines.get((code, kind))
        if line is None:
            nothing = Money.zero(self.book.currency)
            line = PriceLine(code, kind, self._names[code], nothing, nothing)
            self._lines[code, kind] = line
        return line
