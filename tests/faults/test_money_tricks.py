"""Money and people: ten who give one order back, workers that want one message, buyers who help themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.test import Client

from checkout.domain.order import Actor, State
from checkout.errors import OrderStateConflict, RefundTooLarge, StalePreview
from checkout.models import LedgerEntry, Order, Payment, PaymentOperation
from checkout.services import inbox, payments
from checkout.services.cancelling import cancel_order, preview_cancellation
from kernel.audit import verify_chain
from kernel.money import Money
from tests.api.caller import Caller
from tests.factories.gateways import signed
from tests.factories.living import living
from tests.factories.payable import payable_order
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till, balances, pid, till
from tests.support.racing import at_once

__all__ = ["till"]


# ---- At one moment ----


@pytest.fixture
def _on_sale(transactional_db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_on_sale")
@pytest.mark.parametrize("part", [1, 2])
def test_ten_people_give_one_order_back_at_once_and_its_money_goes_back_once(
    till: Till, part: int
) -> None:
    life = living(till, State.RESERVED)
    payment = life.order.payments.get()
    shown = preview_cancellation(order=life.code, now=life.now)
    cancel = partial(
        cancel_order,
        order=life.code,
        reason=None,
        actor="guest",
        by=Actor.BUYER,
        fingerprint=shown["fingerprint"],
        gateway=till.gateway,
        now=life.now,
    )
    by_hand = partial(
        payments.refund_payment,
        payment=payment.code,
        amount=Money(payment.amount // part, payment.currency),
        reason="goodwill",
        actor="staff:1",
        now=life.now,
    )
    answers = at_once(*[cancel, by_hand] * 5)
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(e, RefundTooLarge | OrderStateConflict | StalePreview) for e in errors)

    planned = PaymentOperation.objects.filter(kind="refund", payment=payment)
    assert sum(each.amount or 0 for each in planned) == payment.amount
    for key in planned.values_list("key", flat=True):
        payments.perform(key=key, gateway=till.gateway, now=life.now)
    given = Counter(each.reference for each in till.gateway.refunds_of(pid(life.order)))
    assert given == Counter(planned.values_list("key", flat=True))
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("refunded", payment.amount)
    assert {code for code in balances() if code in {"2000", "2010"}} == set()
    assert verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_six_workers_take_one_message_at_once_and_one_has_it(till: Till) -> None:
    order, _ = payable_order()
    till.start(order)
    message = till.driver.world.succeed(pid(order))
    headers = signed(till.driver, message.body, at=till.clock.now)
    receive = partial(inbox.receive, provider="sandbox", body=message.body, headers=headers)
    assert receive(gateway=till.gateway, now=till.clock.now)
    [number] = inbox.due(now=till.clock.now)
    take = partial(inbox.process, message=number, gateway=till.gateway, now=till.clock.now)
    assert Counter(at_once(*[take] * 6)) == {True: 1, False: 5}
    assert LedgerEntry.objects.count() == 1
    assert inbox.due(now=till.clock.now) == []


# ---- Buyers who help themselves ----


PAYMENT = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/"}


def started(caller: Caller) -> tuple[str, str]:
    """An order that waits for its deposit: its code and the vendor's name of the payment."""
    order = caller.order()["order"]["code"]
    step = caller.post(f"/orders/{order}/payments", PAYMENT, status=201)
    return order, step["redirect_url"].split("/sandbox/pay/")[1].split("?")[0]


def money() -> list[Any]:
    """Orders and payments as they stand, and how much is in the books."""
    orders = list(Order.objects.order_by("pk").values_list("code", "state"))
    rows = Payment.objects.order_by("pk").values_list("code", "state", "amount", "currency")
    return [*orders, *rows, LedgerEntry.objects.count()]


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_an_amount_from_the_browser_is_not_asked_for() -> None:
    caller = Caller("zh-hans")
    order = caller.order()["order"]["code"]
    sent = {**PAYMENT, "amount": 1, "currency": "JPY", "total": "0.01", "payment": {"amount": 1}}
    answer = caller.raw("POST", f"/orders/{order}/payments", sent)
    assert answer.status_code in {201, 422}
    payment = Payment.objects.get()
    deposit = Order.objects.get(code=order).deposit
    assert (payment.amount, payment.currency) == (deposit, "CNY")
    for operation in payment.operations.all():
        assert (operation.params["amount"], operation.params["currency"]) == (deposit, "CNY")


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("whose", ["own", "another"])
def test_a_return_address_that_says_paid_pays_nothing(whose: str) -> None:
    caller, other = Caller("zh-hans"), Caller("zh-hans")
    order, payment = started(caller)
    _, foreign = started(other)
    name = payment if whose == "own" else foreign
    said = {
        "payment_intent": name,
        "payment_intent_client_secret": f"{name}_secret_x",
        "redirect_status": "succeeded",
        "payment": name,
    }
    before = money()
    browser = Client(headers={"X-Order-Token": caller.token})
    browser.get(f"/zh/orders/{order}", {**said, "token": caller.token})
    browser.get(f"/zh/orders/{order}/state", said)
    browser.get("/zh/", said)
    truth = caller.get(f"/orders/{order}", **said)
    assert (truth["state"], truth["money"]["paid"]["amount"]) == ("awaiting_deposit", 0)
    assert money() == before
