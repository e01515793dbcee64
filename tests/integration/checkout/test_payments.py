"""Starting, settling, closing and refunding payments: once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.errors import VehicleNotAvailable
from checkout.domain.payments import State
from checkout.errors import (
    BadAmount,
    GatewayRefused,
    GatewayUnavailable,
    PaymentMismatch,
    PaymentNotPossible,
    RefundTooLarge,
    UnknownMethod,
    UnknownOrder,
    UnknownPayment,
)
from checkout.events import DepositPaid, PaymentFailed
from checkout.gateways.ports import GatewayRefund, PaymentGateway
from checkout.models import LedgerEntry, Order, Payment, PaymentOperation
from checkout.queries.ledger import accounts_with_totals, deposit_liability
from checkout.services import payments, settlement
from checkout.services.payments import PaymentStep
from kernel.models import AuditEntry
from kernel.money import Money
from tests.factories.gateways import DECLINED, Clock, Faulty, Killed, SandboxDriver, sandbox
from tests.factories.payable import NOON, payable_order

BACK = "https://store.example/pay/back"


@dataclass
class Till:
    """A shop's till at a sandbox whose clock the test moves."""

    driver: SandboxDriver
    clock: Clock
    events: list[Any]

    @property
    def gateway(self) -> PaymentGateway:
        return self.driver.gateway

    def start(
        self, order: Order, *, method: str = "card", gateway: Any = None, purpose: str = "deposit"
    ) -> PaymentStep:
        return payments.start_payment(
            order=order.code,
            purpose=purpose,
            method=method,
            return_url=BACK,
            gateway=gateway or self.gateway,
            now=self.clock.now,
        )

    def at_vendor(self) -> list[str]:
        return [document["id"] for document in self.driver.world.payments()]

    def settle(self, provider_id: str) -> str:
        return payments.settle(
            provider="sandbox", provider_id=provider_id, gateway=self.gateway, now=self.clock.now
        )

    def paid(self, order: Order) -> Payment:
        """The deposit of `order`, paid and settled."""
        self.start(order)
        payment = order.payments.last()
        assert payment is not None
        self.driver.pay(payment.provider_id or "")
        self.settle(payment.provider_id or "")
        payment.refresh_from_db()
        return payment

    def sweep(self) -> int:
        self.clock.forward(seconds=61)
        return payments.sweep_operations(gateway=self.gateway, now=self.clock.now)


