"""The list of transfers that our bank is given to pay: clear account numbers, so it is made when asked for and never stored."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from checkout.domain.outgoing import State
from checkout.models import OutgoingTransfer
from checkout.queries.banking import remittance_of
from kernel.money import Money

HEADER = ("transfer", "holder", "account", "bank", "amount", "currency", "remittance")


@dataclass(frozen=True, slots=True)
class PaymentList:
    """Rows for CSV, header first and control rows last; `totals` minor units by currency, `sha256` that of `content`."""

    rows: tuple[tuple[str, ...], ...]
    count: int
    totals: dict[str, int]
    content: bytes
    sha256: str


def payment_list(transfers: Collection[str]) -> PaymentList:
    """The list of these transfers as far as they were sent, in the order of their proposal: the same codes, the same bytes."""
    found = OutgoingTransfer.objects.filter(
        code__in=transfers, state__in=[State.SENT, State.DONE]
    ).select_related("order")
    rows = list(found.order_by("pk"))
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row.currency] += row.amount
    body = (HEADER, *(_row(row) for row in rows), *_control(len(rows), totals))
    out = io.StringIO()
    csv.writer(out).writerows(body)
    content = out.getvalue().encode("utf-8-sig")
    return PaymentList(body, len(rows), dict(totals), content, hashlib.sha256(content).hexdigest())


def _row(row: OutgoingTransfer) -> tuple[str, ...]:
    amount = str(row.money.decimal)
    number = row.account_sealed or ""
    return (row.code, row.holder, number, row.bank, amount, row.currency, remittance_of(row))


def _control(count: int, totals: Counter[str]) -> list[tuple[str, ...]]:
    return [
        ("CONTROL", str(count), "", "", str(Money(minor, currency).decimal), currency, "")
        for currency, minor in sorted(totals.items())
    ]
