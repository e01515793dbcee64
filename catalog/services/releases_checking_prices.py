"""Prices, deposits and reference cars: whether everything on offer can be paid for, and costs what it should."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from catalog.domain import order_policies, payment_methods
from catalog.domain.catalogue import TRIM_PREFIX, Catalogue, Market
from catalog.domain.pricing import PriceList, book_in_force, local_day, sheet_by
from catalog.errors import CatalogError, NotBuildable
from catalog.services.releases_books import BookChange, published_prices_kept
from catalog.services.releases_checking_rules import unknown_in
from catalog.services.releases_checking_stretches import Plans, Subject
from catalog.services.releases_checking_words import (
    ERROR,
    WARNING,
    Finding,
    Speech,
    called,
    listed,
    place,
    plain,
    say,
)
from kernel.money import Money, shown
from kernel.text import Text


def selling_terms(catalogue: Catalogue, market: Market, now: datetime) -> Iterator[Finding]:
    """A price book, an order policy and a deposit policy in force, with an amount for each model offered there."""
    level = ERROR if market.on_sale else WARNING
    where = place(market.name)
    try:
        book_in_force(catalogue, market.code, now)
    except CatalogError as error:
        yield say(level, "no-book", where, {"why": plain(error.message)})
    yield from _order_policies(catalogue, market, now)
    yield from _payment_methods(catalogue, market)
    policies = _begun(catalogue.deposit_policies, market, now)
    if not policies:
        yield say(level, "no-deposit-policy", where)
        return
    policy = max(policies, key=lambda row: row["valid_from"])
    for model in catalogue.models.values():
        if model.availability.get(market.code) and model.code not in policy["amounts"]:
            gaps = {"model": called(model.name, model.code)}
            yield say(level, "no-deposit", place(market.name, plain(policy["code"])), gaps)


def _begun(
    policies: Iterable[Mapping[str, Any]], market: Market, now: datetime
) -> list[Mapping[str, Any]]:
    today = local_day(market, now).isoformat()
    return [
        policy
        for policy in policies
        if policy["market"] == market.code and policy["valid_from"] <= today
    ]


def _order_policies(catalogue: Catalogue, market: Market, now: datetime) -> Iterator[Finding]:
    """One in force, and every one of them readable, those that begin later too."""
    level = ERROR if market.on_sale else WARNING
    if not _begun(catalogue.order_policies, market, now):
        yield say(level, "no-order-policy", place(market.name))
    for policy in catalogue.order_policies:
        broken = order_policies.faults_in(policy) if policy["market"] == market.code else ()
        if broken:
            gaps = {"fields": plain(", ".join(broken))}
            where = place(market.name, plain(policy["code"]))
            yield say(level, "order-policy-unreadable", where, gaps)


def _payment_methods(catalogue: Catalogue, market: Market) -> Iterator[Finding]:
    """Every one of them readable, those that begin later too; none at all leaves the main door's own."""
    level = ERROR if market.on_sale else WARNING
    for row in catalogue.payment_methods:
        broken = payment_methods.faults_in(row) if row["market"] == market.code else ()
        if broken:
            gaps = {"fields": plain(", ".join(broken))}
            where = place(market.name, plain(row["code"]))
            yield say(level, "payment-method-unreadable", where, gaps)


def prices(subject: Subject) -> Iterator[Finding]:
    """In each book in force now or later, every trim and every option on offer has a price that can be read."""
    books = [b for b in subject.catalogue.price_books if b.market == subject.market.code]
    later = [book.valid_from for book in books if book.valid_from > subject.now]
    for at in (subject.now, *later):
        try:
            book = book_in_force(subject.catalogue, subject.market.code, at)
            listed_ = PriceList(subject.model, subject.market.code, book, subject.catalogue)
        except CatalogError as error:
            gaps = {"why": plain(error.message)}
            yield say(subject.level, "prices-unreadable", subject.speech.where, gaps)
        else:
            yield from _unpriced(subject, listed_)
            yield from _strange(subject, listed_)


def _strange(subject: Subject, listed_: PriceList) -> Iterator[Finding]:
    for row in subject.model.prices:
        unknown = unknown_in(subject.model, row.when) if row.price_book == listed_.book.code else ()
        if unknown:
            where = place(subject.speech.where, plain(row.price_book))
            gaps = {"owner": plain(row.code), "names": plain(", ".join(sorted(unknown)))}
            yield say(subject.level, "names-nothing", where, gaps)


