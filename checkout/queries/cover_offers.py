"""Covers on offer compared by insurer, with what the premiums are bound to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from catalog.domain.pricing import market_of
from catalog.queries.on_sale import on_sale
from checkout.domain.cover import Period, year_from
from checkout.domain.delivery import day_in
from checkout.queries.offers import InsuranceOffer
from kernel.money import Money, total


@dataclass(frozen=True, slots=True)
class InsurerComparison:
    """One insurer's lines as `insurance_quotes` gives them; `compulsory` of them is what the law requires."""

    insurer: dict[str, Any]
    lines: tuple[dict[str, Any], ...]
    compulsory: Money
    total: Money


def by_insurer(offers: Sequence[InsuranceOffer]) -> tuple[InsurerComparison, ...]:
    """The same offers, insurer by insurer, in the order of the catalogue."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for offer in offers:
        grouped.setdefault(offer.facts["insurer"]["code"], []).append(offer.facts)
    return tuple(
        InsurerComparison(
            insurer=lines[0]["insurer"],
            lines=tuple(lines),
            compulsory=_sum([line for line in lines if line["mandatory"]], lines),
            total=_sum(lines, lines),
        )
        for lines in grouped.values()
    )


def _sum(lines: Sequence[dict[str, Any]], every: Sequence[dict[str, Any]]) -> Money:
    amounts = [Money(line["premium"]["amount"], line["premium"]["currency"]) for line in lines]
    return total(amounts, every[0]["premium"]["currency"])


def insured_year(*, market: str, start_on: date | None, now: datetime) -> Period:
    """The year a premium holds for: from `start_on`, else from today in the market; raises UnknownMarket."""
    today = day_in(market_of(on_sale().catalogue, market).timezone, now)
    return year_from(start_on or today)
