"""J5: a day of deposits, refunds, a dispute, a payout and a bank statement ends with nothing between books and world.

The buyers' side is the sandbox's; everything finance does goes through the pages of the finance desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from checkout.models import (
    BankLine,
    ClosedPeriod,
    MoneyException,
    Order,
    OutgoingTransfer,
    Payment,
    ReconciliationRun,
    VendorPayout,
)
from checkout.queries.closing import roll_forward_of, trial_balance_at
from checkout.services import outgoing, payments
from kernel.audit import verify_chain
from kernel.jobs import run_until_idle
from kernel.money import Money
from tests.factories.banked import Row, csv_of, paying
from tests.factories.payable import payable_order
from tests.factories.till import Till, balances, refund, till
from tests.integration.cms.people import admin, staff

__all__ = ["till"]
pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/cms/desk/money"
AUGUST = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
THE_DAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AFTER = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
CARD = {"holder": "王小明", "number": "6222021234567890128", "bank": "招商银行"}
DEPOSIT = 500_000


@pytest.fixture(autouse=True)
def _one_clock(
    till: Till, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The desk, its worker and the vendor live in the till's time."""
    settings.SANDBOX_DIR = str(tmp_path / "sandbox")
    monkeypatch.setattr("django.utils.timezone.now", lambda: till.clock.now)
    monkeypatch.setattr("checkout.tasks.now", lambda: till.clock.now)
    till.clock.now = AUGUST
    yield
    assert verify_chain() == []


@dataclass
class Desk:
    """A clerk at the finance desk, who reads pages and sends what stands on them."""

    client: Client
    sent: int = 0

    def read(self, path: str) -> str:
        """A page of the desk."""
        answer = self.client.get(DESK + path)
        assert answer.status_code == 200, (path, answer.status_code)
        return str(answer.content.decode()).replace("&#x27;", "'")

    def send(self, path: str, status: int = 200, **said: Any) -> str:
        """A form of the desk, followed to the page it leads to; then the worker does what it asked for."""
        self.sent += 1
        said = {"once": f"{id(self)}-{self.sent}"} | said
        answer = self.client.post(DESK + path, said, follow=True)
        assert answer.status_code == status, (path, answer.status_code, answer.content[-2000:])
        run_until_idle()
        return str(answer.content.decode()).replace("&#x27;", "'")

    def compare(self) -> ReconciliationRun:
        """Books and world are compared now."""
        self.send("/compare/")
        run = ReconciliationRun.objects.latest("pk")
        assert run.finished_at is not None
        assert run.error == ""
        return run

    def upload(self, rows: list[Row], opening: int) -> None:
        """A statement of our bank, read by the worker."""
        content = csv_of(rows, opening=opening)
        self.send("/bank/files/upload/", files=SimpleUploadedFile("bank.csv", content))
        assert "new lines, 0 known before" in self.read("/bank/files/")


def by_card(till: Till, method: str = "card") -> tuple[Order, Payment]:
    """An order whose deposit the buyer pays at the vendor."""
    order, _ = payable_order(deposit=DEPOSIT, now=till.clock.now)
    till.start(order, method=method)
    payment = order.payments.latest("pk")
    till.driver.pay(payment.provider_id or "")
    till.settle(payment.provider_id or "")
    payment.refresh_from_db()
    return order, payment


def open_kinds() -> list[str]:
    """The classes of what does not tie out."""
    rows = MoneyException.objects.filter(state=MoneyException.State.OPEN)
    return sorted(rows.values_list("kind", flat=True))


