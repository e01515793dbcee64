"""The sale in the books: income and tax when the key is handed over, and back again when a sale is undone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from checkout.domain.balance import applied_legs, sale_legs, vat_inside, vat_of
from checkout.models import LedgerEntry, Order
from checkout.queries.paid import Standing, standing_of
from checkout.services.ledger import Posting, post_each, reverse
from kernel.money import Money


def book_sale(row: Order, *, now: datetime, money: Standing | None = None) -> None:
    """Post the sale of a locked order; `money` spares the question how it stands.

    The buyer owes the price and the charges of the delivery, and what they paid is set against it.

    What a lender still has to pay stays on 1200. Twice is once. Raises UnbalancedEntry where it was posted otherwise.
    """
    money = money or standing_of(row)
    sheet, gross = row.document["price_sheet"], money.asked
    charges = gross - Money(row.price, row.currency)
    vat = vat_inside(sheet) + vat_of(charges, Decimal(sheet.get("vat_rate", "0")))
    postings = [Posting(f"ho:{row.code}", "sale", sale_legs(gross=gross, vat=vat))]
    if money.held:
        postings.append(Posting(f"ap:{row.code}", "applied", applied_legs(money.held)))
    post_each(order=row, postings=postings, now=now)


def unbook_sale(row: Order, *, now: datetime, note: str) -> None:
    """Take the sale of a locked order back, so that what the buyer paid is owed to them again; nothing where none was."""
    for key in (f"ap:{row.code}", f"ho:{row.code}"):
        if LedgerEntry.objects.filter(key=key).exists():
            reverse(key=key, now=now, note=note)
