"""A finance desk with something of everything on it, written straight into the tables: for tests of what it shows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkout.models import (
    BankFile,
    BankLine,
    BankMatch,
    BankStatement,
    MoneyException,
    Order,
    OutgoingTransfer,
    Payment,
    ReconciliationRun,
    VendorDispute,
    VendorMove,
    VendorPayout,
)
from tests.factories.payable import NOON, payable_order

KINDS = ("E12", "E08", "E15", "E03", "E20")
ELSE = "staff:99999"
"""Somebody else at the desk."""


@dataclass
class MoneyDesk:
    """What was put on the desk."""

    orders: list[Order]
    payments: list[Payment]
    payouts: list[VendorPayout]
    exceptions: list[MoneyException]
    lines: list[BankLine]
    files: list[BankFile]
    transfers: list[OutgoingTransfer]


def money_desk(*, size: int = 3, start: int = 0, now: datetime = NOON) -> MoneyDesk:
    """`size` of each: payouts with two movements, exceptions, lines, files, transfers; the first line is matched.

    A second desk begins to count at another `start`.
    """
    span = range(start, start + size)
    pairs = [payable_order(now=now) for _ in range(size * 2)]
    orders, payments = [order for order, _ in pairs], [payment for _, payment in pairs]
    paid = zip(span, range(size), strict=True)
    payouts = [_payout(at, payments[2 * n : 2 * n + 2], now) for at, n in paid]
    files = [_file(at, now) for at in span]
    lines = [_line(at, files[0], now) for at in span]
    lines[0].state = BankLine.State.MATCHED
    lines[0].save()
    BankMatch.objects.create(
        line=lines[0], payout=payouts[0], amount=lines[0].amount, made_by=ELSE, made_at=now
    )
    exceptions = [
        _exception(at, order, payment, line, now)
        for at, order, payment, line in zip(span, orders, payments, lines, strict=False)
    ]
    VendorDispute.objects.create(
        provider="stripe", code=f"dp_{start}", payment=payments[-1], amount=500_000, currency="CNY",
        state="open", answer_by=now + timedelta(days=1), at=now, seen_at=now,
    )  # fmt: skip
    ReconciliationRun.objects.create(
        provider="stripe",
        started_at=now,
        finished_at=now,
        started_by="system",
        found=size,
        sums={"ledger": {"CNY": 98_765, "EUR": 0}, "vendor": {"CNY": 98_765, "EUR": 230}},
    )
    transfers = [
        _transfer(at, order, payment, now)
        for at, order, payment in zip(span, orders, payments, strict=False)
    ]
    return MoneyDesk(orders, payments, payouts, exceptions, lines, files, transfers)


def _payout(at: int, payments: Sequence[Payment], now: datetime) -> VendorPayout:
    net = sum(payment.amount - 14_530 for payment in payments)
    payout = VendorPayout.objects.create(
        provider="stripe",
        code=f"po_{at:04}AbCd",
        amount=net,
        currency="CNY",
        arrives_on=(now + timedelta(days=2)).date(),
        state="paid" if at % 2 == 0 else "pending",
        at=now,
        itemised_at=now,
        seen_at=now,
    )
    for payment in payments:
        VendorMove.objects.create(
            provider="stripe",
            code=f"txn_{payment.code}",
            kind="charge",
            gross=payment.amount,
            fee=14_530,
            currency="CNY",
            vendor_payment=f"pi_{payment.code}",
            payment=payment,
            payout=payout,
            live=True,
            at=now,
            available_on=now.date(),
            seen_at=now,
        )
    return payout


def _file(at: int, now: datetime) -> BankFile:
    states = (BankFile.State.DONE, BankFile.State.REFUSED, BankFile.State.RUNNING)
    state = states[at % 3]
    problem = {"code": "bad-statement", "detail": "row 7: no amount", "row": 7, "field": "金额"}
    return BankFile.objects.create(
        name=f"2026-11-{at + 1:02}.csv",
        sha256=hashlib.sha256(str(at).encode()).hexdigest(),
        content=b"x",
        state=state,
        total=1000,
        done=400 if state == BankFile.State.RUNNING else 1000,
        added=990,
        problem=problem if state == BankFile.State.REFUSED else {},
        uploaded_by=ELSE,
        uploaded_at=now - timedelta(hours=at),
    )


def _line(at: int, file: BankFile, now: datetime) -> BankLine:
    statement = BankStatement.objects.filter(file=file).first() or BankStatement.objects.create(
        key=file.sha256,
        file=file,
        account="DE02120300000000202051",
        currency="CNY",
        number="11",
        imported_at=now,
    )
    day = (now - timedelta(days=at % 20)).date()
    return BankLine.objects.create(
        statement=statement,
        key=hashlib.sha256(f"line-{at}".encode()).hexdigest(),
        account=statement.account,
        booked_on=day,
        value_on=day,
        amount=500_000 + at,
        currency="CNY",
        payer="王小明",
        text=f"订金 C26K7Q2M4X {at}",
        why="cut" if at % 2 else "ambiguous",
    )


def _exception(
    at: int, order: Order, payment: Payment, line: BankLine, now: datetime
) -> MoneyException:
    kind = KINDS[at % len(KINDS)]
    facts = {
        "E12": {"why": "amount"},
        "E08": {"operation": f"refund-{payment.code}-1"},
        "E15": {"moves": "100", "vendor": "100", "ledger": "-230"},
        "E03": {"payment": payment.code, "expected": "5000.00 CNY", "found": "4999.00 CNY"},
        "E20": {"payment": payment.code, "until": now.isoformat()},
    }[kind]
    return MoneyException.objects.create(
        kind=kind,
        key=line.key if kind == "E12" else f"{kind}-{at}",
        order_code="" if kind in {"E12", "E15"} else order.code,
        amount=500_000,
        currency="CNY",
        facts=facts,
        owner=ELSE if at % 4 == 1 else "",
        opened_at=now - timedelta(days=at % 9, hours=2),
        seen_at=now,
    )


def _transfer(at: int, order: Order, payment: Payment, now: datetime) -> OutgoingTransfer:
    return OutgoingTransfer.objects.create(
        code=f"T26-{at:06}",
        order=order,
        payment=payment,
        why="window",
        amount=500_000,
        currency="CNY",
        holder="王小明",
        account_hint="…2051",
        bank="招商银行",
        proposed_by=ELSE,
        proposed_at=now - timedelta(hours=at),
    )