@pytest.fixture
def till(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Till:
    clock = Clock(NOON)
    events: list[Any] = []

    def heard(publish: Callable[[Any], str]) -> Callable[[Any], str]:
        def both(event: Any) -> str:
            events.append(event)
            return publish(event)

        return both

    for module in (
        "checkout.services.settlement",
        "checkout.services.operations",
        "checkout.services.orders",
    ):
        path = f"{module}.publish"
        monkeypatch.setattr(path, heard(__import__(module, fromlist=["publish"]).publish))
    return Till(sandbox(tmp_path / "sandbox", clock), clock, events)


def only(order: Order) -> Payment:
    return order.payments.get()


def pid(order: Order) -> str:
    found = order.payments.order_by("attempt").last()
    assert found is not None
    return found.provider_id or ""


def balances() -> dict[str, int]:
    return {total.code: total.balance.minor for total in accounts_with_totals() if total.balance}


# ---- Starting ----


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


# ---- Crashes between the stored operation and the stored result ----


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_that_dies_around_the_call_leaves_one_payment(till: Till, moment: str) -> None:
    order, payment = payable_order()
    broken = Faulty(till.gateway, **{moment: {"create_payment": Killed()}})
    with pytest.raises(Killed):
        till.start(order, gateway=broken)
    assert payment.operations.get().state == "sent"
    assert till.sweep() == 1
    payment.refresh_from_db()
    assert (payment.state, [payment.provider_id]) == ("requires_action", till.at_vendor())
    assert till.start(order).payment == payment.code
    assert len(till.at_vendor()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_answer_that_never_came_is_unknown_until_the_sweeper_asks(
    till: Till, moment: str
) -> None:
    order, payment = payable_order()
    silent = Faulty(till.gateway, **{moment: {"create_payment": GatewayUnavailable("no answer")}})
    with pytest.raises(GatewayUnavailable):
        till.start(order, gateway=silent)
    assert payment.operations.get().state == "unknown"
    payments.sweep_operations(gateway=till.gateway, now=till.clock.now)
    assert payment.operations.get().state == "unknown", "it is given a minute first"
    assert till.sweep() == 1
    assert payment.operations.get().state == "done"
    assert len(till.at_vendor()) == 1


@pytest.mark.django_db
def test_a_message_may_come_before_the_answer_it_overtook(till: Till) -> None:
    order, payment = payable_order()
    lost = Faulty(till.gateway, after={"create_payment": GatewayUnavailable("lost")})
    with pytest.raises(GatewayUnavailable):
        till.start(order, gateway=lost)
    (provider_id,) = till.at_vendor()
    till.driver.pay(provider_id)
    assert till.settle(provider_id) == "succeeded"
    till.sweep()
    payment.refresh_from_db()
    assert (payment.state, payment.provider_id) == ("succeeded", provider_id)
    assert LedgerEntry.objects.count() == 1


@pytest.mark.django_db
def test_a_forgotten_key_is_never_sent_again_the_payment_is_looked_up(till: Till) -> None:
    order, payment = payable_order()
    lost = Faulty(till.gateway, after={"create_payment": GatewayUnavailable("lost")})
    with pytest.raises(GatewayUnavailable):
        till.start(order, gateway=lost)
    till.clock.forward(hours=23)
    watched = Faulty(till.gateway)
    assert payments.sweep_operations(gateway=watched, now=till.clock.now) == 1
    assert "create_payment" not in watched.calls
    assert payment.operations.get(kind="create").provider_ref == till.at_vendor()[0]


@pytest.mark.django_db
def test_a_forgotten_key_without_a_trace_at_the_vendor_has_failed(till: Till) -> None:
    order, payment = payable_order()
    silent = Faulty(till.gateway, before={"create_payment": GatewayUnavailable("no answer")})
    with pytest.raises(GatewayUnavailable):
        till.start(order, gateway=silent)
    till.clock.forward(hours=23)
    payments.sweep_operations(gateway=till.gateway, now=till.clock.now)
    payment.refresh_from_db()
    assert (payment.state, payment.operations.get().state) == ("failed", "failed")


@pytest.mark.django_db
def test_a_payment_that_turns_up_for_an_ended_order_is_closed(till: Till) -> None:
    order, payment = payable_order()
    lost = Faulty(till.gateway, after={"create_payment": GatewayUnavailable("lost")})
    with pytest.raises(GatewayUnavailable):
        till.start(order, gateway=lost)
    Order.objects.update(state="cancelled")
    till.sweep()
    payment.refresh_from_db()
    assert payment.state == "canceled"
    assert till.gateway.fetch_payment(pid(order)).state is State.CANCELED


@pytest.mark.django_db
def test_a_refused_payment_has_failed_and_the_next_click_is_a_further_attempt(till: Till) -> None:
    order, payment = payable_order()
    refusing = Faulty(
        till.gateway, before={"create_payment": GatewayRefused("currency not enabled")}
    )
    with pytest.raises(GatewayRefused):
        till.start(order, gateway=refusing)
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("failed", "refused")
    assert till.start(order).payment != payment.code


# ---- Closing ----


@pytest.mark.django_db
def test_an_order_without_a_click_is_closed_without_a_call(till: Till) -> None:
    order, payment = payable_order()
    watched = Faulty(till.gateway)
    assert payments.close_open_payments(order=order.code, gateway=watched, now=till.clock.now)
    payment.refresh_from_db()
    assert (payment.state, watched.calls) == ("canceled", [])


@pytest.mark.django_db
def test_a_closed_payment_takes_no_money_any_more(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    for _ in range(2):
        assert payments.close_open_payments(
            order=order.code, gateway=till.gateway, now=till.clock.now
        )
    with pytest.raises(GatewayRefused):
        till.driver.pay(pid(order))
    assert payment.operations.filter(kind="cancel").count() == 1


@pytest.mark.django_db
def test_money_that_came_before_the_closing_pays_the_order(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.pay(pid(order))
    assert payments.close_open_payments(order=order.code, gateway=till.gateway, now=till.clock.now)
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.state, order.state) == ("succeeded", "reserved")


@pytest.mark.django_db
def test_money_on_its_way_keeps_an_order_open(till: Till) -> None:
    order, _ = payable_order()
    till.start(order)
    till.driver.world.delay(pid(order), seconds=60)
    assert not payments.close_open_payments(
        order=order.code, gateway=till.gateway, now=till.clock.now
    )
    till.clock.forward(seconds=60)
    assert payments.close_open_payments(order=order.code, gateway=till.gateway, now=till.clock.now)
    order.refresh_from_db()
    assert order.state == "reserved"


@pytest.mark.django_db
def test_a_silent_vendor_keeps_an_order_open(till: Till) -> None:
    order, _ = payable_order()
    till.start(order)
    silent = Faulty(till.gateway, before={"cancel_payment": GatewayUnavailable("no answer")})
    assert not payments.close_open_payments(order=order.code, gateway=silent, now=till.clock.now)
    assert payments.close_open_payments(order=order.code, gateway=till.gateway, now=till.clock.now)
    assert only(order).operations.filter(kind="cancel").count() == 1


@pytest.mark.django_db
def test_closing_finds_the_payment_whose_answer_was_lost(till: Till) -> None:
    order, _ = payable_order()
    lost = Faulty(till.gateway, after={"create_payment": GatewayUnavailable("lost")})
    with pytest.raises(GatewayUnavailable):
        till.start(order, gateway=lost)
    assert payments.close_open_payments(order=order.code, gateway=till.gateway, now=till.clock.now)
    assert till.gateway.fetch_payment(till.at_vendor()[0]).state is State.CANCELED


@pytest.mark.django_db
def test_overdue_orders_are_those_whose_time_is_over(till: Till) -> None:
    order, _ = payable_order()
    assert payments.overdue_orders(now=order.expires_at - timedelta(seconds=1)) == []
    assert payments.overdue_orders(now=order.expires_at) == [order.code]


# ---- Refunds ----


def refund(till: Till, payment: Payment, minor: int) -> str:
    return payments.refund_payment(
        payment=payment.code,
        amount=Money(minor, payment.currency),
        reason="buyer-cancelled",
        actor="staff:1",
        now=till.clock.now,
    )


@pytest.mark.django_db
def test_refunds_in_parts_never_exceed_what_was_paid(till: Till) -> None:
    order, _ = payable_order()
    payment = till.paid(order)
    first = refund(till, payment, 300_000)
    with pytest.raises(RefundTooLarge):
        refund(till, payment, 200_001)
    payments.perform(key=first, gateway=till.gateway, now=till.clock.now)
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("succeeded", 300_000)
    payments.perform(key=refund(till, payment, 200_000), gateway=till.gateway, now=till.clock.now)
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("refunded", 500_000)
    assert balances() == {"1100": -14_530, "5000": 14_530}


@pytest.mark.django_db(transaction=True)
def test_ten_people_refund_one_payment_at_once(till: Till) -> None:
    order, _ = payable_order()
    payment = till.paid(order)

    def give_back(_: int) -> int:
        try:
            refund(till, payment, 300_000)
        except RefundTooLarge:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(give_back, range(10))) == 1
    assert payment.operations.filter(kind="refund").count() == 1


@pytest.mark.django_db
def test_what_was_not_paid_is_not_refunded(till: Till) -> None:
    _, payment = payable_order()
    with pytest.raises(PaymentNotPossible):
        refund(till, payment, 1)
    payment.code = "NOBODY"
    with pytest.raises(UnknownPayment):
        refund(till, payment, 1)


@pytest.mark.django_db
def test_a_refund_the_vendor_refuses_leaves_the_debt_as_it_was(till: Till) -> None:
    order, _ = payable_order()
    payment = till.paid(order)
    key = refund(till, payment, 500_000)
    refusing = Faulty(till.gateway, before={"refund_payment": GatewayRefused("too old")})
    with pytest.raises(GatewayRefused):
        payments.perform(key=key, gateway=refusing, now=till.clock.now)
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("succeeded", 0)
    assert balances() == {"1100": 485_470, "5000": 14_530, "2000": -500_000}
    payments.perform(key=refund(till, payment, 500_000), gateway=till.gateway, now=till.clock.now)
    assert balances() == {"1100": -14_530, "5000": 14_530}


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [0, 23])
def test_a_refund_whose_answer_was_lost_is_made_once(till: Till, hours: int) -> None:
    order, _ = payable_order()
    payment = till.paid(order)
    key = refund(till, payment, 500_000)
    lost = Faulty(till.gateway, after={"refund_payment": GatewayUnavailable("lost")})
    with pytest.raises(GatewayUnavailable):
        payments.perform(key=key, gateway=lost, now=till.clock.now)
    till.clock.forward(hours=hours)
    assert till.sweep() == 1
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("refunded", 500_000)
    assert len(till.gateway.refunds_of(pid(order))) == 1
    assert balances() == {"1100": -14_530, "5000": 14_530}


@dataclass
class SlowRefunds:
    """A door whose refunds take their time; `outcome` is what becomes of them."""

    gateway: PaymentGateway
    outcome: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.gateway, name)

    def refund_payment(self, provider_id: str, *, amount: Money, key: str) -> GatewayRefund:
        made = self.gateway.refund_payment(provider_id, amount=amount, key=key)
        return replace(made, state="pending", move=None)

    def refunds_of(self, provider_id: str) -> tuple[GatewayRefund, ...]:
        return tuple(
            replace(found, state=self.outcome) for found in self.gateway.refunds_of(provider_id)
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcome", "state", "books"),
    [
        ("succeeded", "refunded", {"1100": -14_530, "5000": 14_530}),
        ("pending", "succeeded", {"1100": 485_470, "5000": 14_530, "2010": -500_000}),
        ("failed", "succeeded", {"1100": 485_470, "5000": 14_530, "2000": -500_000}),
    ],
)
def test_a_refund_that_takes_its_time_is_followed_to_its_end(
    till: Till, outcome: str, state: str, books: dict[str, int]
) -> None:
    order, _ = payable_order()
    payment = till.paid(order)
    slow: Any = SlowRefunds(till.gateway, outcome)
    payments.perform(key=refund(till, payment, 500_000), gateway=slow, now=till.clock.now)
    assert balances() == {"1100": 485_470, "5000": 14_530, "2010": -500_000}
    payments.sweep_operations(gateway=slow, now=till.clock.forward(seconds=61))
    payments.sweep_operations(gateway=slow, now=till.clock.forward(seconds=61))
    payment.refresh_from_db()
    assert payment.state == state
    assert balances() == books


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_cancel_that_nobody_heard_of_for_a_day_is_looked_up(till: Till, moment: str) -> None:
    order, payment = payable_order()
    till.start(order)
    silent = Faulty(till.gateway, **{moment: {"cancel_payment": GatewayUnavailable("no answer")}})
    assert not payments.close_open_payments(order=order.code, gateway=silent, now=till.clock.now)
    watched = Faulty(till.gateway)
    payments.sweep_operations(gateway=watched, now=till.clock.forward(hours=23))
    assert "cancel_payment" not in watched.calls
    payment.refresh_from_db()
    done = payment.operations.get(kind="cancel").state
    assert (payment.state, done) == {
        "before": ("requires_action", "failed"),
        "after": ("canceled", "done"),
    }[moment]
    assert payments.close_open_payments(order=order.code, gateway=till.gateway, now=till.clock.now)


