"""A month of the books closes when nothing stands against it, is frozen, and takes no entry after that."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from checkout.domain.closing import month_named
from checkout.domain.ledger import Leg, receipt_legs, refund_approved_legs
from checkout.errors import PeriodClosed, PeriodNotReady
from checkout.models import ClosedPeriod, LedgerEntry, LedgerLeg, MoneyException, ReconciliationRun
from checkout.queries.closing import (
    aging,
    frozen,
    months,
    roll_forward_of,
    seal,
    trial_balance_at,
)
from checkout.services import closing
from checkout.services.ledger import post, reverse
from kernel.models import AuditEntry
from kernel.money import Money
from storefront.api.errors import answer_for
from tests.factories.payable import payable_order
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db

LAST = datetime(2026, 11, 30, 15, 59, 59, 999_999, tzinfo=UTC)
"""The last moment of November in Shanghai."""
FIRST = LAST + timedelta(microseconds=1)
LATER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def received(key: str, at: datetime, minor: int = 500_000, order: Any = None) -> None:
    legs = receipt_legs(paid=cny(minor), gross=cny(minor), fee=cny(0))
    post(key=key, kind="charge", order=order, legs=legs, now=at)


def compared(at: datetime = LATER) -> None:
    """A run of the tie-out that found nothing."""
    ReconciliationRun.objects.create(
        provider="sandbox", started_at=at, finished_at=at, started_by="system"
    )


def close(month: str = "2026-11", now: datetime = LATER) -> ClosedPeriod:
    return closing.close_month(month=month, actor="staff:1", now=now)


def test_a_closed_month_is_frozen_with_its_digest_and_told_once() -> None:
    order, _ = payable_order()
    received("bt:1", LAST, order=order)
    received("bt:2", FIRST, minor=700, order=order)
    compared()
    row = close()
    assert close() == row
    assert row.ends_at == FIRST
    assert row.trial_balance == [
        {"account": "1100", "currency": "CNY", "debit": 500_000, "credit": 0, "balance": 500_000},
        {"account": "2000", "currency": "CNY", "debit": 0, "credit": 500_000, "balance": -500_000},
    ]
    (rolled,) = row.rolled
    assert (rolled["opening"], rolled["received"], rolled["closing"]) == (0, 500_000, 500_000)
    assert row.aging == [
        {
            "order": order.code,
            "currency": "CNY",
            "amount": 500_000,
            "since": "2026-11-30",
            "days": 0,
        }
    ]
    assert row.sha256 == seal("2026-11", frozen(month_named("2026-11")))
    told = AuditEntry.objects.get(subject="period:2026-11")
    assert (told.action, told.actor) == ("period-closed", "staff:1")
    assert told.facts["sha256"] == row.sha256


def test_nothing_is_posted_into_a_closed_month_and_a_correction_stands_in_the_open_one() -> None:
    received("bt:1", LAST)
    compared()
    close()
    with pytest.raises(PeriodClosed) as refused, transaction.atomic():
        received("bt:2", LAST)
    answer = answer_for(refused.value)
    assert (answer.status_code, refused.value.facts["period"]) == (409, "2026-11")
    assert not LedgerEntry.objects.filter(key="bt:2").exists()
    received("bt:3", FIRST)
    assert reverse(key="bt:1", now=LATER, note="booked twice") is True
    (row,) = roll_forward_of("2026-12")
    assert (row.opening, row.received, row.closing) == (cny(500_000), cny(0), cny(500_000))
    assert ClosedPeriod.objects.get().rolled[0]["closing"] == 500_000


@pytest.mark.parametrize(
    ("zone", "last"),
    [
        ("Asia/Shanghai", datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_month_ends_at_midnight_of_the_books_zone(
    zone: str, last: datetime, settings: Any
) -> None:
    settings.BOOKS_ZONE = zone
    received("bt:1", last)
    received("bt:2", last + timedelta(seconds=1), minor=700)
    (november,), (december,) = roll_forward_of("2026-11"), roll_forward_of("2026-12")
    assert (november.received, december.received) == (cny(500_000), cny(700))
    (early,) = [facts for facts in months(last) if facts.name == "2026-11"]
    assert early.reasons == ("not-over",)
    compared()
    close()
    with pytest.raises(PeriodClosed), transaction.atomic():
        received("bt:3", last)
    received("bt:3", last + timedelta(seconds=1))


def test_what_stands_against_a_close_is_said_and_nothing_is_closed() -> None:
    received("bt:1", datetime(2026, 9, 3, tzinfo=UTC))
    MoneyException.objects.create(kind="E12", key="x", opened_at=LATER, seen_at=LATER)
    MoneyException.objects.create(kind="E05", key="x", opened_at=LATER, seen_at=LATER)
    with pytest.raises(PeriodNotReady) as refused:
        close()
    assert refused.value.facts["reasons"] == ["not-compared", "exceptions: E12"]
    MoneyException.objects.update(state="resolved")
    compared(LAST)
    with pytest.raises(PeriodNotReady, match="not-compared"):
        close()
    compared()
    close("2026-09")
    with pytest.raises(PeriodNotReady, match="gap-before"):
        close()
    with pytest.raises(PeriodNotReady, match="no-month|is no month"):
        close("2026-13")
    assert [(m.name, m.closed, m.reasons) for m in months(LATER)] == [
        ("2026-12", False, ("not-over", "gap-before")),
        ("2026-11", False, ("gap-before",)),
        ("2026-10", False, ()),
        ("2026-09", True, ()),
    ]
    assert all(month.whole for month in months(LATER))


def test_somebody_else_cannot_close_a_closed_month_again() -> None:
    compared()
    close()
    with pytest.raises(PeriodNotReady, match="closed-already"):
        closing.close_month(month="2026-11", actor="staff:2", now=LATER)


def test_a_close_whose_process_died_before_it_was_told_is_told_by_the_next_call() -> None:
    period = month_named("2026-11")
    ClosedPeriod.objects.create(
        name=period.name,
        first_on=period.first,
        last_on=period.last,
        ends_at=FIRST,
        sha256=seal(period.name, frozen(period)),
        closed_by="staff:1",
        closed_at=LATER,
        **frozen(period),
    )
    assert close().name == "2026-11"
    assert AuditEntry.objects.filter(subject="period:2026-11").count() == 1


def test_what_was_closed_cannot_be_changed() -> None:
    compared()
    close()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ClosedPeriod.objects.update(sha256="")


def test_a_row_written_past_the_service_is_refused_too() -> None:
    compared()
    close()
    with pytest.raises(DatabaseError, match="period-closed"), transaction.atomic():
        LedgerEntry.objects.create(key="by-hand", kind="x", posted_at=LAST)


@pytest.mark.postgres
def test_postgres_refuses_further_legs_for_an_entry_of_a_closed_month() -> None:
    received("bt:1", LAST)
    compared()
    close()
    with pytest.raises(DatabaseError, match="period-closed"), transaction.atomic():
        LedgerLeg.objects.create(
            entry=LedgerEntry.objects.get(), account="1000", currency="CNY", amount=5
        )


def test_posting_costs_no_statement_more_because_months_close() -> None:
    compared()
    close()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        received("bt:9", LATER)
    said = [query["sql"] for query in asked if "checkout_" in query["sql"]]
    assert [sql.split()[0] for sql in said] == ["SELECT", "INSERT", "INSERT"]


def test_deposits_are_as_old_as_the_first_money_of_their_order() -> None:
    young, _ = payable_order()
    old, _ = payable_order()
    done, _ = payable_order()
    received("bt:1", LATER - timedelta(days=31), order=old)
    received("bt:2", LATER - timedelta(days=1), order=old)
    received("bt:3", LATER - timedelta(days=30), minor=900, order=young)
    received("bt:4", LATER - timedelta(days=200), order=done)
    post(
        key="rf:1",
        kind="x",
        order=done,
        legs=refund_approved_legs(cny(500_000)),
        now=LATER,
    )
    post(
        key="own:1",
        kind="x",
        order=None,
        legs=[Leg("1000", cny(5)), Leg("2000", cny(-5))],
        now=LATER,
    )
    found = aging(LATER + timedelta(hours=1))
    assert [(row.order, row.amount, row.days, row.bucket) for row in found] == [
        (old.code, cny(1_000_000), 31, "31-60"),
        (young.code, cny(900), 30, "0-30"),
        ("", cny(5), 0, "0-30"),
    ]
    assert found[0].since == date(2026, 10, 31)
    assert sum(row.balance.minor for row in trial_balance_at("2026-12")) == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_posted_while_a_month_closes_is_frozen_with_it_or_refused() -> None:
    compared()
    answers = at_once(
        *(lambda number=number: received(f"bt:{number}", LAST) for number in range(12)),
        lambda: close(),
    )
    row = ClosedPeriod.objects.get()
    posted = LedgerEntry.objects.filter(posted_at__lt=row.ends_at).count()
    refused = [answer for answer in answers if isinstance(answer, PeriodClosed)]
    assert posted + len(refused) == 12
    assert [answer for answer in answers[:-1] if answer not in (None, *refused)] == []
    assert sum(leg["debit"] for leg in row.trial_balance) == posted * 500_000
    assert row.sha256 == seal(row.name, frozen(month_named(row.name)))
