"""Statements of our bank as files, and what tests ask of the lines in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from checkout.domain.transfers import reference
from checkout.models import BankLine, Order
from checkout.services.bank_import import read_file, store_file
from checkout.services.bank_reading import match_open
from kernel.money import Money
from tests.factories.payable import NOON

CLERK, OTHER = "staff:1", "staff:2"
ACCOUNT = "DE02120300000000202051"
DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Row:
    """A line as a bank exports it; `amount` signed minor units."""

    amount: int
    text: str = ""
    payer: str = ""
    ref: str = ""
    on: date = DAY


def csv_of(
    rows: Sequence[Row], *, opening: int = 0, currency: str = "CNY", account: str = ACCOUNT
) -> bytes:
    """A CSV statement with a balance in each row, which starts at `opening`."""
    lines = ["Date,Amount,Currency,Account,Name,Text,Reference,Balance"]
    balance = opening
    for row in rows:
        balance += row.amount
        amount, after = (Money(minor, currency).decimal for minor in (row.amount, balance))
        lines.append(
            f"{row.on},{amount},{currency},{account},{row.payer},{row.text},{row.ref},{after}"
        )
    return "\n".join(lines).encode()


def imported(
    *rows: Row, opening: int = 0, currency: str = "CNY", now: datetime = NOON, match: bool = True
) -> list[BankLine]:
    """The lines of a statement that was uploaded, read, and matched where that needs nobody, in its order."""
    content = csv_of(rows, opening=opening, currency=currency)
    file, _ = store_file(name="s.csv", content=content, actor=CLERK, now=now)
    known = set(BankLine.objects.values_list("pk", flat=True))
    read_file(file=file.pk, now=now)
    if match:
        match_open(now=now)
    return list(BankLine.objects.exclude(pk__in=known).order_by("pk"))


def paying(order: Order, amount: int | None = None, *, payer: str = "") -> Row:
    """A line that pays an order's deposit, or `amount`, with its reference."""
    return Row(order.deposit if amount is None else amount, reference(order.code), payer)
