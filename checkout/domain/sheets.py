"""A price sheet whose lines are changed: capped by a promise, without its extras, or with one line more. Pure.

The lines' tax is what the VAT of the running total grows by, as the catalog works it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from catalog.domain.price_sheet import (
    PriceLine,
    PriceSheet,
    Vat,
    read_price_sheet,
    with_tax,
)
from checkout.domain.extras import SERVICE
from kernel.money import Money, total

LISTED = frozenset({"base", "option", "package", "included", "standard"})
"""Kinds of lines that make the list price."""


def at_most(sheet: PriceSheet, promised: Mapping[str, int], rate: Decimal) -> PriceSheet:
    """The sheet with no line above what was promised for its code, in minor units; the very sheet where none is."""
    lines = tuple(_capped(line, promised) for line in sheet.lines)
    if lines == sheet.lines:
        return sheet
    # What was sold for less before is no reduction of this day: its words would be wrong.
    listed = total([line.amount for line in lines if line.kind in LISTED], sheet.currency)
    return replace(summed(sheet, lines, rate), list_price=listed, reduction=None)


def _capped(line: PriceLine, promised: Mapping[str, int]) -> PriceLine:
    most = promised.get(line.code)
    if most is None or line.amount.minor <= most:
        return line
    return replace(line, amount=Money(most, line.amount.currency))


def with_line(sheet: PriceSheet, line: PriceLine, rate: Decimal) -> PriceSheet:
    """The sheet with one line more, last."""
    return summed(sheet, (*sheet.lines, line), rate)


def summed(sheet: PriceSheet, lines: Iterable[PriceLine], rate: Decimal) -> PriceSheet:
    """The sheet with these lines, their tax and its sums worked out anew; the list price stays."""
    taxed = with_tax(tuple(lines), rate)
    whole = total([line.amount for line in taxed], sheet.currency)
    vat = Money(Vat(rate).inside(whole.minor), sheet.currency)
    return replace(sheet, lines=taxed, total=whole, vat=vat)


def car_sheet(document: Mapping[str, Any]) -> PriceSheet:
    """The sheet of a quote's or order's document without its services: what the car costs with its offers."""
    sheet = read_price_sheet(document["price_sheet"])
    rate = Decimal(document["market"]["vat_rate"])
    return summed(sheet, [line for line in sheet.lines if line.kind != SERVICE], rate)
