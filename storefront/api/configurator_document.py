"""All a client needs to draw the configurator of one model: groups, options, prices, texts, pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalog.domain.catalogue import Model, Option
from catalog.domain.pricing import PriceList, book_in_force
from catalog.queries.on_sale import OnSale
from kernel.text import pick
from storefront.api.answers import money
from storefront.api.catalogue_documents import (
    default_choices,
    model_or_error,
    pictures,
    trim_facts,
    trims_offered,
)

STANDARD = "S"


def configurator_document(
    release: OnSale, code: str, market: str, language: str, at: datetime
) -> dict[str, Any]:
    """The configurator of one model; raises UnknownModel, NoPriceBook."""
    catalogue = release.catalogue
    model = model_or_error(catalogue, code, market)
    book = book_in_force(catalogue, market, at)
    prices = PriceList(model, market, book, catalogue)
    return {
        "release": release.code,
        "model": model.code,
        "name": pick(model.name, language),
        "market": market,
        "currency": book.currency,
        "price_book": book.code,
        "default_choices": default_choices(release, model, market, at),
        "pictures": pictures(catalogue, f"model:{model.code}", language),
        "trims": [
            {**trim_facts(release, model, trim, market, language, at), "choice": trim.atom}
            for trim in trims_offered(model, market)
        ],
        "groups": [
            {
                "code": group.code,
                "name": pick(group.name, language),
                "choose": group.choose,
                "options": [
                    option_facts(release, model, option, market, language, prices)
                    for option in model.options
                    if option.group == group.code and offered(model, option, market)
                ],
            }
            for group in model.groups
        ],
        "rules_texts": {rule.code: pick(rule.text, language) for rule in model.rules},
    }


def offered(model: Model, option: Option, market: str) -> bool:
    """Whether some trim can have the option in this market."""
    return any(option.code in options for options in model.availability.get(market, {}).values())


def option_facts(
    release: OnSale, model: Model, option: Option, market: str, language: str, prices: PriceList
) -> dict[str, Any]:
    """An option; `price` and `availability` name only the trims that can have it, and a standard one costs nothing."""
    availability = {
        trim.code: marks[option.code]
        for trim in trims_offered(model, market)
        if option.code in (marks := model.availability[market][trim.code])
    }
    return {
        "code": option.code,
        "name": pick(option.name, language),
        "pitch": pick(option.pitch, language),
        "price": {
            trim: money(
                0 if mark == STANDARD else usual_amount(prices, option.code, trim),
                prices.book.currency,
            )
            for trim, mark in availability.items()
        },
        "availability": availability,
        "swatch": dict(option.swatch) if option.swatch else None,
        "contains": list(option.contains),
        "pictures": pictures(release.catalogue, f"option:{model.code}/{option.code}", language),
    }


def usual_amount(prices: PriceList, code: str, trim: str) -> int:
    """The price without any condition on the rest of the car; `evaluate` says what adding it costs now."""
    rows = prices.rows(code, trim)
    if rows:
        return rows[-1].amount
    return prices.amount(code, trim, frozenset())
