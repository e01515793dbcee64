"""Law and offers of a release: rows nobody confirmed or that end soon, a year without a calendar, a VAT that is not the
law's, offers above a price."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from catalog.domain.catalogue import Catalogue, Market, Model
from catalog.domain.incentives import PRICE_BONUS, Incentive, read_incentives
from catalog.domain.law import HOLIDAYS, LawRow
from catalog.domain.pricing import PriceList, book_in_force, local_day
from catalog.domain.terms import vat_rate
from catalog.errors import CatalogError, NoTaxRule
from catalog.services.releases_checking_words import (
    ERROR,
    WARNING,
    Finding,
    called,
    listed,
    place,
    plain,
    say,
)
from kernel.money import Money, shown
from kernel.text import Text

SOON = timedelta(days=365)
"""Rows that end within this time and have no successor are named."""


def law_and_offers(catalogue: Catalogue, now: datetime) -> Iterator[Finding]:
    """What somebody must look after in the law and the offers of every market."""
    for market in catalogue.markets.values():
        yield from _law(catalogue, market, local_day(market, now))
        yield from _calendars(catalogue, market, local_day(market, now))
        for model in catalogue.models.values():
            if model.availability.get(market.code):
                yield from _offers(catalogue, market, model, now)


def _law(catalogue: Catalogue, market: Market, today: date) -> Iterator[Finding]:
    law, where = catalogue.law, place(market.name)
    mine = [row for row in law.rows if row.market == market.code]
    doubted = [row for row in mine if row.needs_review and not _over(row, today)]
    if doubted:
        yield say(WARNING, "law-unconfirmed", where, {"rows": listed(map(_row, doubted))})
    level = ERROR if market.on_sale else WARNING
    covered = {(row.key, row.applies_to) for row in mine if row.covers(today)}
    for key, applies_to in dict.fromkeys((row.key, row.applies_to) for row in mine):
        if (key, applies_to) not in covered:
            named = plain(f"{key} ({applies_to})" if applies_to else key)
            yield say(level, "law-missing", where, {"row": named})
    for row in law.ends_without_successor(market.code):
        if row.valid_until is not None and today < row.valid_until <= today + SOON:
            gaps = {"row": _row(row), "until": plain(row.valid_until)}
            yield say(WARNING, "law-ends", where, gaps)
    try:
        rate = vat_rate(market, law, today)
    except NoTaxRule:
        return  # said above: no row of that key holds
    if rate != market.vat_rate:
        gaps = {"rate": plain(market.vat_rate), "law": plain(rate)}
        yield say(WARNING, "vat-differs", where, gaps)


def _calendars(catalogue: Catalogue, market: Market, today: date) -> Iterator[Finding]:
    """A year, this one or the coming one, without a calendar where deadlines are counted by one."""
    known = {
        row.applies_to
        for row in catalogue.law.rows
        if row.market == market.code and row.key == HOLIDAYS
    }
    if not known and not _may_withdraw(catalogue, market):
        return
    years = [str(year) for year in (today.year, today.year + 1) if str(year) not in known]
    if years:
        gaps = {"years": listed(map(plain, years))}
        yield say(WARNING, "calendar-missing", place(market.name), gaps)


def _may_withdraw(catalogue: Catalogue, market: Market) -> bool:
    """Whether some deposit policy of the market gives a right to withdraw, whose days a calendar counts."""
    return any(
        policy["market"] == market.code and (policy.get("withdrawal") or {}).get("right")
        for policy in catalogue.deposit_policies
    )


def _over(row: LawRow, today: date) -> bool:
    return row.valid_until is not None and row.valid_until <= today


def _row(row: LawRow) -> Text:
    scope = f" ({row.applies_to})" if row.applies_to else ""
    return plain(f"{row.key}{scope}: {row.source}")


def _offers(catalogue: Catalogue, market: Market, model: Model, now: datetime) -> Iterator[Finding]:
    """A trim that all reductions a buyer may have together would make cost less than nothing, from now on."""
    offers = [
        one
        for one in read_incentives(catalogue.incentives, market.code)
        if one.kind == PRICE_BONUS and model.code in one.models
    ]
    today = local_day(market, now)
    starts = {b.valid_from for b in catalogue.price_books if b.market == market.code}
    starts |= {now + (one.first_day - today) for one in offers}
    level = ERROR if market.on_sale else WARNING
    for at in (now, *sorted(start for start in starts if start > now)):
        open_ = [one for one in offers if _open(one, local_day(market, at))]
        for trim, price in _trim_prices(catalogue, market, model, at):
            if _most(open_, model.code) > price.minor:
                gaps = {
                    "offers": listed(called(one.name, one.code) for one in open_),
                    "price": plain(shown(price)),
                }
                where = place(model.name, market.name, trim, plain(local_day(market, at)))
                yield say(level, "offers-exceed", where, gaps)


def _open(one: Incentive, day: date) -> bool:
    return one.first_day <= day and (one.end is None or day < one.end)


def _most(offers: list[Incentive], model: str) -> int:
    """The most that a buyer with every proof and code word has off."""
    together = sum(one.amounts[model] for one in offers if one.stack)
    return together + max((one.amounts[model] for one in offers if not one.stack), default=0)


def _trim_prices(
    catalogue: Catalogue, market: Market, model: Model, at: datetime
) -> Iterator[tuple[Text, Money]]:
    """The least each trim may cost at a moment; trims without a price are another check's."""
    try:
        book = book_in_force(catalogue, market.code, at)
        prices = PriceList(model, market.code, book, catalogue)
    except CatalogError:
        return
    for trim in model.trims:
        rows = prices.rows(trim.atom, trim.code)
        if rows and trim.code in model.availability[market.code]:
            yield trim.name, Money(rows[0].amount, book.currency)
