"""What the buyer pays beside the car, to others: purchase tax, vehicle tax, registration (docs/rules/pricing.md). Pure.

Never part of our price; an estimate until the day that decides, which the law's row names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from catalog.domain.catalogue import Market
from catalog.errors import NoTaxRule
from kernel.money import Money
from kernel.text import Text

PURCHASE_TAX = "purchase-tax"


@dataclass(frozen=True, slots=True)
class PurchaseTax:
    """What the tax office takes for a car: `full` less `relief` = `due`; paid by the buyer, not part of our price."""

    code: str
    base: Money
    full: Money
    relief: Money
    due: Money
    rate: Decimal
    text: Text


def _round(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _tax_row(market: Market, day: date) -> Mapping[str, Any] | None:
    rows = [row for row in market.extra_taxes if row["code"] == PURCHASE_TAX]
    for row in rows:
        until = row.get("valid_until")
        if date.fromisoformat(row["valid_from"]) <= day and (
            until is None or day < date.fromisoformat(until)
        ):
            return row
    if rows:
        raise NoTaxRule(
            f"market {market.code} has no purchase tax row for {day.isoformat()}; add one before selling",
            facts={"market": market.code, "day": day.isoformat(), "tax": PURCHASE_TAX},
        )
    return None


def purchase_tax(market: Market, price: Money, day: date) -> PurchaseTax | None:
    """The purchase tax on a gross price invoiced on `day`, or None where the market has none.

    Base = price / (1 + VAT rate); full = base x rate; relief = full x share, at most the cap; due = full - relief.
    Exact until the end, each shown amount rounded once, half up; `relief` is what makes the three add up.
    Source: Vehicle Purchase Tax Law art. 3-6, announcement 10/2023 of MOF, STA and MIIT. Raises NoTaxRule.
    """
    row = _tax_row(market, day)
    if row is None:
        return None
    base = Decimal(price.minor) / (1 + market.vat_rate)
    full = base * Decimal(row["rate"])
    relief = min(
        full * Decimal(row.get("nev_reduction", "0")), Decimal(row.get("nev_reduction_cap", full))
    )
    shown, due = _round(full), _round(full - relief)
    return PurchaseTax(
        code=row["code"],
        base=Money(_round(base), price.currency),
        full=Money(shown, price.currency),
        relief=Money(shown - due, price.currency),
        due=Money(due, price.currency),
        rate=Decimal(row["rate"]),
        text=row["text"],
    )
