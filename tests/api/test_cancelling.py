"""Cancelling an order through the API: the preview in both languages, the yes to it, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkout.models import Order, PaymentOperation
from kernel.crypto import token_digest
from kernel.jobs import run_until_idle
from tests.api.caller import Caller, code_of
from tests.factories.ending import at, reserved
from tests.factories.shelf import forget, put_on_sale

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _shop(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[None]:
    settings.SANDBOX_DIR = tmp_path
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def order() -> Order:
    found = at(reserved(), "locked")
    found.token_digest = token_digest("the-token")
    found.save()
    return found


@pytest.fixture
def buyer() -> Caller:
    return Caller("en", token="the-token")


def path_of(order: Order | str, what: str = "") -> str:
    return f"/orders/{getattr(order, 'code', order)}/cancellation{what}"


def yes(shown: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"fingerprint": shown["fingerprint"], "confirm": True, **more}


def test_a_preview_says_what_is_lost_in_the_buyers_language(order: Order, buyer: Caller) -> None:
    shown = buyer.post(path_of(order, "/preview"), {})
    assert (shown["ground"], shown["stage"]["kind_name"]) == ("stage", "legal deposit")
    assert (shown["returned"]["amount"], shown["kept"]["amount"]) == (0, 500_000)
    assert [line["text"] for line in shown["lines"] if line["amount"]] == [
        "The legal deposit of ¥5,000.00 is forfeited."
    ]
    assert [each["code"] for each in shown["reasons"]] == ["changed-mind", "price", "other", "late"]
    chinese = Caller("zh-hans", token="the-token").post(path_of(order, "/preview"), {})
    assert "定金 ¥5,000.00 不予退还。" in [line["text"] for line in chinese["lines"]]
    assert chinese["fingerprint"] == shown["fingerprint"]


def test_the_yes_to_a_preview_does_what_it_said_and_the_page_shows_it(buyer: Caller) -> None:
    order = reserved()
    Order.objects.filter(pk=order.pk).update(token_digest=token_digest("the-token"))
    page = buyer.get(f"/orders/{order.code}")
    assert "cancel_by_buyer" in page["moves"]
    shown = buyer.post(path_of(order, "/preview"), {"reason": "price"})
    done = buyer.post(path_of(order), yes(shown, reason="price"))
    reasons = shown.pop("reasons")
    assert (done["cancellation"], len(reasons)) == (shown, 4)
    assert (done["order"]["state"], done["order"]["moves"]) == ("cancelled", [])
    told = [event["text"] for event in done["order"]["events"]]
    assert told[-2:] == [
        "Order cancelled",
        f"¥5,000.00 go back the way they came, by {shown['due_on']} at the latest",
    ]
    assert PaymentOperation.objects.get(kind="refund").amount == 500_000


def test_the_same_key_twice_is_one_cancellation(order: Order, buyer: Caller) -> None:
    body = yes(buyer.post(path_of(order, "/preview"), {}))
    first = buyer.post(path_of(order), body, key="once")
    assert buyer.post(path_of(order), body, key="once") == first
    assert order.events.filter(kind="order-cancelled").count() == 1


def test_a_second_cancellation_hears_what_was_done_the_first_time(
    order: Order, buyer: Caller
) -> None:
    shown = buyer.post(path_of(order, "/preview"), {})
    buyer.post(path_of(order), yes(shown))
    for path, body in ((path_of(order), yes(shown)), (path_of(order, "/preview"), {})):
        refused = buyer.post(path, body, status=409)
        assert (code_of(refused), refused["state"]) == ("order-state-conflict", "cancelled")
        assert (refused["moves"], refused["done"]["kept"]["amount"]) == ([], 500_000)


def test_a_preview_of_yesterdays_state_is_answered_with_todays(buyer: Caller) -> None:
    order = reserved()
    Order.objects.filter(pk=order.pk).update(token_digest=token_digest("the-token"))
    shown = buyer.post(path_of(order, "/preview"), {})
    order.refresh_from_db()
    at(order, "in_production")
    refused = buyer.post(path_of(order), yes(shown), status=409)
    assert code_of(refused) == "stale-preview"
    assert refused["preview"]["state"] == "in_production"
    assert buyer.post(path_of(order), yes(refused["preview"]))["order"]["state"] == "cancelled"


def test_what_cannot_be_said_or_done_is_refused_by_name(order: Order, buyer: Caller) -> None:
    assert (
        code_of(buyer.post(path_of(order, "/preview"), {"reason": "late"}, status=409))
        == "not-late-enough"
    )
    refused = buyer.post(path_of(order, "/preview"), {"reason": "breach"}, status=422)
    assert (code_of(refused), refused["reasons"][0]) == ("bad-reason", "changed-mind")
    shown = buyer.post(path_of(order, "/preview"), {})
    for body in (
        {"fingerprint": shown["fingerprint"]},
        yes(shown) | {"confirm": False},
        yes(shown) | {"fingerprint": "0" * 63},
        yes(shown) | {"refund": 1},
    ):
        assert code_of(buyer.post(path_of(order), body, status=422)) == "invalid-field"
    assert (
        code_of(buyer.post(path_of(order), yes(shown) | {"fingerprint": "0" * 64}, status=409))
        == "stale-preview"
    )
    order.refresh_from_db()
    assert order.state == "locked"


def test_another_buyers_order_does_not_exist(order: Order, buyer: Caller) -> None:
    shown = buyer.post(path_of(order, "/preview"), {})
    stranger = Caller("en", token="another-token")
    for path, body in ((path_of(order, "/preview"), {}), (path_of(order), yes(shown))):
        assert code_of(stranger.post(path, body, status=404)) == "unknown-order"
        assert code_of(Caller().post(path, body, status=401)) == "sign-in-needed"
    order.refresh_from_db()
    assert order.state == "locked"


def test_a_move_out_of_turn_says_what_can_be_done(order: Order, buyer: Caller) -> None:
    at(order, "handed_over")
    refused = buyer.post(path_of(order, "/preview"), {}, status=409)
    assert (code_of(refused), refused["state"]) == ("order-state-conflict", "handed_over")
    assert "withdraw" in refused["moves"]


def test_an_unpaid_order_is_given_up_and_its_payment_closed(buyer: Caller) -> None:
    made = buyer.order()
    guest = Caller("en", token=made["token"])
    code = made["order"]["code"]
    shown = guest.post(path_of(code, "/preview"), {})
    assert (shown["ground"], shown["held"]["amount"], shown["due_on"]) == ("unpaid", 0, None)
    done = guest.post(path_of(code), yes(shown))
    assert done["order"]["state"] == "cancelled"
    assert {each["state"] for each in done["order"]["payments"]} == {"canceled"}


def test_the_worker_sends_the_refund_of_a_cancelled_order(buyer: Caller) -> None:
    made = buyer.order()
    guest = Caller("en", token=made["token"])
    code = made["order"]["code"]
    asked = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/back"}
    step = guest.post(f"/orders/{code}/payments", asked, status=201)
    guest.http.post(step["redirect_url"].removeprefix("http://testserver"), {"result": "succeed"})
    run_until_idle()
    shown = guest.post(path_of(code, "/preview"), {})
    assert shown["state"] == "reserved"
    ended = guest.post(path_of(code), yes(shown))["order"]
    assert ended["states"]["payment"] == "refunded"
    run_until_idle()
    page = guest.get(f"/orders/{code}")
    assert page["payments"][0]["refunded"] == page["payments"][0]["amount"] == shown["returned"]
