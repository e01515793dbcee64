"""Sheets of loans as facts, and whether an order's loan has a confirmed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.domain.pricing import local_day, market_of
from catalog.queries.on_sale import on_sale
from checkout.domain.credit_law import CreditLaw, credit_law
from checkout.domain.credit_sheets import sheet_of
from checkout.errors import CreditSheetNeeded, UnknownCreditSheet
from checkout.models.credit import CreditSheet
from checkout.models.quotes import Quote
from kernel.text import fingerprint

ISSUED, CONFIRMED = "issued", "confirmed"


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """A sheet: `document` is what is shown; `seconds_left` until it may be confirmed."""

    code: str
    quote: str
    kind: str
    state: str
    document: Mapping[str, Any]
    fingerprint: str
    issued_at: datetime
    readable_at: datetime
    seconds_left: int
    confirmed_at: datetime | None


def credit_sheet(code: str, now: datetime) -> SheetFacts:
    """The sheet of that code as it stands; raises UnknownCreditSheet."""
    row = CreditSheet.objects.select_related("quote").filter(code=code).first()
    if row is None:
        raise UnknownCreditSheet(f"there is no cost sheet {code!r}", facts={"cost_sheet": code})
    return facts_of(row, now)


def facts_of(row: CreditSheet, now: datetime) -> SheetFacts:
    """The facts of a stored sheet at a moment."""
    left = (row.readable_at - now).total_seconds()
    return SheetFacts(
        code=row.code,
        quote=row.quote.code,
        kind=row.kind,
        state=CONFIRMED if row.confirmed_at else ISSUED,
        document=row.document,
        fingerprint=row.fingerprint,
        issued_at=row.issued_at,
        readable_at=row.readable_at,
        seconds_left=max(0, -int(-left // 1)),
        confirmed_at=row.confirmed_at,
    )


def law_of_loans(market: str, now: datetime) -> CreditLaw:
    """What the law of a market asks of a loan now, from the release on sale; raises UnknownMarket, NoLawRow."""
    catalogue = on_sale().catalogue
    return credit_law(catalogue.law, market, local_day(market_of(catalogue, market), now))


def confirmed_sheet(
    row: Quote, document: Mapping[str, Any], now: datetime
) -> dict[str, Any] | None:
    """The confirmed sheet of the loan in `document`, as an order keeps it; None where there is no loan or no such duty.

    Raises CreditSheetNeeded naming the sheet to confirm, or that one has to be made, or that the loan has changed since.
    """
    if document["finance"] is None:
        return None
    law = law_of_loans(row.market, now)
    if law.sheet is None:
        return None
    wanted = fingerprint(sheet_of(kind=law.sheet, document=document))
    sheets = {sheet.fingerprint: sheet for sheet in row.credit_sheets.all()}
    found = sheets.get(wanted)
    if found is None or found.confirmed_at is None:
        raise _needed(row.code, law.sheet, found, changed=bool(sheets))
    return {
        "code": found.code,
        "kind": found.kind,
        "fingerprint": found.fingerprint,
        "issued_at": found.issued_at.isoformat(),
        "confirmed_at": found.confirmed_at.isoformat(),
    }


def _needed(
    quote: str, kind: str, found: CreditSheet | None, *, changed: bool
) -> CreditSheetNeeded:
    reason = "unconfirmed" if found else "changed" if changed else "missing"
    how = {
        "unconfirmed": f"confirm {found.code if found else ''}",
        "changed": "the loan has changed since: make a new one and confirm it",
        "missing": "make one by POST /finance/cost-sheets and confirm it",
    }
    return CreditSheetNeeded(
        f"quote {quote}: the {kind} of its loan has to be confirmed before an order; {how[reason]}",
        facts={
            "quote": quote,
            "kind": kind,
            "cost_sheet": found.code if found else None,
            "reason": reason,
        },
    )
