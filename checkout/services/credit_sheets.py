"""Showing a borrower all costs of a loan, and recording that they were read (`docs/rules/credit-duties.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from catalog.queries.on_sale import look_again
from checkout.domain.credit_sheets import sheet_of
from checkout.errors import (
    CreditSheetChanged,
    CreditSheetTooEarly,
    NoCreditSheet,
    UnknownCreditSheet,
)
from checkout.models.credit import CreditSheet
from checkout.models.quotes import Quote
from checkout.queries.amending import preview_of
from checkout.queries.credit_sheets import SheetFacts, facts_of, law_of_loans
from checkout.queries.quotes import best_document
from checkout.services.moving import locked
from checkout.services.open_quotes import open_quote
from kernel import audit
from kernel.crypto import new_code
from kernel.text import fingerprint


def issue_sheet(*, quote: str, now: datetime) -> SheetFacts:
    """The sheet of an open quote's loan as it stands today; the time to read it begins when it is first made.

    Asked for again it is the same sheet, unless the loan has changed. Raises UnknownQuote, QuoteAlreadyOrdered,
    QuoteExpired, NoCreditSheet, NoLawRow.
    """
    look_again()
    with transaction.atomic():
        row = open_quote(quote, now)
        document, _ = best_document(row, now)
        sheet = _issued(row, document, now)
    return facts_of(sheet, now)


def issue_amendment_sheet(*, order: str, wishes: Mapping[str, Any], now: datetime) -> SheetFacts:
    """The sheet of the loan that an order would have with other wishes; to be confirmed before it is amended so.

    Raises what `preview_amendment` raises, NoCreditSheet, NoLawRow.
    """
    look_again()
    with transaction.atomic():
        row = locked(order)
        after = preview_of(row=row, wishes=wishes, now=now).after
        sheet = _issued(row.quote, after, now)
    return facts_of(sheet, now)


def _issued(row: Quote, document: Mapping[str, Any], now: datetime) -> CreditSheet:
    if document["finance"] is None:
        raise NoCreditSheet(
            f"quote {row.code} has no loan", facts={"quote": row.code, "reason": "loan"}
        )
    law = law_of_loans(row.market, now)
    if law.sheet is None:
        raise NoCreditSheet(
            f"market {row.market} asks for no sheet of a loan",
            facts={"quote": row.code, "reason": "market"},
        )
    content = sheet_of(kind=law.sheet, document=document)
    sheet, _ = CreditSheet.objects.get_or_create(
        quote=row,
        fingerprint=fingerprint(content),
        defaults={
            "code": f"K-{new_code(8)}",
            "kind": law.sheet,
            "document": content,
            "issued_at": now,
            "readable_at": now + timedelta(seconds=law.reading_seconds),
        },
    )
    return sheet


def confirm_sheet(*, sheet: str, shown: str, now: datetime) -> SheetFacts:
    """The buyer has read the sheet whose fingerprint is `shown`; saying it twice is one.

    Raises UnknownCreditSheet, CreditSheetChanged, CreditSheetTooEarly.
    """
    with transaction.atomic():
        row = (
            CreditSheet.objects.select_for_update(of=("self",))
            .select_related("quote")
            .filter(code=sheet)
            .first()
        )
        if row is None:
            raise UnknownCreditSheet(
                f"there is no cost sheet {sheet!r}", facts={"cost_sheet": sheet}
            )
        if shown != row.fingerprint:
            raise CreditSheetChanged(
                f"{sheet} is another sheet than the one that was shown; show it again",
                facts={"cost_sheet": sheet, "fingerprint": row.fingerprint},
            )
        if row.confirmed_at is None:
            _confirm(row, now)
    return facts_of(row, now)


def confirm_order_sheet(*, order: str, sheet: str, shown: str, now: datetime) -> SheetFacts:
    """As `confirm_sheet`, for a sheet of that order's loan alone; as the caller has shown it to be theirs."""
    theirs = CreditSheet.objects.filter(quote__order__code=order, code=sheet)
    if not theirs.exists():
        raise UnknownCreditSheet(f"there is no cost sheet {sheet!r}", facts={"cost_sheet": sheet})
    return confirm_sheet(sheet=sheet, shown=shown, now=now)


def _confirm(row: CreditSheet, now: datetime) -> None:
    if now < row.readable_at:
        left = facts_of(row, now).seconds_left
        raise CreditSheetTooEarly(
            f"{row.code} may be confirmed in {left} seconds: the law gives time to read it",
            facts={
                "cost_sheet": row.code,
                "readable_at": row.readable_at.isoformat(),
                "seconds": left,
            },
        )
    row.confirmed_at = now
    row.save(update_fields=["confirmed_at"])
    audit.record(
        subject=f"quote:{row.quote.code}",
        action="cost-sheet-confirmed",
        actor="guest",
        facts={"cost_sheet": row.code, "kind": row.kind, "fingerprint": row.fingerprint},
        now=now,
    )
