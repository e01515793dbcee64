"""Paying over the API: the ways to pay with their limits, each cent that moved, and a receipt for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from checkout.models import Order, Payment
from checkout.services.payments import refund_payment
from kernel.jobs import run_until_idle
from kernel.money import Money
from tests.api.caller import Caller, code_of
from tests.api.test_ordering import pay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
BACK = "http://testserver/zh/back"


@pytest.fixture
def buyer() -> tuple[Caller, str]:
    """A buyer of the Chinese market with an order that waits for its deposit."""
    caller = Caller("zh-hans")
    placed = caller.order()
    caller.token = placed["token"]
    return caller, placed["order"]["code"]


def start(caller: Caller, order: str, method: str, status: int = 201, **asked: Any) -> Any:
    body = {"purpose": "deposit", "method": method, "return_url": BACK, **asked}
    return caller.post(f"/orders/{order}/payments", body, status=status)


def test_what_is_due_comes_with_the_ways_to_pay_it(buyer: tuple[Caller, str]) -> None:
    caller, order = buyer
    found = caller.get(f"/orders/{order}/payments")
    truth = caller.get(f"/orders/{order}")
    assert found["due"] == {
        "purpose": "deposit",
        "name": truth["document"]["deposit"]["kind_name"],
        "amount": truth["money"]["due"],
        "until": truth["expires_at"],
    }
    ways = {way["method"]: way for way in found["methods"]}
    assert list(ways) == ["alipay", "wechat_pay", "card"]
    assert ways["alipay"]["name"] == "支付宝"
    assert ways["wechat_pay"]["largest"] == {"amount": 5_000_000, "currency": "CNY"}
    assert {way["why_not"] for way in ways.values()} == {""}
    assert [p["state"] for p in found["payments"]] == ["created"]


def test_a_way_that_the_market_does_not_offer_for_this_names_those_it_does(
    buyer: tuple[Caller, str],
) -> None:
    refused = start(*buyer, "bank_transfer", status=422)
    assert code_of(refused) == "unknown-payment-method"
    assert refused["methods"] == ["alipay", "wechat_pay", "card"]


def test_a_sum_above_the_limit_names_the_ways_that_take_it(buyer: tuple[Caller, str]) -> None:
    caller, order = buyer
    Payment.objects.filter(order__code=order).update(amount=40_000_000)
    refused = start(caller, order, "alipay", status=422)
    assert code_of(refused) == "payment-method-limit"
    assert (refused["why"], refused["methods"]) == ("too-large", ["card"])
    assert refused["limit"] == {"amount": 30_000_000, "currency": "CNY"}


def test_money_that_arrived_has_a_receipt_and_so_has_what_went_back(
    buyer: tuple[Caller, str],
) -> None:
    caller, order = buyer
    pay(caller, order)
    paid = caller.get(f"/orders/{order}/payments")["payments"][0]
    assert paid["receipt"] == f"{order}-1"
    assert paid["means"] == {"brand": "visa", "last4": "4242"}
    assert paid["refundable_until"] > paid["settled_at"]
    receipt = caller.get(f"/orders/{order}/receipts/{paid['receipt']}")
    assert receipt["amount"] == paid["amount"]
    assert (receipt["kind"], receipt["at"]) == ("payment", paid["settled_at"])
    assert receipt["seller"].startswith("鹭行")
    truth = caller.get(f"/orders/{order}")
    assert receipt["purpose_name"] == truth["document"]["deposit"]["kind_name"]

    refund_payment(
        payment=paid["code"],
        amount=Money(10_000, "CNY"),
        reason="goodwill",
        actor="staff:1",
        now=timezone.now(),
    )
    planned = caller.get(f"/orders/{order}")["payments"][0]["refunds"]
    assert [(r["state"], r["way"], r["receipt"]) for r in planned] == [("planned", "card", None)]
    run_until_idle()
    arrived = caller.get(f"/orders/{order}/payments")["payments"][0]["refunds"][0]
    assert (arrived["state"], arrived["receipt"]) == ("arrived", f"{order}-R1")
    back = caller.get(f"/orders/{order}/receipts/{order}-R1")
    assert (back["kind"], back["payment"]) == ("refund", paid["receipt"])
    assert back["amount"] == {"amount": 10_000, "currency": "CNY"}


def test_what_did_not_move_has_no_receipt_and_a_strangers_order_none_at_all(
    buyer: tuple[Caller, str],
) -> None:
    caller, order = buyer
    refused = caller.get(f"/orders/{order}/receipts/{order}-1", status=404)
    assert code_of(refused) == "unknown-receipt"
    pay(caller, order)
    stranger = Caller("en", token="another")
    for path in ("payments", f"receipts/{order}-1"):
        assert code_of(stranger.get(f"/orders/{order}/{path}", status=404)) == "unknown-order"


def test_a_transfer_says_what_to_write_on_it_until_it_is_no_longer_awaited(
    buyer: tuple[Caller, str],
) -> None:
    caller, order = buyer
    Order.objects.filter(code=order).update(state="inspection_ready")
    Payment.objects.filter(order__code=order).update(purpose="balance")
    step = start(caller, order, "bank_transfer", purpose="balance")
    assert (step["provider"], step["redirect_url"], step["client_secret"]) == ("bank", None, None)
    told = step["transfer"]
    assert (told["number"], told["bic"]) == ("592900010001234567", "305393000018")
    assert told["reference"].startswith(order.replace("-", ""))
    shown = caller.get(f"/orders/{order}/payments")["payments"][0]
    assert shown["transfer"] == told
    assert start(caller, order, "card", purpose="balance")["redirect_url"]
    assert [p["transfer"] for p in caller.get(f"/orders/{order}/payments")["payments"]] == [
        None,
        None,
    ]
