"""A payout leads to each payment, order and contract in it, and says whether it ties out."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checkout.models import BankFile, BankLine, BankMatch, BankStatement, Order, VendorPayout
from checkout.queries.payouts import payout_facts, payouts_page
from tests.factories.bookkeeping import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("opened", ["sandbox"], indirect=True)]


def at_the_bank(shop: Shop, code: str, minor: int) -> None:
    now, day = shop.clock.now, date(2026, 11, 23)
    file = BankFile.objects.create(
        name="a.csv", sha256="0" * 64, content=b"", uploaded_by="staff:1", uploaded_at=now
    )
    statement = BankStatement.objects.create(
        file=file, account="DE1", currency="CNY", imported_at=now
    )
    line = BankLine.objects.create(
        statement=statement,
        key=code,
        account="DE1",
        booked_on=day,
        value_on=day,
        amount=minor,
        currency="CNY",
    )
    BankMatch.objects.create(
        line=line,
        payout=VendorPayout.objects.get(code=code),
        amount=minor,
        made_by="staff:1",
        made_at=now,
    )


def test_a_payout_leads_to_payment_order_and_contract(opened: Shop) -> None:
    payment = opened.paid()
    Order.objects.filter(pk=payment.order_id).update(contract_number="FC-2026-000001")
    key = opened.refund(payment, 100_000)
    code = opened.driver.pay_out("CNY")
    opened.pull()
    found = payout_facts(code)
    assert found is not None
    assert [(line.kind, line.payment, line.contract) for line in found.lines] == [
        ("charge", payment.code, "FC-2026-000001"),
        ("refund", payment.code, "FC-2026-000001"),
    ]
    assert found.lines[1].reference == key
    assert {line.order for line in found.lines} == {payment.order.code}
    assert sum(line.net.minor for line in found.lines) == found.payout.amount.minor
    assert (found.payout.itemised, found.payout.difference.minor) == (True, 0)
    assert (found.payout.bank, found.payout.ties_out) == ("open", False)
    at_the_bank(opened, code, found.payout.amount.minor)
    found = payout_facts(code)
    assert found is not None
    assert (found.payout.bank, found.payout.ties_out, len(found.bank)) == ("matched", True, 1)
    assert payout_facts("po_nobody") is None


def test_payouts_come_in_pages_newest_first(opened: Shop) -> None:
    codes = []
    for _ in range(3):
        opened.paid()
        codes.append(opened.driver.pay_out("CNY"))
    opened.pull()
    first = payouts_page(size=2)
    assert first.following is not None
    second = payouts_page(first.following, 2)
    assert [row.code for row in (*first.rows, *second.rows)] == codes[::-1]
    assert second.following is None
    lines = payout_facts(codes[0], size=1)
    assert lines is not None
    assert lines.following is None


def test_neither_list_nor_payout_asks_more_for_more_rows(opened: Shop) -> None:
    def statements(payments: int) -> tuple[int, int]:
        for _ in range(payments):
            opened.paid()
        code = opened.driver.pay_out("CNY")
        opened.pull()
        with CaptureQueriesContext(connection) as listing:
            payouts_page()
        with CaptureQueriesContext(connection) as one:
            payout_facts(code)
        return len(listing), len(one)

    assert statements(1) == statements(8)
    assert statements(1)[0] == 1
