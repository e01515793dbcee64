"""A month of bank lines as a shop has it: every order and payout in the tables, the lines as a file of the bank."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from checkout.domain.matching import OpenOrder
from checkout.models import BankMatch, Order, Payment, Quote, VendorPayout
from tests.factories.bank_lines import Month
from tests.factories.banked import ACCOUNT
from tests.factories.payable import NOON


def stocked(found: Month) -> None:
    """Write the orders of the month, those with something due awaiting their deposit, and its payouts."""
    orders = list(found.book.orders.values())
    quotes = Quote.objects.bulk_create([_quote(at, order) for at, order in enumerate(orders)])
    rows = Order.objects.bulk_create(
        [
            _order(at, order, quote)
            for at, (order, quote) in enumerate(zip(orders, quotes, strict=True))
        ]
    )
    Payment.objects.bulk_create(_payment(at, row) for at, row in enumerate(rows))
    VendorPayout.objects.bulk_create(
        VendorPayout(
            provider="stripe",
            code=each.code,
            amount=each.amount.minor,
            currency=each.amount.currency,
            arrives_on=each.arrives_on,
            state="paid",
            at=NOON,
            seen_at=NOON,
        )
        for each in found.book.payouts
    )


def file_of(found: Month) -> bytes:
    """The lines as the bank's CSV file; each has its place in the month as the bank's own number."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Date", "Value date", "Amount", "Currency", "Account", "Name", "Text", "Reference"]
    )
    for at, line in enumerate(found.lines):
        amount = line.amount
        writer.writerow(
            [
                line.booked_on,
                line.value_on,
                amount.decimal,
                amount.currency,
                ACCOUNT,
                line.payer,
                line.text,
                at,
            ]
        )
    return out.getvalue().encode()


def wrongly_settled(found: Month) -> list[str]:
    """Lines that were settled for somebody they were not meant for, and orders or payouts that two lines settled."""
    rows = BankMatch.objects.filter(undone_at=None).values_list(
        "line__bank_ref", "payment__order__code", "payout__code"
    )
    meant = [each.meant for each in found.sent]
    settled = [(int(at), order or payout or "") for at, order, payout in rows]
    wrong = [
        f"line {at} of {meant[at]} went to {code}" for at, code in settled if meant[at] != code
    ]
    return wrong + _twice(code for _, code in settled)


def _twice(codes: Iterable[str]) -> list[str]:
    return [f"{code} was settled twice" for code, times in Counter(codes).items() if times > 1]


def _quote(at: int, order: OpenOrder) -> Quote:
    return Quote(
        code=f"BANK{at:08}",
        state=Quote.State.ORDERED,
        market="CN",
        currency=order.due.currency,
        release="R000001",
        document={},
        request={},
        created_at=NOON,
        expires_at=NOON + timedelta(days=7),
    )


def _order(at: int, order: OpenOrder, quote: Quote) -> Order:
    due = order.due.minor
    currency = order.due.currency
    nothing = {"amount": 0, "currency": currency}
    return Order(
        code=order.code,
        quote=quote,
        state="awaiting_deposit" if due else "reserved",
        market="CN",
        currency=currency,
        language="zh-hans",
        release="R000001",
        document={"balance": {"financed": nothing, "cash_balance": nothing}},
        price=30_000_000,
        on_the_road=30_000_000,
        deposit=due or 500_000,
        token_digest=f"bank{at:060}",
        buyer_kind="person",
        buyer_name=order.buyer,
        terms_version="2026-11",
        terms_accepted_at=NOON,
        placed_at=NOON,
        expires_at=NOON + timedelta(days=3),
    )


def _payment(at: int, order: Order) -> Payment:
    paid = order.state == "reserved"
    return Payment(
        code=f"B{at:08}",
        order=order,
        purpose=Payment.Purpose.DEPOSIT,
        amount=order.deposit,
        currency=order.currency,
        state="succeeded" if paid else "created",
        created_at=NOON,
        settled_at=NOON if paid else None,
    )
