"""What a price depends on beside the car and the book: day, law, offers, buyer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from catalog.domain.catalogue import Market
from catalog.domain.incentives import NOBODY, Buyer, Incentive
from catalog.domain.law import Law
from catalog.errors import NoLawRow, NoTaxRule


@dataclass(frozen=True, slots=True)
class Terms:
    """What else a price depends on: the day in the market's calendar, the law, offers, who buys, and quotas used."""

    day: date
    law: Law
    incentives: tuple[Incentive, ...] = ()
    buyer: Buyer = NOBODY
    taken: Mapping[str, int] = field(default_factory=dict)


def vat_rate(market: Market, law: Law, day: date) -> Decimal:
    """The VAT rate in a market on a day; raises NoTaxRule where its dated rows ended."""
    try:
        row = law.ask(market.code, "tax.vat.rate", day)
    except NoLawRow as error:
        raise NoTaxRule(error.message, facts=error.facts) from None
    return market.vat_rate if row is None else Decimal(str(row.value))
