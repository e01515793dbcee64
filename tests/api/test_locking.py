"""Locking an order through the API: the preview, the confirmation, and every refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from checkout.models import Order
from checkout.services.orders import contract_accepted, contract_issued, deposit_received
from kernel.crypto import token_digest
from tests.api.caller import Caller, code_of
from tests.factories.ordering import placed, quoted
from tests.factories.shelf import NOON, forget, put_on_sale

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def order() -> Order:
    """A reserved order whose contract lies there, not accepted yet."""
    made = placed(quoted(finance=None))
    deposit_received(order=made.order, payment=made.payment, now=NOON)
    contract_issued(order=made.order, contract="FC-1", at=NOON, now=NOON)
    Order.objects.filter(code=made.order).update(token_digest=token_digest("the-token"))
    return Order.objects.get(code=made.order)


@pytest.fixture
def caller() -> Caller:
    return Caller("en", token="the-token")


def accept(order: Order) -> None:
    contract_accepted(order=order.code, contract="FC-1", at=NOON, now=NOON)


def path_of(order: Order) -> str:
    return f"/orders/{order.code}/lock"


def confirmed(preview: dict[str, Any]) -> dict[str, Any]:
    return {"fingerprint": preview["fingerprint"], "confirm": True}


def test_what_was_shown_is_what_is_locked(caller: Caller, order: Order) -> None:
    accept(order)
    shown = caller.get(path_of(order))
    assert (shown["possible"], shown["locked_at"], shown["locks_at"]) == (True, None, None)
    assert shown["document"]["deposit"]["kind_name_after"] == "legal deposit"
    assert shown["document"]["cooling_off_hours"] == 24
    page = caller.post(path_of(order), confirmed(shown))
    assert page["state"] == "locked"
    assert "lock" not in page["moves"]
    assert page["events"][-1]["text"] == "Order locked"
    after = caller.get(path_of(order))
    assert after["possible"] is False
    assert after["fingerprint"] == shown["fingerprint"]
    assert after["cooling_off_until"] > after["locked_at"]


def test_the_preview_speaks_chinese_too(order: Order) -> None:
    shown = Caller("zh-hans", token="the-token").get(path_of(order))
    assert shown["document"]["deposit"]["kind_name"] == "订金"
    assert "由订金变为定金" in next(
        each["text"] for each in shown["document"]["clauses"] if each["code"] == "deposit"
    )


def test_without_an_accepted_contract_the_answer_says_what_is_missing(
    caller: Caller, order: Order
) -> None:
    shown = caller.get(path_of(order))
    assert shown["possible"] is False
    assert "lock" not in caller.get(f"/orders/{order.code}")["moves"]
    refused = caller.post(path_of(order), confirmed(shown), status=409)
    assert code_of(refused) == "order-state-conflict"
    assert refused["missing"] == [{"code": "contract", "text": "The contract is not accepted yet"}]


def test_a_preview_that_is_no_longer_true_is_answered_with_what_is(
    caller: Caller, order: Order
) -> None:
    shown = caller.get(path_of(order))
    accept(order)
    refused = caller.post(path_of(order), confirmed(shown), status=409)
    assert code_of(refused) == "stale-preview"
    page = caller.post(path_of(order), confirmed(refused["preview"]))
    assert page["state"] == "locked"


def test_the_confirmation_is_said_and_not_implied(caller: Caller, order: Order) -> None:
    accept(order)
    shown = caller.get(path_of(order))
    for body in ({"fingerprint": shown["fingerprint"]}, {**confirmed(shown), "confirm": False}):
        caller.post(path_of(order), body, status=422)
    Order.objects.get(code=order.code, state="reserved")


def test_sent_twice_it_is_locked_once(caller: Caller, order: Order) -> None:
    accept(order)
    body = confirmed(caller.get(path_of(order)))
    assert caller.post(path_of(order), body, key="one") == caller.post(
        path_of(order), body, key="one"
    )
    caller.post(path_of(order), body, key="two")
    assert order.events.filter(kind="order-locked").count() == 1


def test_another_buyers_order_does_not_exist(order: Order) -> None:
    stranger = Caller("en", token="another-token")
    stranger.get(path_of(order), status=404)
    stranger.post(path_of(order), {"fingerprint": "x", "confirm": True}, status=404)


def test_an_order_out_of_turn_says_which_moves_there_are(caller: Caller, order: Order) -> None:
    accept(order)
    body = confirmed(caller.get(path_of(order)))
    Order.objects.filter(pk=order.pk).update(state="cancelled")
    refused = caller.post(path_of(order), body, status=409)
    assert (code_of(refused), refused["moves"]) == ("order-state-conflict", [])
