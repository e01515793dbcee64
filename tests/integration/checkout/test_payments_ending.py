"""Closing payments and giving money back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from checkout.domain.payments import State
from checkout.errors import (
    GatewayRefused,
    GatewayUnavailable,
    PaymentNotPossible,
    RefundTooLarge,
    UnknownPayment,
)
from checkout.gateways.ports import GatewayRefund, PaymentGateway
from checkout.models import Payment
from checkout.services import payments
from kernel.models import Job
from kernel.money import Money
from tests.factories.gateways import Faulty
from tests.factories.payable import payable_order
from tests.factories.till import Till, balances, pid, refund


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
    assert order.payments.get().operations.filter(kind="cancel").count() == 1


@pytest.mark.django_db
def test_closing_finds_the_payment_whose_answer_was_lost(till: Till) -> None:
    order, _ = payable_order()
    lost = Faulty(till.gateway, after={"create_payment": GatewayUnavailable("lost")})
    with pytest.raises(GatewayUnavailable):
        till.start(order, gateway=lost)
    assert payments.close_open_payments(order=order.code, gateway=till.gateway, now=till.clock.now)
    assert till.gateway.fetch_payment(till.at_vendor()[0]).state is State.CANCELED


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "closed"), [("requires_action", True), ("processing", False)])
def test_a_payment_of_another_vendor_holds_an_order_up_only_while_money_is_on_its_way(
    till: Till, caplog: pytest.LogCaptureFixture, state: str, closed: bool
) -> None:
    order, payment = payable_order()
    till.start(order)
    Payment.objects.update(provider="elsewhere", state=state)
    watched = Faulty(till.gateway)
    answer = payments.close_open_payments(order=order.code, gateway=watched, now=till.clock.now)
    payment.refresh_from_db()
    assert (answer, payment.state, watched.calls) == (closed, state, [])
    assert (payment.code in caplog.text) is closed


@pytest.mark.django_db
def test_overdue_orders_are_those_whose_time_is_over(till: Till) -> None:
    order, _ = payable_order()
    assert payments.overdue_orders(now=order.expires_at - timedelta(seconds=1)) == []
    assert payments.overdue_orders(now=order.expires_at) == [order.code]


# ---- Refunds ----


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
def test_a_refund_the_vendor_refuses_leaves_the_debt_as_it_was_and_the_next_goes_by_transfer(
    till: Till,
) -> None:
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
    till.sweep()
    assert balances() == {"1100": 485_470, "5000": 14_530, "2010": -500_000}
    transfer = order.outgoing_transfers.get()
    assert (transfer.why, transfer.state, transfer.amount) == ("failed", "proposed", 500_000)
    assert transfer.operation is not None
    assert transfer.operation.key == key


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
    payments.sweep_operations(gateway=slow, now=till.clock.forward(minutes=11))
    payments.sweep_operations(gateway=slow, now=till.clock.forward(minutes=11))
    payment.refresh_from_db()
    assert payment.state == state
    assert balances() == books
    told = Job.objects.filter(kwargs__kind="checkout.events.RefundSent").count()
    assert told == (outcome == "succeeded")


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
