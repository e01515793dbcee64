"""Published price books never change: the last line of defence, by comparing documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TERMS = ("kind", "code", "trim", "when", "amount")


def published_prices_kept(
    document: Mapping[str, Any], previous: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """(where, what) for each price book of `previous` that `document` changes.

    Prices of an option or trim that is not sold any more may go with it; nothing else may.
    """
    books = {book["code"]: book for book in document["price_books"]}
    for old in previous["price_books"]:
        new = books.get(old["code"])
        if new is not None and new != old:
            yield (
                f"price book {old['code']}",
                "was published and changed its market, start or parent",
            )
    published = {book["code"] for book in previous["price_books"]} & set(books)
    before, after = _prices(previous), _prices(document)
    sold = _sold(document)
    for book, model, terms in sorted(after - before, key=repr):
        if book in published:
            yield f"price book {book}", f"was published; {model}: {_words(terms)} is new"
    for book, model, terms in sorted(before - after, key=repr):
        if book in published and (model, terms[1]) in sold:
            yield f"price book {book}", f"was published; {model}: {_words(terms)} is gone"


Price = tuple[str, str, tuple[Any, ...]]


def _prices(document: Mapping[str, Any]) -> set[Price]:
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


def _words(terms: tuple[Any, ...]) -> str:
    kind, code, trim, when, amount = terms
    condition = f" when {when}" if when else ""
    return f"{kind} {code} on {trim}{condition} for {amount} minor units"
