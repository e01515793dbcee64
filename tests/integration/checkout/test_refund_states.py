"""Refunds that the vendor pays later, and refunds that come back after they were paid."""

from __future__ import annotations

import pytest

from checkout.gateways import sandbox_books
from checkout.models import Payment, PaymentOperation
from checkout.services import inbox, payments
from checkout.services.vendor_books import pull
from kernel.models import AuditEntry
from kernel.money import Money
from tests.factories.bookkeeping import Shop, accounts
from tests.factories.gateways import SandboxDriver, signed

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("opened", ["sandbox"], indirect=True)]


def at(shop: Shop) -> SandboxDriver:
    assert isinstance(shop.driver, SandboxDriver)
    return shop.driver


def message(shop: Shop, payment: Payment, kind: str) -> None:
    """The vendor tells us something about a payment, and a worker handles it."""
    body = at(shop).world.message(payment.provider_id or "", kind).body
    inbox.receive(
        provider="sandbox",
        body=body,
        headers=signed(at(shop), body, at=shop.clock.now),
        gateway=at(shop).gateway,
        now=shop.clock.now,
    )
    inbox.process_due(gateway=at(shop).gateway, clock=lambda: shop.clock.now)


def state(key: str) -> str:
    return PaymentOperation.objects.get(key=key).state


def slow(shop: Shop, payment: Payment) -> str:
    """A refund that the vendor has accepted and not paid."""
    key = shop.refund(payment, 200_000, sent=False)
    name = payment.provider_id or ""
    at(shop).gateway.refund_payment(name, amount=Money(200_000, payment.currency), key=key)
    sandbox_books.hold_refund(at(shop).world, name, key)
    payments.perform(key=key, gateway=at(shop).gateway, now=shop.clock.now)
    return key


def test_a_pending_refund_is_paid_when_the_vendor_says_so(opened: Shop) -> None:
    payment = opened.paid()
    key = slow(opened, payment)
    name = payment.provider_id or ""
    opened.pull()
    assert (state(key), accounts()["2010"]) == ("sent", -200_000)
    opened.clock.forward(minutes=5)
    payments.sweep_operations(gateway=opened.driver.gateway, now=opened.clock.now)
    assert PaymentOperation.objects.get(key=key).attempts == 1  # asked again after ten minutes
    sandbox_books.release_refund(at(opened).world, name, key)
    opened.clock.forward(minutes=6)
    payments.sweep_operations(gateway=opened.driver.gateway, now=opened.clock.now)
    opened.pull()
    payment.refresh_from_db()
    assert (state(key), payment.refunded, accounts().get("2010")) == ("done", 200_000, None)
    assert opened.differences() == {}


def test_a_message_about_a_refund_ends_its_waiting_at_once(opened: Shop) -> None:
    payment = opened.paid()
    key = slow(opened, payment)
    sandbox_books.release_refund(at(opened).world, payment.provider_id or "", key)
    message(opened, payment, "refund.updated")
    assert state(key) == "done"


@pytest.mark.parametrize("by", ["message", "books"])
def test_a_refund_that_comes_back_has_failed_and_is_made_again_by_transfer(
    opened: Shop, by: str
) -> None:
    payment = opened.paid()
    key = opened.refund(payment, 500_000)
    payment.refresh_from_db()
    assert payment.state == "refunded"
    sandbox_books.fail_refund(at(opened).world, payment.provider_id or "", key)
    if by == "message":
        message(opened, payment, "refund.failed")
        message(opened, payment, "refund.failed")
    for _ in range(2):
        pull(books=opened.books, gateway=opened.driver.gateway, now=opened.clock.now)
    payment.refresh_from_db()
    assert (state(key), payment.state, payment.refunded) == ("failed", "succeeded", 0)
    assert (accounts()["2000"], accounts().get("2010")) == (-500_000, None)
    assert AuditEntry.objects.filter(action="refund-came-back").count() == 1
    assert opened.differences() == {}

    again = PaymentOperation.objects.get(key=opened.refund(payment, 500_000))
    assert again.by_transfer  # the way it came did not work
    opened.pull()
    assert (accounts()["2010"], "2000" in accounts()) == (-500_000, False)
    assert opened.differences() == {}


def test_with_every_message_lost_one_run_restores_everything(opened: Shop) -> None:
    told = opened.paid()
    silent, odd = opened.paid(300_000, told=False), opened.paid(400_000, "EUR", told=False)
    contested = opened.asked(600_000)
    opened.driver.contest(contested.provider_id or "")
    back = opened.refund(told, 200_000)
    sandbox_books.fail_refund(at(opened).world, told.provider_id or "", back)
    opened.driver.pay_out("EUR")

    pull(books=opened.books, gateway=opened.driver.gateway, now=opened.clock.now)
    for payment in (told, silent, odd, contested):
        payment.refresh_from_db()
        assert payment.state == "succeeded"
    orders = [payment.order for payment in (told, silent, odd, contested)]
    for order in orders:
        order.refresh_from_db()
    assert [order.state for order in orders] == ["reserved", "reserved", "reserved", "disputed"]
    assert state(back) == "failed"
    assert opened.differences() == {}
    assert accounts()["2000"] == -(500_000 + 300_000 + 600_000)
