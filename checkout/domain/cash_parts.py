"""What a lender does not finance and the buyer therefore pays in cash (`docs/rules/financing.md`, 2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checkout.domain.financing import Product
from kernel.money import Money

ACCESSORY, SERVICE, INSURANCE = "accessory", "service", "insurance"
SPLIT = (ACCESSORY, SERVICE)
"""Kinds inside a price that a lender finances only where it names them."""


@dataclass(frozen=True, slots=True)
class CashPart:
    """A kind of thing paid in cash: the codes on the price sheet, and what they cost together (None: no part of it)."""

    kind: str
    codes: tuple[str, ...]
    amount: Money | None


def cash_parts(product: Product, things: Iterable[tuple[str, str, Money]]) -> tuple[CashPart, ...]:
    """What of a price is paid in cash with this product: `things` are kind, code and amount of price lines.

    What the lender refuses but no price holds (insurance, or a price without lines) comes without an amount.
    """
    found: dict[str, list[tuple[str, Money]]] = {}
    for kind, code, amount in things:
        found.setdefault(kind, []).append((code, amount))
    refused = dict.fromkeys(
        (*(k for k in SPLIT if not _financed(product, k)), *product.refuses_kinds)
    )
    return tuple(_part(product, kind, found) for kind in refused)


def _financed(product: Product, kind: str) -> bool:
    return kind in product.finances_kinds and kind not in product.refuses_kinds


def _part(product: Product, kind: str, found: Mapping[str, list[tuple[str, Money]]]) -> CashPart:
    lines = found.get(kind, [])
    total = sum(amount.minor for _, amount in lines)
    return CashPart(
        kind=kind,
        codes=tuple(code for code, _ in lines),
        amount=Money(total, product.currency) if lines else None,
    )


def cash_sum(parts: Iterable[CashPart], currency: str) -> Money:
    """What of the price is paid in cash: at least the down payment has to be this much."""
    return Money(sum(part.amount.minor for part in parts if part.amount), currency)