# ---- Polling ----


@pytest.mark.django_db
def test_the_poller_finds_what_no_message_told(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.world.delay(pid(order), seconds=30)
    till.settle(pid(order))
    assert payments.poll_payments(gateway=till.gateway, now=till.clock.now) == 0, "seen just now"
    till.clock.forward(seconds=30)
    assert payments.poll_payments(gateway=till.gateway, now=till.clock.now) == 1
    payment.refresh_from_db()
    assert payment.state == "succeeded"
    assert payments.poll_payments(gateway=till.gateway, now=till.clock.forward(minutes=5)) == 0


@pytest.mark.django_db
def test_the_poller_outlives_a_silent_vendor(till: Till) -> None:
    order, _ = payable_order()
    till.start(order)
    till.clock.forward(minutes=2)
    silent = Faulty(till.gateway, before={"fetch_payment": GatewayUnavailable("no answer")})
    assert payments.poll_payments(gateway=silent, now=till.clock.now) == 0


@pytest.mark.django_db
def test_a_payment_that_the_vendor_books_later_is_booked_when_it_does(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, payment = payable_order()
    till.start(order)
    till.driver.pay(pid(order))
    with monkeypatch.context() as patched:
        patched.setattr("checkout.gateways.sandbox._move", lambda *_: None)
        assert till.settle(pid(order)) == "succeeded"
    assert LedgerEntry.objects.count() == 0
    assert payments.poll_payments(gateway=till.gateway, now=till.clock.now) == 1
    assert balances() == {"1100": 485_470, "5000": 14_530, "2000": -500_000}
    payment.refresh_from_db()
    assert payment.fee == 14_530
