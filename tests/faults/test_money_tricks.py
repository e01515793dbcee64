"""Money and people: ten who give one order back, workers that want one message, buyers who help themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.domain.order import Actor, State
from checkout.errors import OrderStateConflict, RefundTooLarge, StalePreview
from checkout.models import LedgerEntry, Order, Payment, PaymentOperation
from checkout.services import inbox, payments
from checkout.services.cancelling import cancel_order, preview_cancellation
from kernel.audit import verify_chain
from kernel.crypto import token_digest
from kernel.money import Money
from tests.api.caller import Caller
from tests.factories.gateways import signed
from tests.factories.living import Life, living
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
    both: list[Callable[[], Any]] = [cancel, by_hand]
    answers = at_once(*both * 5)
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


def money() -> list[Any]:
    """Orders and payments as they stand, and how much is in the books."""
    orders = list(Order.objects.order_by("pk").values_list("code", "state"))
    rows = Payment.objects.order_by("pk").values_list("code", "state", "amount", "currency")
    return [*orders, *rows, LedgerEntry.objects.count()]


def buyer_of(life: Life) -> Caller:
    """Somebody with the token of that order, whose time to pay is not over on any clock."""
    token = f"token-of-{life.code}"
    life.order.token_digest = token_digest(token)
    life.order.expires_at = timezone.now() + timedelta(hours=1)
    life.order.save(update_fields=["token_digest", "expires_at"])
    return Caller("zh-hans", token=token)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_on_sale")
def test_an_amount_from_the_browser_is_not_asked_for(till: Till) -> None:
    life = living(till)
    buyer = buyer_of(life)
    sent = {**PAYMENT, "amount": 1, "currency": "JPY", "total": "0.01", "payment": {"amount": 1}}
    assert buyer.raw("POST", f"/orders/{life.code}/payments", sent).status_code in {201, 422}
    assert buyer.raw("POST", f"/orders/{life.code}/payments", PAYMENT).status_code == 201
    [operation] = PaymentOperation.objects.all()
    for said in (operation.params, vars(operation.payment)):
        assert (said["amount"], said["currency"]) == (life.order.deposit, life.order.currency)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_on_sale")
@pytest.mark.parametrize("whose", ["own", "another"])
def test_a_return_address_that_says_paid_pays_nothing(till: Till, whose: str) -> None:
    life, other = living(till), living(till, State.RESERVED, stock=False)
    buyer = buyer_of(life)
    till.start(life.order)
    name = pid(life.order if whose == "own" else other.order)
    said = {
        "payment_intent": name,
        "payment_intent_client_secret": f"{name}_secret_x",
        "redirect_status": "succeeded",
        "payment": name,
        "token": buyer.token,
    }
    before = money()
    browser = Client(headers={"X-Order-Token": buyer.token})
    for page in (f"/zh/orders/{life.code}", f"/zh/orders/{life.code}/state"):
        browser.get(page, said)
    truth = buyer.raw("GET", f"/orders/{life.code}", **said).json()
    assert (truth["state"], truth["money"]["paid"]["amount"]) == ("awaiting_deposit", 0)
    assert money() == before