def test_j5_a_day_closes_at_zero(till: Till) -> None:
    # In August somebody paid by Alipay, which takes refunds for 90 days.
    old, old_payment = by_card(till, method="alipay")

    # The day: three cards, two transfers, a refund, a dispute, and everything the vendor holds goes to the bank.
    till.clock.now = THE_DAY
    clerk, second = Desk(staff("Finance clerks")), Desk(admin())
    kept, _ = by_card(till)
    _, given_back = by_card(till)
    till.clock.forward(seconds=60)
    refund(till, given_back, DEPOSIT)
    till.sweep()
    contested, contested_payment = by_card(till)
    till.driver.world.contest(contested_payment.provider_id or "")
    named, _ = payable_order(deposit=DEPOSIT, now=till.clock.now)
    nameless, _ = payable_order(deposit=DEPOSIT, now=till.clock.now)
    till.driver.pay_out("CNY")
    till.clock.forward(seconds=3600)
    clerk.compare()
    payout = VendorPayout.objects.get()
    page = clerk.read(f"/payouts/{payout.code}/")
    assert "Its movements add up to it exactly." in page
    assert all(order.code in page for order in (old, kept, contested))

    # The bank's statement: the payout and one transfer settle themselves, one has a reading too many.
    opening = 1_000_000
    rows = [
        Row(payout.amount, f"SANDBOX {payout.code}", "Sandbox", "B1", payout.arrives_on),
        paying(named, payer="王小明"),
        Row(DEPOSIT, "订金", "王小明", "B3"),
    ]
    clerk.upload(rows, opening)
    (line,) = BankLine.objects.filter(state=BankLine.State.OPEN)
    clerk.compare()
    assert "E13" in open_kinds()
    found = MoneyException.objects.get(kind="E13")
    assert f"/bank/lines/{line.pk}/" in clerk.read(f"/exceptions/{found.pk}/")
    clerk.send(f"/exceptions/{found.pk}/assign/", owner_me="1")

    # By hand: the payer's name fits, the clerk picks the order and confirms at a difference of zero.
    target = f"order:{nameless.code}"
    shown = clerk.read(f"/bank/match/?line={line.pk}&target={target}")
    assert "Confirm the match" in shown
    clerk.send("/bank/match/do/", line=line.pk, target=target)
    nameless.refresh_from_db()
    assert nameless.state == "reserved"

    # The late refund goes by transfer: a first person proposes, the buyer names an account, a second one approves.
    me = re.search(r"staff:\d+", MoneyException.objects.get(pk=found.pk).owner)
    assert me is not None
    payments.refund_payment(
        payment=old_payment.code, amount=old_payment.money, reason="buyer-cancelled",
        actor=me[0], now=till.clock.now,
    )  # fmt: skip
    transfer = OutgoingTransfer.objects.get()
    assert transfer.why == "window"
    outgoing.give_account(order=old.code, actor="buyer", now=till.clock.now, **CARD)
    assert "You proposed it: somebody else decides." in clerk.read(f"/transfers/{transfer.code}/")
    clerk.send(f"/transfers/{transfer.code}/approve/", status=409)
    second.send(f"/transfers/{transfer.code}/approve/")
    sent = clerk.send("/transfers/send/", transfer=transfer.code)
    assert "¥5,000.00" in sent
    balance = opening + sum(row.amount for row in rows)
    next_day = payout.arrives_on + timedelta(days=1)
    clerk.upload([Row(-DEPOSIT, transfer.code, "王小明", "B4", next_day)], balance)
    transfer.refresh_from_db()
    assert transfer.state == "done"

    # Nothing is left but the dispute, which waits for the buyer's bank.
    run = clerk.compare()
    assert open_kinds() == ["E09"]
    assert run.sums["ledger"] == run.sums["vendor"] == run.sums["moves"]
    assert 'state--bad">' not in clerk.read("/").partition("Books and world")[2]

    # The month closes when it is over and compared, by its typed name.
    month = "2026-11"
    clerk.send(f"/months/{month}/close/", status=409, typed=month)
    till.clock.now = AFTER
    clerk = Desk(staff("Finance clerks"))
    assert "not compared" in clerk.read(f"/months/{month}/")
    clerk.compare()
    clerk.send(f"/months/{month}/close/", status=409, typed="2026-10")
    assert "is closed." in clerk.send(f"/months/{month}/close/", typed=month)
    closed = ClosedPeriod.objects.get(name=month)
    assert closed.sha256 in clerk.read("/months/")

    (rolled,) = roll_forward_of(month)
    assert rolled.opening == Money(DEPOSIT, "CNY")
    assert rolled.received == Money(5 * DEPOSIT, "CNY")
    assert rolled.refunded == Money(2 * DEPOSIT, "CNY")
    assert rolled.closing == Money(4 * DEPOSIT, "CNY")
    assert balances()["2000"] == -4 * DEPOSIT
    assert clerk.read(f"/books/deposits/?month={month}").count("<rect") == 6
    assert sum(row.balance.minor for row in trial_balance_at(month)) == 0
    for kind in ("journal", "payouts", "roll-forward", "trial-balance"):
        made = clerk.client.post(
            f"{DESK}/exports/make/", {"month": month, "kind": kind, "form": "csv"}
        )
        assert made.status_code == 200
        assert b"CONTROL" in made.getvalue()
        assert made["X-Rows-SHA256"] in clerk.read(f"/exports/?month={month}")
