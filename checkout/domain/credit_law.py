"""What the law of a market asks of a loan on a day, read from the rows of the release (`docs/rules/credit-duties.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.domain.law import Law
from checkout.domain.apr import DIGITS, EFFECTIVE
from kernel.text import Text

COST_SHEET, PRECONTRACT = "cost-sheet", "precontract"
"""A sheet of all costs that is read and confirmed (mainland China), or the European standard information."""


@dataclass(frozen=True, slots=True)
class CreditLaw:
    """How the annual rate is worked out and shown, and what a borrower has to be told, shown and left.

    `sheet` is COST_SHEET, PRECONTRACT or None; `reading_seconds` pass between showing and confirming it. `warning`
    stands beside every figure of a loan. `form` is how the contract of the loan is made: written or text.
    """

    market: str
    convention: str = EFFECTIVE
    decimals: int = DIGITS
    sheet: str | None = None
    reading_seconds: int = 0
    warning: Text | None = None
    withdrawal_days: int | None = None
    form: str | None = None


def credit_law(law: Law, market: str, day: date) -> CreditLaw:
    """The law of loans in a market on a day; raises NoLawRow where a row ended without a successor."""
    said = {
        key: _value(law, market, f"credit.{key}", day)
        for key in (
            "apr.convention",
            "apr.decimals",
            "cost_sheet",
            "precontract",
            "warning",
            "withdrawal.days",
            "form",
        )
    }
    return CreditLaw(
        market=market,
        convention=str(said["apr.convention"] or EFFECTIVE),
        decimals=int(said["apr.decimals"] or DIGITS),
        sheet=_sheet(said),
        reading_seconds=int((said["cost_sheet"] or {}).get("reading_seconds") or 0),
        warning=said["warning"],
        withdrawal_days=said["withdrawal.days"],
        form=said["form"],
    )


def _sheet(said: dict[str, Any]) -> str | None:
    if (said["cost_sheet"] or {}).get("required"):
        return COST_SHEET
    return PRECONTRACT if (said["precontract"] or {}).get("required") else None


def _value(law: Law, market: str, key: str, day: date) -> Any:
    """The value in force; None where the market has no such law, or not yet."""
    rows = [row for row in law.rows if row.market == market and row.key == key]
    if all(day < row.valid_from for row in rows):
        return None
    return law.row(market, key, day).value