def _unpriced(subject: Subject, listed_: PriceList) -> Iterator[Finding]:
    speech = subject.speech
    where = place(speech.where, plain(listed_.book.code))
    missing: dict[str, list[str]] = {}
    for trim in subject.model.trims:
        marks = subject.model.availability[subject.market.code].get(trim.code, {})
        if not listed_.rows(trim.atom, trim.code):
            gaps = {"option": speech.option(trim.atom)}
            yield say(subject.level, "no-price", where, gaps)
        for code, mark in marks.items():
            if mark == "O" and not listed_.rows(code, trim.code):
                missing.setdefault(code, []).append(trim.atom)
    for code, trims in missing.items():
        gaps = {"option": speech.option(code), "trim": speech.options(trims)}
        yield say(subject.level, "no-price-on-trim", where, gaps)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reference car is: buildable with `book` and `total`, or not, with the rules it breaks; or `unknown` why."""

    valid: bool
    book: str = ""
    total: Money | None = None
    broken: tuple[str, ...] = ()
    unknown: str = ""


def outcome(subject: Subject, plans: Plans, car: Mapping[str, Any]) -> Outcome:
    """What the reference car is in this catalogue, on its own day."""
    day = date.fromisoformat(car["date"])
    choices = [TRIM_PREFIX + car["trim"], *car["choices"]]
    try:
        built = plans.car(subject.model, subject.market.code, day, choices)
        noon = datetime.combine(day, time(12), ZoneInfo(subject.market.timezone))
        book = book_in_force(subject.catalogue, subject.market.code, noon)
        listed_ = PriceList(subject.model, subject.market.code, book, subject.catalogue)
        sheet = sheet_by(listed_, subject.market, built)
    except NotBuildable as error:
        found = error.facts.get("violations", ())
        return Outcome(False, broken=tuple(str(v.get("code", v.get("structure"))) for v in found))
    except CatalogError as error:
        return Outcome(False, unknown=error.message)
    return Outcome(True, sheet.price_book, sheet.list_price)


def reference_cars(subject: Subject) -> Iterator[Finding]:
    """Each reference car of the market is what it was expected to be."""
    plans = Plans()
    for car in subject.model.reference_cars:
        if car["market"] == subject.market.code:
            yield from _reference(subject, car, outcome(subject, plans, car))


def _reference(subject: Subject, car: Mapping[str, Any], found: Outcome) -> Iterator[Finding]:
    speech = subject.speech
    where = place(speech.where, plain(car["code"]))
    if found.unknown:
        yield say(subject.level, "reference-unknown", where, {"why": plain(found.unknown)})
    elif car["expect"] == "valid":
        yield from _sold(subject, car, found, where)
    else:
        wanted = tuple(car.get("violates", ()))
        gaps = {"rules": rules_in_words(speech, wanted)}
        if found.valid:
            yield say(subject.level, "reference-buildable", where, gaps)
        elif not set(wanted) <= set(found.broken):
            gaps["broken"] = rules_in_words(speech, found.broken)
            yield say(subject.level, "reference-breaks-other", where, gaps)


def _sold(
    subject: Subject, car: Mapping[str, Any], found: Outcome, where: Text
) -> Iterator[Finding]:
    if found.total is None:
        gaps = {"why": rules_in_words(subject.speech, found.broken)}
        yield say(subject.level, "reference-unbuildable", where, gaps)
    elif found.book != car["price_book"]:
        gaps = {"book": plain(found.book), "expected": plain(car["price_book"])}
        yield say(subject.level, "reference-book", where, gaps)
    elif found.total.minor != car["total"]:
        expected = Money(car["total"], found.total.currency)
        gaps = {"price": plain(shown(found.total)), "expected": plain(shown(expected))}
        yield say(subject.level, "reference-price", where, gaps)


def rules_in_words(speech: Speech, names: tuple[str, ...]) -> Text:
    """Rules and structure in words; one the model does not have by its code."""
    return listed([speech.part_or_code(name) for name in names])


BOOK_CHECKS = {"terms": "book-changed", "withdrawn": "book-gone"}
"""The check for what happened to a published book as a whole."""


def published_books(
    catalogue: Catalogue, document: Mapping[str, Any], previous: Mapping[str, Any]
) -> Iterator[Finding]:
    """Nothing a published price book promised has changed since the release `previous`."""
    for change in published_prices_kept(document, previous):
        if change.what in BOOK_CHECKS:
            yield say(ERROR, BOOK_CHECKS[change.what], place(plain(change.book)))
        else:
            yield _price_changed(catalogue, change)


def _price_changed(catalogue: Catalogue, change: BookChange) -> Finding:
    _kind, code, trim, when, amount = change.terms
    currency = next(b.currency for b in catalogue.price_books if b.code == change.book)
    model = catalogue.models.get(change.model)
    where = [plain(change.book), *([model.name] if model else [])]
    row = " ".join([code, *([trim] if trim not in (None, "*", code) else [])])
    gaps = {
        "row": plain(f"{row} ({when})" if when else row),
        "amount": plain(shown(Money(amount, currency))),
    }
    return say(ERROR, f"book-price-{change.what}", place(*where), gaps)
