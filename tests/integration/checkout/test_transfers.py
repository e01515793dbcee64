"""Paying by bank transfer: what is told stays told, the order waits, and no two attempts can both take money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from checkout.domain.transfers import references_in
from checkout.errors import OrderStateConflict, PaymentNotPossible, UnknownMethod, UnknownOrder
from checkout.gateways.doors import Doors
from checkout.models import Order, Payment
from checkout.services.expiry import expire_orders
from checkout.services.transfers import begin_transfer, instructions_of
from kernel.money import Money
from tests.factories.payable import NOON, payable_order
from tests.factories.shelf import put_on_sale
from tests.factories.till import Till, till

__all__ = ["till"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on_sale() -> None:
    """The demo catalogue is on sale."""
    put_on_sale()


@pytest.fixture
def order(on_sale: None) -> Order:
    """An order of the German market that waits for EUR 500."""
    found, _ = payable_order(deposit=50_000, currency="EUR")
    Order.objects.filter(pk=found.pk).update(market="DE")
    found.refresh_from_db()
    return found


def last(order: Order) -> Payment:
    found = order.payments.order_by("attempt").last()
    assert found is not None
    return found


def test_a_deposit_by_transfer_waits_as_long_as_the_market_says(order: Order) -> None:
    told = begin_transfer(order=order.code, purpose="deposit", now=NOON)
    payment = last(order)
    assert (payment.provider, payment.method, payment.state) == (
        "bank",
        "bank_transfer",
        "requires_action",
    )
    assert (payment.provider_id, payment.operations.count()) == (None, 0)
    assert told == instructions_of(payment)
    assert told.amount == Money.of("500.00", "EUR")
    assert told.until == NOON + timedelta(days=5)
    assert references_in(f"ANZAHLUNG {told.reference}").orders == (order.code,)
    assert (told.account.number, told.account.bic) == ("DE02120300000000202051", "BYLADEM1001")
    order.refresh_from_db()
    assert order.expires_at == told.until


def test_asked_twice_it_is_one_payment_with_the_same_words(order: Order) -> None:
    first = begin_transfer(order=order.code, purpose="deposit", now=NOON)
    later = begin_transfer(order=order.code, purpose="deposit", now=NOON + timedelta(days=2))
    assert (later, order.payments.count()) == (first, 1)


def test_a_changed_catalogue_changes_nothing_for_a_transfer_that_was_begun(order: Order) -> None:
    first = begin_transfer(order=order.code, purpose="deposit", now=NOON)

    def moved(document: dict[str, Any]) -> None:
        for row in document["payment_methods"]:
            if row["code"] == "de-transfer":
                row["account"]["number"] = "DE75512108001245126199"

    put_on_sale(moved)
    assert begin_transfer(order=order.code, purpose="deposit", now=NOON) == first


def test_where_the_row_names_no_deposit_no_car_is_held_for_a_promise(on_sale: None) -> None:
    found, payment = payable_order()
    with pytest.raises(UnknownMethod) as refused:
        begin_transfer(order=found.code, purpose="deposit", now=NOON)
    assert refused.value.facts["methods"] == ["alipay", "wechat_pay", "card"]
    payment.refresh_from_db()
    assert (payment.provider, payment.state) == ("", "created")


def test_a_card_attempt_is_closed_at_its_vendor_before_a_transfer_is_waited_for(
    order: Order, till: Till
) -> None:
    till.start(order)
    vendors = till.at_vendor()
    begin_transfer(order=order.code, purpose="deposit", now=NOON, doors=Doors(till.gateway))
    assert till.driver.world.payment(vendors[0])["state"] == "canceled"
    states = list(order.payments.values_list("provider", "state"))
    assert states == [("sandbox", "canceled"), ("bank", "requires_action")]


def test_without_the_vendors_door_a_card_attempt_is_not_left_open(order: Order, till: Till) -> None:
    till.start(order)
    with pytest.raises(PaymentNotPossible):
        begin_transfer(order=order.code, purpose="deposit", now=NOON)
    assert last(order).provider == "sandbox"


def test_money_on_its_way_is_not_asked_for_again(order: Order, till: Till) -> None:
    step = till.start(order)
    pid = last(order).provider_id or ""
    till.driver.world.delay(pid, seconds=60)
    till.settle(pid)
    with pytest.raises(PaymentNotPossible):
        begin_transfer(
            order=order.code, purpose="deposit", now=till.clock.now, doors=Doors(till.gateway)
        )
    assert last(order).code == step.payment


def test_another_way_chosen_the_transfer_is_waited_for_no_more(order: Order, till: Till) -> None:
    begin_transfer(order=order.code, purpose="deposit", now=NOON)
    till.start(order)
    states = list(order.payments.values_list("provider", "state"))
    assert states == [("bank", "canceled"), ("sandbox", "requires_action")]


def test_a_transfer_that_did_not_come_lets_the_order_expire(order: Order, till: Till) -> None:
    told = begin_transfer(order=order.code, purpose="deposit", now=NOON)
    early = told.until - timedelta(seconds=1)
    assert expire_orders(gateway=till.gateway, now=early) == 0
    assert expire_orders(gateway=till.gateway, now=told.until) == 1
    assert last(order).state == "canceled"
    with pytest.raises((OrderStateConflict, PaymentNotPossible)):
        begin_transfer(order=order.code, purpose="deposit", now=told.until)


def test_a_balance_whose_day_has_passed_is_given_a_new_one(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state="inspection_ready")
    Payment.objects.filter(order=order).update(purpose="balance", amount=30_000_00)
    first = begin_transfer(order=order.code, purpose="balance", now=NOON)
    again = begin_transfer(order=order.code, purpose="balance", now=first.until)
    assert again.until == first.until + timedelta(days=14)
    assert (again.payment, again.amount) == (first.payment, Money.of("30000.00", "EUR"))


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(UnknownOrder):
        begin_transfer(order="C26-NOSUCHXX", purpose="deposit", now=NOON)
