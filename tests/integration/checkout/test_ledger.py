"""The ledger's tables refuse what the books forbid; its queries tell finance what is there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from checkout.domain.ledger import Leg, receipt_legs, refund_approved_legs
from checkout.errors import UnbalancedEntry, UnknownAccount
from checkout.models import LedgerEntry, LedgerLeg, Order, Payment
from checkout.queries.ledger import (
    accounts_with_totals,
    deposit_liability,
    deposits_of_day,
    deposits_sheet,
    entries,
    ledger_sheet,
)
from checkout.services.ledger import post, reverse
from kernel.money import Money
from tests.factories.payable import NOON, payable_order

pytestmark = pytest.mark.django_db


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def post_receipt(
    order: Order | None, key: str = "bt:1", minor: int = 500_000, at: datetime = NOON
) -> bool:
    return post(
        key=key,
        kind="charge",
        order=order,
        legs=receipt_legs(paid=cny(minor), gross=cny(minor), fee=cny(14_530)),
        now=at,
    )


# ---- Posting ----


def test_an_entry_is_posted_once_under_its_key() -> None:
    order, _ = payable_order()
    assert post_receipt(order) is True
    assert post_receipt(order) is False
    assert LedgerEntry.objects.count() == 1
    assert LedgerLeg.objects.count() == 3


def test_the_database_takes_no_second_entry_under_a_key() -> None:
    post_receipt(None)
    known = LedgerEntry.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(key=known.key, kind="charge", posted_at=NOON)


def test_other_legs_under_a_used_key_are_refused() -> None:
    post_receipt(None)
    with pytest.raises(UnbalancedEntry):
        post_receipt(None, minor=500_001)
    assert LedgerLeg.objects.count() == 3


def test_an_unbalanced_entry_is_refused_before_anything_is_written() -> None:
    with pytest.raises(UnbalancedEntry):
        post(
            key="x",
            kind="x",
            order=None,
            legs=[Leg("1100", cny(5)), Leg("2000", cny(-4))],
            now=NOON,
        )
    assert LedgerEntry.objects.count() == 0


def test_a_mistake_is_reversed_by_its_mirror_image() -> None:
    order, _ = payable_order()
    post_receipt(order)
    assert reverse(key="bt:1", now=NOON, note="posted twice by hand") is True
    assert reverse(key="bt:1", now=NOON, note="posted twice by hand") is False
    assert {total.balance.minor for total in accounts_with_totals()} == {0}
    with pytest.raises(UnbalancedEntry):
        reverse(key="bt:2", now=NOON, note="")


# ---- The database refuses ----


@pytest.mark.parametrize("model", [LedgerEntry, LedgerLeg])
def test_a_posted_row_cannot_be_changed(model: type[LedgerEntry] | type[LedgerLeg]) -> None:
    post_receipt(None)
    change = {"kind": "other"} if model is LedgerEntry else {"amount": 7}
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(**change)


@pytest.mark.parametrize("table", ["checkout_ledgerentry", "checkout_ledgerleg"])
def test_a_posted_row_cannot_be_deleted(table: str) -> None:
    post_receipt(None)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - two names above


def test_a_leg_of_zero_is_refused() -> None:
    post_receipt(None)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerLeg.objects.create(
            entry=LedgerEntry.objects.get(), account="1100", currency="CNY", amount=0
        )


def write_by_hand(key: str, legs: list[tuple[str, int]]) -> None:
    """Rows past the service, checked as at a commit."""
    with transaction.atomic():
        entry, _ = LedgerEntry.objects.get_or_create(
            key=key, defaults={"kind": "x", "posted_at": NOON}
        )
        for currency, amount in legs:
            LedgerLeg.objects.create(entry=entry, account="1100", currency=currency, amount=amount)
        connection.check_constraints()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "legs", [[], [("CNY", 5)], [("CNY", 5), ("CNY", -4)], [("CNY", 5), ("EUR", -5)]]
)
def test_postgres_refuses_an_unbalanced_entry_at_commit(legs: list[tuple[str, int]]) -> None:
    with pytest.raises(IntegrityError, match="does not balance"):
        write_by_hand("by-hand", legs)


@pytest.mark.postgres
def test_postgres_refuses_a_leg_added_to_a_balanced_entry() -> None:
    post_receipt(None)
    connection.check_constraints()
    with pytest.raises(IntegrityError, match="does not balance"):
        write_by_hand("bt:1", [("CNY", 1)])


@pytest.mark.postgres
def test_postgres_refuses_to_empty_the_ledger() -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE checkout_ledgerentry CASCADE")


@pytest.mark.sqlite
def test_sqlite_still_has_its_triggers_after_every_migration() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'checkout_%'"
        )
        found = {row[0] for row in cursor.fetchall()}
    assert found == {
        f"checkout_{table}_no_{verb}"
        for table in ("ledgerentry", "ledgerleg", "deliverypromise", "deliverystage")
        for verb in ("update", "delete")
    } | {
        "checkout_withdrawalreceipt_frozen",
        "checkout_withdrawalreceipt_no_delete",
        "checkout_transfer_frozen",
        "checkout_ledgerentry_period",
        "checkout_closedperiod_no_update",
        "checkout_closedperiod_no_delete",
    }


# ---- Asking ----


def test_totals_by_account_and_currency_add_up_to_zero() -> None:
    order, _ = payable_order()
    post_receipt(order)
    post_receipt(None, key="bt:2", minor=100_000)
    post(
        key="rf:1",
        kind="refund-approved",
        order=order,
        legs=refund_approved_legs(cny(500_000)),
        now=NOON,
    )
    post(
        key="bt:3",
        kind="charge",
        order=order,
        legs=receipt_legs(
            paid=Money(9_000, "EUR"), gross=Money(9_000, "EUR"), fee=Money(291, "EUR")
        ),
        now=NOON,
    )
    found = {(row.code, row.balance.currency): row for row in accounts_with_totals()}
    deposits = found["2000", "CNY"]
    assert (deposits.debit, deposits.credit, deposits.balance, deposits.legs) == (
        cny(500_000),
        cny(600_000),
        cny(-100_000),
        3,
    )
    assert deposits.name == {"zh-hans": "客户订金", "en": "Customer deposits"}
    for currency in ("CNY", "EUR"):
        assert sum(row.balance.minor for key, row in found.items() if key[1] == currency) == 0


def test_totals_of_a_time_leave_out_its_end() -> None:
    post_receipt(None)
    assert accounts_with_totals(since=NOON, until=NOON) == ()
    assert len(accounts_with_totals(since=NOON, until=NOON + timedelta(seconds=1))) == 3


def test_entries_are_found_by_account_by_order_and_newest_first() -> None:
    order, _ = payable_order()
    other, _ = payable_order()
    post_receipt(order)
    post_receipt(other, key="bt:2")
    post(
        key="rf:1", kind="refund-approved", order=order, legs=refund_approved_legs(cny(1)), now=NOON
    )
    assert [entry.key for entry in entries()] == ["rf:1", "bt:2", "bt:1"]
    assert [entry.key for entry in entries(order=order.code)] == ["rf:1", "bt:1"]
    assert [entry.key for entry in entries(account="1100")] == ["bt:2", "bt:1"]
    assert [entry.key for entry in entries(account="2010", order=other.code)] == []
    assert [leg.account for leg in entries(limit=1)[0].legs] == ["2000", "2010"]
    with pytest.raises(UnknownAccount):
        entries(account="9999")


def test_the_deposit_liability_is_what_buyers_have_with_us() -> None:
    order, _ = payable_order()
    post_receipt(order)
    post_receipt(None, key="bt:2", minor=7_000_000)
    assert deposit_liability(order=order.code) == (cny(500_000),)
    assert deposit_liability() == (cny(7_500_000),)


def settled(at: datetime, *, fee: int | None = 14_530, fee_currency: str = "CNY") -> Payment:
    _, payment = payable_order()
    payment.state, payment.settled_at, payment.provider, payment.method = (
        "succeeded",
        at,
        "sandbox",
        "card",
    )
    payment.fee, payment.fee_currency = fee, fee_currency if fee is not None else ""
    payment.provider_id = f"sbx_{payment.code}"
    payment.save()
    return payment


def test_a_day_is_a_day_of_the_desks_time_zone() -> None:
    late = settled(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC))  # 23:59:59 in Shanghai
    early = settled(datetime(2026, 11, 22, 16, 0, tzinfo=UTC))  # midnight, the next day there
    payable_order()
    assert [d.payment for d in deposits_of_day(date(2026, 11, 22), "Asia/Shanghai")] == [late.code]
    assert [d.payment for d in deposits_of_day(date(2026, 11, 23), "Asia/Shanghai")] == [early.code]
    assert len(deposits_of_day(date(2026, 11, 22), "Europe/Berlin")) == 2


def test_a_day_on_which_clocks_change_has_25_hours() -> None:
    settled(datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    settled(datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC))
    settled(datetime(2026, 10, 25, 23, 0, tzinfo=UTC))
    assert len(deposits_of_day(date(2026, 10, 25), "Europe/Berlin")) == 2


def test_a_deposit_tells_order_state_fee_and_net() -> None:
    payment = settled(NOON)
    (deposit,) = deposits_of_day(date(2026, 11, 22), "Asia/Shanghai")
    assert (deposit.order, deposit.order_state, deposit.state) == (
        payment.order.code,
        "awaiting_deposit",
        "succeeded",
    )
    assert (deposit.amount, deposit.fee, deposit.net) == (cny(500_000), cny(14_530), cny(485_470))


def test_a_fee_that_is_not_known_or_in_another_currency_gives_no_net() -> None:
    settled(NOON, fee=None)
    settled(NOON, fee=1_889, fee_currency="EUR")
    unknown, foreign = deposits_of_day(date(2026, 11, 22), "Asia/Shanghai")
    assert (unknown.fee, unknown.net) == (None, None)
    assert (foreign.fee, foreign.net) == (Money(1_889, "EUR"), None)


def test_the_deposits_sheet_ends_with_its_control_total() -> None:
    payment = settled(NOON)
    settled(NOON, fee=None)
    sheet = deposits_sheet(deposits_of_day(date(2026, 11, 22), "Asia/Shanghai"), "Asia/Shanghai")
    header, first, second, control = sheet.rows
    assert {len(row) for row in sheet.rows} == {len(header)}
    line = dict(zip(header, first, strict=True))
    assert line["settled_at"] == "2026-11-22T20:00:00+08:00"
    assert (line["payment"], line["amount"], line["fee"], line["net"]) == (
        payment.code,
        "5000.00",
        "145.30",
        "4854.70",
    )
    assert dict(zip(header, second, strict=True))["fee"] == ""
    assert (control[0], control[1]) == ("CONTROL", "2")
    assert dict(zip(header, control, strict=True))["amount"] == "10000.00"
    assert (sheet.count, sheet.totals) == (2, {"CNY": 1_000_000})


def test_a_sheet_of_whole_entries_has_a_control_total_of_zero() -> None:
    post_receipt(None)
    sheet = ledger_sheet(entries())
    assert sheet.count == 3
    assert sheet.totals == {"CNY": 0}
    assert sheet.rows[1][5:9] == ("1100", "Balance at the payment provider", "CNY", "4854.70")
    assert ledger_sheet([]).rows == (sheet.rows[0],)
