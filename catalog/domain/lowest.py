"""What a car cost before a reduction: the lowest total of the days before it (`docs/rules/pricing.md`). Pure.

Worked out from what the release holds (price books, which never change, and the windows of incentives), not from a record
of what was shown: so it is the same everywhere and can be checked by anybody who has the release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from catalog.domain.catalogue import Catalogue, Market, Model
from catalog.domain.configuration.car import Car
from catalog.domain.incentives import read_incentives
from catalog.domain.price_list import PriceList, book_in_force
from catalog.domain.pricer import Offers, delivery_fee
from catalog.domain.terms import Terms
from catalog.errors import NoPriceBook

LOWEST, COMPARE = "price.lowest.days", "price.compare.days"
"""Germany: the lowest total price before a reduction (PAngV section 11). China: the price that a struck-through one may
be compared with."""


class Past:
    """The earlier prices of one model in one market, by what the release says."""

    def __init__(self, catalogue: Catalogue, model: Model, market: Market) -> None:
        """Reads the market's incentives; prices are read when they are first asked for."""
        self._catalogue, self._model, self._market = catalogue, model, market
        self._zone = ZoneInfo(market.timezone)
        self._incentives = read_incentives(catalogue.incentives, market.code)
        self._lists: dict[str, PriceList] = {}
        self._offers: dict[date, Offers] = {}
        self._moments: dict[tuple[date, int], tuple[datetime, ...]] = {}

    def days(self, day: date) -> int | None:
        """How many days before a reduction the law of the market looks back; None where it does not. Raises NoLawRow."""
        for key in (LOWEST, COMPARE):
            row = self._catalogue.law.ask(self._market.code, key, day)
            if row is not None:
                return int(row.value)
        return None

    def before(self, since: date, day: date, car: Car) -> tuple[int, int | None] | None:
        """Days to look back from `since`, and the lowest total of the car in them; None where no law asks for it.

        The total is None where the car was not sold then. Raises NoLawRow.
        """
        return self.compared(since, day, lambda at: self._total(car, at))

    def compared(
        self, since: date, day: date, total_at: Callable[[datetime], int | None]
    ) -> tuple[int, int | None] | None:
        """As `before` for anything whose total at a moment can be told."""
        days = self.days(day)
        if days is None:
            return None
        found = [total_at(at) for at in self.moments(since, days)]
        return days, min((total for total in found if total is not None), default=None)

    def moments(self, since: date, days: int) -> tuple[datetime, ...]:
        """The first moment of the `days` before `since`, and every later one in them at which a price may change."""
        key = (since, days)
        if key not in self._moments:
            start, end = self._midnight(since - timedelta(days=days)), self._midnight(since)
            changes = {at for at in self.changes() if start < at < end}
            self._moments[key] = (start, *sorted(changes))
        return self._moments[key]

    def changes(self) -> Iterator[datetime]:
        """Every moment at which a book starts, or an offer starts or ends."""
        for book in self._catalogue.price_books:
            if book.market == self._market.code:
                yield book.valid_from
        for one in self._incentives:
            yield self._midnight(one.first_day)
            if one.end is not None:
                yield self._midnight(one.end)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    def offers_at(self, at: datetime) -> Offers:
        """What everybody got then; quotas of then are not known, so they count as open: the lower price is the safe one."""
        day = at.astimezone(self._zone).date()
        if day not in self._offers:
            terms = Terms(day, self._catalogue.law, self._incentives)
            self._offers[day] = Offers(self._model.code, terms)
        return self._offers[day]

    def _total(self, car: Car, at: datetime) -> int | None:
        prices = self._prices(at)
        if prices is None:
            return None
        try:
            charges = {code: amount for code, _, _, amount in prices.charges(car)}
        except NoPriceBook:
            return None  # not sold with these options then
        off = sum(one.off for one in self.offers_at(at).applied(car.options, charges))
        return sum(charges.values()) - off + delivery_fee(self._market)

    def _prices(self, at: datetime) -> PriceList | None:
        try:
            book = book_in_force(self._catalogue, self._market.code, at)
        except NoPriceBook:
            return None
        if book.code not in self._lists:
            self._lists[book.code] = PriceList(
                self._model, self._market.code, book, self._catalogue
            )
        return self._lists[book.code]
