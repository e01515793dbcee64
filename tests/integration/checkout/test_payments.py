"""Starting and settling payments: once, however often it is clicked and told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from catalog.errors import VehicleNotAvailable
from checkout.errors import (
    BadAmount,
    GatewayRefused,
    PaymentMismatch,
    PaymentNotPossible,
    UnknownMethod,
    UnknownOrder,
    UnknownPayment,
)
from checkout.events import DepositPaid, PaymentFailed
from checkout.models import LedgerEntry, Order, Payment, PaymentOperation
from checkout.queries.ledger import deposit_liability
from checkout.services import payments, settlement
from kernel.models import AuditEntry
from kernel.money import Money
from tests.factories.gateways import DECLINED
from tests.factories.payable import NOON, payable_order
from tests.factories.till import Till, balances, pid


@pytest.mark.django_db
def test_a_started_payment_sends_the_buyer_to_the_vendor(till: Till) -> None:
    order, payment = payable_order()
    step = till.start(order)
    assert (step.payment, step.provider, step.state) == (payment.code, "sandbox", "requires_action")
    assert (
        step.redirect_url
        == f"/sandbox/pay/{pid(order)}?return=https%3A%2F%2Fstore.example%2Fpay%2Fback"
    )
    operation = payment.operations.get()
    assert (operation.key, operation.state) == (f"create-{payment.code}-1", "done")
    assert operation.provider_ref == pid(order)


@pytest.mark.django_db
def test_a_double_click_gives_the_same_payment(till: Till) -> None:
    order, _ = payable_order()
    assert till.start(order) == till.start(order)
    assert len(till.at_vendor()) == 1


@pytest.mark.django_db(transaction=True)
def test_ten_starts_at_once_give_one_payment(till: Till) -> None:
    order, payment = payable_order()

    def start(_: int) -> str:
        try:
            return till.start(order).payment
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(start, range(10))) == {payment.code}
    assert len(till.at_vendor()) == 1
    assert PaymentOperation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_retries_at_once_after_a_decline_give_one_further_attempt(till: Till) -> None:
    order, _ = payable_order()
    till.start(order)
    till.driver.decline(pid(order))
    till.settle(pid(order))

    def start(_: int) -> str:
        try:
            return till.start(order).payment
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(start, range(10)))) == 1
    assert list(order.payments.order_by("attempt").values_list("attempt", "state")) == [
        (1, "canceled"),
        (2, "requires_action"),
    ]
    assert len(till.at_vendor()) == 2


@pytest.mark.django_db
def test_a_method_the_door_does_not_offer_is_refused(till: Till) -> None:
    order, _ = payable_order()
    with pytest.raises(UnknownMethod) as caught:
        till.start(order, method="cheque")
    assert caught.value.facts["methods"] == ["card", "alipay", "wechat_pay"]
    assert till.at_vendor() == []


@pytest.mark.django_db
def test_what_cannot_be_paid_is_not_started(till: Till) -> None:
    order, payment = payable_order()
    with pytest.raises(PaymentNotPossible):
        till.start(order, purpose="balance")
    till.clock.forward(minutes=30)
    with pytest.raises(PaymentNotPossible):
        till.start(order)
    Order.objects.update(state="cancelled")
    with pytest.raises(PaymentNotPossible):
        till.start(order)
    Order.objects.update(state="inspection_ready")
    with pytest.raises(PaymentNotPossible):
        till.start(order, purpose="balance")
    order.code = "C26-NOBODY"
    with pytest.raises(UnknownOrder):
        till.start(order)
    payment.refresh_from_db()
    assert payment.state == "created"


@pytest.mark.django_db
def test_an_amount_that_cannot_be_moved_is_not_asked_for(till: Till) -> None:
    order, _ = payable_order(deposit=500_001, currency="KWD")
    with pytest.raises(BadAmount):
        till.start(order)
    assert PaymentOperation.objects.count() == 0


@pytest.mark.django_db
def test_a_retry_after_a_decline_is_a_further_attempt_and_the_old_one_is_closed(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.decline(pid(order))
    till.settle(pid(order))
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("failed", DECLINED)
    assert [event.payment for event in till.events if isinstance(event, PaymentFailed)] == [
        payment.code
    ]
    step = till.start(order)
    assert step.payment != payment.code
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("canceled", DECLINED)
    with pytest.raises(GatewayRefused):
        till.driver.pay(payment.provider_id or "")


@pytest.mark.django_db
def test_a_decline_nobody_told_us_about_is_found_at_the_next_click(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.decline(pid(order))
    assert till.start(order).payment != payment.code


@pytest.mark.django_db
def test_another_method_closes_the_first_attempt(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    step = till.start(order, method="alipay")
    assert step.payment != payment.code
    payment.refresh_from_db()
    assert payment.state == "canceled"


@pytest.mark.django_db
def test_money_on_its_way_is_waited_for_whatever_is_clicked(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.world.delay(pid(order), seconds=60)
    till.settle(pid(order))
    step = till.start(order, method="alipay")
    assert (step.payment, step.state) == (payment.code, "processing")


@pytest.mark.django_db
def test_a_click_after_paying_finds_the_payment_paid_though_no_message_came(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.pay(pid(order))
    assert till.start(order).state == "succeeded"
    order.refresh_from_db()
    assert order.state == "reserved"
    with pytest.raises(PaymentNotPossible):
        till.start(order)
    assert len(till.at_vendor()) == 1


# ---- Settling ----


@pytest.mark.django_db
def test_a_paid_deposit_reserves_the_order_and_is_booked_once(till: Till) -> None:
    order, _ = payable_order()
    payment = till.paid(order)
    assert till.settle(pid(order)) == "succeeded"
    order.refresh_from_db()
    assert (order.state, order.payment_state) == ("reserved", "deposit")
    assert (payment.fee, payment.fee_currency, payment.settled_at) == (14_530, "CNY", NOON)
    assert balances() == {"1100": 485_470, "5000": 14_530, "2000": -500_000}
    assert deposit_liability(order=order.code) == (Money(500_000, "CNY"),)
    entry = LedgerEntry.objects.get()
    assert (entry.key, entry.order) == (f"bt:{payment.balance_transaction}", order)
    told = [event for event in till.events if isinstance(event, DepositPaid)]
    assert told == [DepositPaid(order.code, payment.code, Money(500_000, "CNY"), NOON)]


@pytest.mark.django_db(transaction=True)
def test_ten_workers_settle_one_payment_at_once(till: Till) -> None:
    order, _ = payable_order()
    till.start(order)
    till.driver.pay(pid(order))
    provider_id = pid(order)

    def settle(_: int) -> str:
        try:
            return till.settle(provider_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(settle, range(10))) == {"succeeded"}
    assert LedgerEntry.objects.count() == 1
    assert sum(isinstance(event, DepositPaid) for event in till.events) == 1


@pytest.mark.django_db
def test_an_old_answer_does_not_undo_a_newer_one(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    old = till.gateway.fetch_payment(pid(order))
    asked_at = till.clock.now
    till.clock.forward(seconds=1)
    till.driver.world.delay(pid(order), seconds=60)
    till.settle(pid(order))
    settlement.apply(payment.pk, old, asked_at)
    payment.refresh_from_db()
    assert payment.state == "processing"


@pytest.mark.django_db
def test_another_amount_than_ours_is_booked_as_unidentified_and_does_not_count(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.pay(pid(order))
    Payment.objects.filter(pk=payment.pk).update(amount=500_001)
    for _ in range(2):
        with pytest.raises(PaymentMismatch):
            till.settle(pid(order))
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("failed", "payment-mismatch")
    assert order.state == "awaiting_deposit"
    assert balances() == {"1100": 485_470, "5000": 14_530, "2090": -500_000}
    assert AuditEntry.objects.filter(action="payment-mismatch").count() == 1
    with pytest.raises(PaymentNotPossible):
        till.start(order)
    assert payments.close_open_payments(order=order.code, gateway=till.gateway, now=till.clock.now)


@pytest.mark.django_db
def test_unidentified_money_is_booked_once_the_vendor_has_booked_it(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.pay(pid(order))
    Payment.objects.filter(pk=payment.pk).update(amount=500_001)
    seen = till.gateway.fetch_payment(pid(order))
    settlement.apply(payment.pk, replace(seen, move=None), till.clock.now)
    payment.refresh_from_db()
    assert (payment.failure_code, balances()) == ("payment-mismatch", {})
    for _ in range(2):
        payments.poll_payments(gateway=till.gateway, now=till.clock.forward(minutes=1))
    assert balances() == {"1100": 485_470, "5000": 14_530, "2090": -500_000}
    payment.refresh_from_db()
    assert payment.balance_transaction


@pytest.mark.django_db
def test_somebody_elses_payment_is_not_ours(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    foreign = pid(order)
    Payment.objects.filter(pk=payment.pk).update(code="OTHER", provider_id="sbx_other")
    with pytest.raises(UnknownPayment):
        till.settle(foreign)
    with pytest.raises(UnknownPayment):
        till.settle("sbx_nothing")


@pytest.mark.django_db
def test_money_for_an_expired_order_goes_back_by_itself(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    Order.objects.update(state="expired")
    till.driver.pay(pid(order))
    assert till.settle(pid(order)) == "succeeded"
    assert till.settle(pid(order)) == "succeeded"
    refund = payment.operations.get(kind="refund")
    assert (refund.state, refund.amount, refund.reason) == ("planned", 500_000, "late-payment")
    assert balances() == {"1100": 485_470, "5000": 14_530, "2010": -500_000}
    payments.perform(key=refund.key, gateway=till.gateway, now=till.clock.now)
    payments.perform(key=refund.key, gateway=till.gateway, now=till.clock.now)
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("refunded", 500_000)
    assert balances() == {"1100": -14_530, "5000": 14_530}
    assert deposit_liability() == ()


@pytest.mark.django_db
def test_a_deposit_for_a_car_that_went_to_somebody_else_goes_back(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: Any) -> None:
        raise VehicleNotAvailable("somebody else holds it")

    monkeypatch.setattr("checkout.services.orders.extend_reservation", gone)
    order, _ = payable_order(vin="LZE0000000000TEST")
    payment = till.paid(order)
    order.refresh_from_db()
    assert (order.state, payment.state) == ("awaiting_deposit", "succeeded")
    assert payment.operations.get(kind="refund").reason == "late-payment"
