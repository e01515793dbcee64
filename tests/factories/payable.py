"""Orders that wait for their deposit, written straight into the tables: for tests of money, not of selling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from checkout.models import Order, Payment, Quote

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""The moment at which tests of money begin."""

_numbers = count(1)


def _money(minor: int, currency: str) -> dict[str, Any]:
    return {"amount": minor, "currency": currency}


def payable_order(
    *, deposit: int = 500_000, currency: str = "CNY", now: datetime = NOON, vin: str = ""
) -> tuple[Order, Payment]:
    """An order awaiting its deposit until 30 minutes after `now`, with its first payment row."""
    number = next(_numbers)
    price = deposit * 60
    document = {
        "deposit": {"amount": _money(deposit, currency)},
        "balance": {
            "financed": _money(0, currency),
            "cash_balance": _money(price - deposit, currency),
        },
    }
    quote = Quote.objects.create(
        code=f"QUOTE{number:03}",
        state=Quote.State.ORDERED,
        market="CN",
        currency=currency,
        release="R000001",
        document=document,
        request={},
        created_at=now,
        expires_at=now + timedelta(days=7),
    )
    order = Order.objects.create(
        code=f"C26-TEST{number:04}",
        quote=quote,
        state="awaiting_deposit",
        market="CN",
        currency=currency,
        language="zh-hans",
        release="R000001",
        vin=vin,
        document=document,
        price=price,
        on_the_road=price,
        deposit=deposit,
        token_digest=f"{number:064}",
        buyer_kind="person",
        buyer_name="王小明",
        terms_version="2026-11",
        terms_accepted_at=now,
        placed_at=now,
        expires_at=now + timedelta(minutes=30),
    )
    payment = Payment.objects.create(
        code=f"PAY{number:05}",
        order=order,
        purpose=Payment.Purpose.DEPOSIT,
        amount=deposit,
        currency=currency,
        created_at=now,
    )
    return order, payment
