"""The balance: what of the price the buyer still owes, and when which money may be asked for (`docs/rules/orders.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from checkout.domain.amounts import money_of
from checkout.domain.ledger import DEPOSITS, OUTPUT_VAT, RECEIVABLE, SALES, Leg, check_entry
from checkout.domain.order import State
from kernel.money import Money

PAYABLE_IN: Mapping[str, frozenset[State]] = MappingProxyType(
    {
        "deposit": frozenset({State.AWAITING_DEPOSIT}),
        "balance": frozenset({State.INSPECTION_READY}),
        "amendment": frozenset({State.BALANCE_PAID}),
    }
)
"""In which states the server asks for money of each purpose; in every other one it refuses to begin a payment."""

_BOUND = frozenset(
    {
        State.RESERVED,
        State.LOCKED,
        State.IN_PRODUCTION,
        State.ALLOCATED,
        State.IN_TRANSIT,
        State.INSPECTION_READY,
        State.BALANCE_PAID,
    }
)

KEPT_IN: Mapping[str, frozenset[State]] = MappingProxyType(
    {
        "deposit": PAYABLE_IN["deposit"],
        "balance": PAYABLE_IN["balance"],
        "amendment": _BOUND,
    }
)
"""In which states money of a purpose that arrives is kept; in every other one it goes back the way it came."""


def cash_due(*, price: Money, financed: Money, held: Money) -> Money:
    """What the buyer still pays to us: the price less the lender's part less what we hold; never below zero."""
    return max(price - financed - held, Money.zero(price.currency))


def overpaid(*, price: Money, financed: Money, held: Money) -> Money:
    """What we hold beyond the buyer's part of the price; never below zero."""
    return max(held + financed - price, Money.zero(price.currency))


def kept(purpose: str, *, state: State, before_dispute: State | None) -> bool:
    """Whether money of `purpose` that arrives now is kept; a disputed order keeps what it would where it stood."""
    return (before_dispute if state is State.DISPUTED else state) in KEPT_IN[purpose]


def vat_inside(sheet: Mapping[str, Any]) -> Money:
    """The tax inside the total of a frozen price sheet: that of its lines where they say it, else the sheet's own."""
    stated = [line["tax"] for line in sheet["lines"] if "tax" in line]
    if len(stated) < len(sheet["lines"]):
        return money_of(sheet["vat"])
    return Money(sum(tax["amount"] for tax in stated), sheet["vat"]["currency"])


def vat_of(amount: Money, rate: Decimal) -> Money:
    """The tax inside `amount` at an exact rate, such as 0.13; to one minor unit, half up."""
    return amount - amount.per(1 + rate)


def sale_legs(*, gross: Money, vat: Money) -> tuple[Leg, ...]:
    """The car is the buyer's: they owe `gross`, of which `vat` is the state's and the rest our income."""
    legs = (Leg(RECEIVABLE, gross), Leg(SALES, vat - gross), Leg(OUTPUT_VAT, -vat))
    return check_entry(leg for leg in legs if leg.amount)


def applied_legs(applied: Money) -> tuple[Leg, ...]:
    """What the buyer paid before is set against what they owe; a lender's part stays owed until it comes."""
    return check_entry((Leg(DEPOSITS, applied), Leg(RECEIVABLE, -applied)))
