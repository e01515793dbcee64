"""Crashes and silence around every call to the vendor: no money lost, none taken twice."""

from __future__ import annotations

import pytest

from checkout.domain.payments import State
from checkout.errors import (
    GatewayRefused,
    GatewayUnavailable,
)
from checkout.models import LedgerEntry, Order, Payment
from checkout.services import payments
from tests.factories.gateways import Faulty, Killed
from tests.factories.payable import payable_order
from tests.factories.till import Till, balances, pid


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
def test_a_call_planned_for_one_vendor_is_never_sent_to_another(till: Till) -> None:
    order, payment = payable_order()
    silent = Faulty(till.gateway, before={"create_payment": GatewayUnavailable("no answer")})
    with pytest.raises(GatewayUnavailable):
        till.start(order, gateway=silent)
    Payment.objects.update(provider="elsewhere")
    assert till.sweep() == 0
    payments.perform(key=payment.operations.get().key, gateway=till.gateway, now=till.clock.now)
    assert till.at_vendor() == []
    assert payment.operations.get().state == "unknown"


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
def test_the_poller_gives_a_silent_vendor_up_and_goes_on_with_the_others_next_time(
    till: Till,
) -> None:
    codes = []
    for _ in range(5):
        order, payment = payable_order()
        till.start(order)
        codes.append(payment.code)
    till.clock.forward(minutes=2)
    silent = Faulty(till.gateway, before={"fetch_payment": GatewayUnavailable("no answer")})
    assert payments.poll_payments(gateway=silent, now=till.clock.now) == 0
    assert silent.calls == ["fetch_payment"] * 3
    asked = Payment.objects.exclude(polled_at=None).values_list("code", flat=True)
    assert list(asked) == codes[:3]
    payments.poll_payments(gateway=silent, now=till.clock.forward(minutes=1))
    later = Payment.objects.filter(polled_at=till.clock.now).values_list("code", flat=True)
    assert list(later) == [codes[0], *codes[3:]]
    assert payments.poll_payments(gateway=till.gateway, now=till.clock.forward(minutes=1)) == 5


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
