"""After disputes, late refunds and payouts everything ties out, but for what a person has to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout import tasks
from checkout.events import DisputeTold
from checkout.gateways import sandbox_books
from checkout.models import (
    LedgerEntry,
    LedgerLeg,
    MoneyException,
    Payment,
    PaymentOperation,
    VendorMove,
)
from checkout.services import contesting, payments, reconciling
from checkout.services.vendor_books import pull
from tests.factories.bookkeeping import Shop, accounts, order_of
from tests.factories.gateways import SandboxDriver
from tests.support.racing import at_once


def exceptions(shop: Shop) -> set[tuple[str, str]]:
    """What the tie-out lists an hour and a half later, when nothing is young any more."""
    later = shop.clock.now + timedelta(minutes=90)
    reconciling.run(provider=shop.books.provider, books=shop.books, now=later, by="system")
    rows = MoneyException.objects.filter(state=MoneyException.State.OPEN)
    return set(rows.values_list("kind", "key"))


@pytest.mark.django_db
def test_everything_ties_out_but_what_waits_for_a_person(opened: Shop) -> None:
    opened.paid()
    opened.paid(300_000, "KWD", told=False)
    half = opened.paid(200_000, "JPY")
    opened.refund(half, 100_000)
    _, still_open = opened.contested(400_000)
    _, won = opened.contested(500_000)
    lost_payment, lost = opened.contested(600_000, "EUR")
    waiting, refunded_too = opened.contested(700_000)
    key = opened.refund(waiting, 200_000, sent=False)
    opened.pull()
    opened.driver.decide(won, won=True)
    opened.driver.decide(lost, won=False)
    opened.driver.decide(refunded_too, won=False)
    code = opened.driver.pay_out("JPY")
    opened.driver.end_payout(code, failed=True)
    opened.clock.forward(seconds=1)
    pull(books=opened.books, gateway=opened.driver.gateway, now=opened.clock.now)
    assert opened.differences() == {}
    assert exceptions(opened) == {("E09", still_open)}
    assert order_of(lost_payment).state == "disputed"
    assert PaymentOperation.objects.get(key=key).state == "done"


@pytest.mark.django_db
@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_a_refund_that_came_back_waits_for_a_person_and_nothing_else_does(opened: Shop) -> None:
    payment = opened.paid()
    key = opened.refund(payment, 200_000)
    assert isinstance(opened.driver, SandboxDriver)
    sandbox_books.fail_refund(opened.driver.world, payment.provider_id or "", key)
    pull(books=opened.books, gateway=opened.driver.gateway, now=opened.clock.now)
    assert exceptions(opened) == {("E08", key)}


@pytest.mark.django_db
@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_a_payment_settled_in_another_currency_goes_through_the_exchange_account(
    opened: Shop,
) -> None:
    payment = opened.asked(500_000)
    Payment.objects.filter(pk=payment.pk).update(state="succeeded", settled_at=opened.clock.now)
    now = opened.clock.now
    VendorMove.objects.create(
        provider="sandbox",
        code="txn_fx",
        kind="charge",
        gross=64_100,
        fee=1_889,
        currency="EUR",
        vendor_payment=payment.provider_id or "",
        live=False,
        at=now,
        available_on=now.date(),
        seen_at=now,
    )
    opened.pull()
    assert accounts("EUR") == {"1100": 62_211, "5000": 1_889, "7000": -64_100}
    assert accounts("CNY") == {"2000": -500_000, "7000": 500_000}


@pytest.mark.django_db
@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_the_job_of_ten_minutes_reads_settles_and_posts(
    opened: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = opened.paid(told=False)

    class Door:
        def of(self, provider: str) -> object:
            return opened.driver.gateway if provider == "sandbox" else None

    monkeypatch.setattr(tasks, "open_books", lambda settings: (opened.books,))
    monkeypatch.setattr(tasks, "open_doors", lambda settings: Door())
    monkeypatch.setattr(tasks, "now", lambda: opened.clock.forward(seconds=1))
    tasks.read_vendor_books.call()
    payment.refresh_from_db()
    assert payment.state == "succeeded"
    assert opened.differences() == {}
    assert isinstance(opened.driver, SandboxDriver)
    opened.driver.world.contest(payment.provider_id or "")
    told = DisputeTold(provider="sandbox", payment=payment.provider_id or "", at=opened.clock.now)
    tasks.on_dispute_told(told, event_id="1")
    assert order_of(payment).state == "disputed"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_books_settlement_refunds_and_disputes_at_once_post_each_thing_once(opened: Shop) -> None:
    unsettled = [opened.paid(told=False) for _ in range(6)]
    refunded = opened.paid()
    key = opened.refund(refunded, 300_000, sent=False)
    contested = opened.paid()
    assert isinstance(opened.driver, SandboxDriver)
    opened.driver.world.contest(contested.provider_id or "")
    name = contested.provider_id or ""

    def settle() -> None:
        for payment in unsettled:
            opened.settled(payment)

    def send() -> None:
        payments.perform(key=key, gateway=opened.driver.gateway, now=opened.clock.now)

    def hear() -> int:
        return contesting.look(books=opened.books, payment=name, now=opened.clock.now)

    answers = at_once(opened.pull, opened.pull, opened.pull, settle, send, hear, hear)
    assert [each for each in answers if isinstance(each, Exception)] == []
    opened.pull()
    assert opened.differences() == {}
    assert LedgerEntry.objects.filter(kind="charge").count() == 8
    assert LedgerEntry.objects.filter(kind__in=["refund", "dispute"]).count() == 2
    assert LedgerLeg.objects.filter(account="1100").count() == 10
    told = list(order_of(contested).events.values_list("kind", flat=True))
    assert (told.count("order-disputed"), told.count("payment-contested")) == (1, 0)
