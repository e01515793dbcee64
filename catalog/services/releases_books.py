"""Published price books never change: the last line of defence, by comparing documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TERMS = ("kind", "code", "trim", "when", "amount")
Terms = tuple[Any, ...]
"""The values of a price row in the order of `TERMS`."""
Price = tuple[str, str, Terms]


@dataclass(frozen=True, slots=True)
class BookChange:
    """What happened to a published book: `what` is `terms` (of the book itself), `withdrawn`, or a price that is `new` or `gone`."""

    book: str
    what: str
    model: str = ""
    terms: Terms = ()


def published_prices_kept(
    document: Mapping[str, Any], previous: Mapping[str, Any]
) -> Iterator[BookChange]:
    """Each change that `document` makes to a price book of `previous`.

    Prices of an option or trim that is not sold any more may go with it, and a book with its market; nothing else may.
    """
    markets = {market["code"] for market in document["markets"]}
    books = {book["code"]: book for book in document["price_books"]}
    for old in previous["price_books"]:
        new = books.get(old["code"])
        if new is None and old["market"] in markets:
            yield BookChange(old["code"], "withdrawn")
        if new is not None and new != old:
            yield BookChange(old["code"], "terms")
    published = {book["code"] for book in previous["price_books"]} & set(books)
    before, after = price_rows(previous), price_rows(document)
    sold = _sold(document)
    for book, model, terms in sorted(after - before, key=repr):
        if book in published:
            yield BookChange(book, "new", model, terms)
    for book, model, terms in sorted(before - after, key=repr):
        if book in published and (model, terms[1]) in sold:
            yield BookChange(book, "gone", model, terms)


def price_rows(document: Mapping[str, Any]) -> set[Price]:
    """Every price of every model as (book, model, terms)."""
    return {
        (row["price_book"], model["code"], tuple(row[term] for term in TERMS))
        for model in document["models"]
        for row in model["prices"]
    }


def _sold(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {
        (model["code"], thing["code"])
        for model in document["models"]
        for thing in (*model["trims"], *model["options"])
    }
