"""Changing a placed order through the API: preview, agreement, the problems, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.models import Amendment, Order, OrderEvent
from kernel.jobs import run_until_idle
from tests.api.caller import Caller, code_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
HAVEN = ["trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream", "pkg-quiet"]
LOUD = {"choices": HAVEN[:-1]}
CARE = {"extras": [{"code": "care-plus", "wanted": True}]}


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def order(caller: Caller) -> str:
    """The code of a guest's order whose deposit is paid."""
    code = str(caller.order(caller.quote(build=caller.build("haven", HAVEN)))["order"]["code"])
    body = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/back"}
    step = caller.post(f"/orders/{code}/payments", body, status=201)
    caller.http.post(step["redirect_url"].removeprefix("http://testserver"), {"result": "succeed"})
    run_until_idle()
    return code


def preview(caller: Caller, order: str, wishes: Any, *, status: int = 200) -> Any:
    return caller.post(f"/orders/{order}/amendments/preview", wishes, status=status)


def agree(
    caller: Caller, order: str, wishes: Any, fingerprint: str, *, status: int = 201, key: Any = None
) -> Any:
    body = {**wishes, "fingerprint": fingerprint}
    return caller.post(f"/orders/{order}/amendments", body, status=status, key=key)


def test_a_change_is_previewed_agreed_to_and_part_of_the_orders_page(
    caller: Caller, order: str
) -> None:
    shown = preview(caller, order, LOUD)
    assert shown["kinds"] == ["build"]
    assert shown["price"]["change"]["amount"] == -1_050_000
    assert shown["net"]["kind"] == "nothing"
    page = agree(caller, order, LOUD, shown["fingerprint"])
    assert page["document"]["price_sheet"]["total"] == shown["price"]["now"]
    assert page["money"]["price"] == shown["price"]["now"]
    [one] = caller.get(f"/orders/{order}")["amendments"]["history"]
    assert (one["number"], one["net"]["kind"]) == (1, "nothing")
    assert "Amendment 1" in caller.get(f"/orders/{order}")["events"][-1]["text"]


def test_the_page_speaks_the_buyers_language(caller: Caller, order: str) -> None:
    caller.language = "zh-hans"
    shown = preview(caller, order, CARE)
    assert shown["net"]["text"] == "现在不收款也不退款；差额计入尾款。"
    assert shown["price"]["lines"][0]["name"] == "安心保养 5 年"


def test_one_agreement_is_one_change_however_often_it_is_sent(caller: Caller, order: str) -> None:
    shown = preview(caller, order, CARE)
    first = agree(caller, order, CARE, shown["fingerprint"], key="once")
    again = agree(caller, order, CARE, shown["fingerprint"], key="once")
    assert first == again
    assert Amendment.objects.count() == 1
    body = {**CARE, "fingerprint": shown["fingerprint"]}
    missing = caller.post(f"/orders/{order}/amendments", body, status=422, key="")
    assert code_of(missing) == "idempotency-key-missing"


def test_a_stale_agreement_is_answered_with_the_new_preview(caller: Caller, order: str) -> None:
    shown = preview(caller, order, CARE)
    agree(caller, order, LOUD, preview(caller, order, LOUD)["fingerprint"])
    problem = agree(caller, order, CARE, shown["fingerprint"], status=409)
    assert code_of(problem) == "stale-preview"
    agree(caller, order, CARE, problem["preview"]["fingerprint"])
    assert Amendment.objects.count() == 2


def test_a_car_that_cannot_be_built_says_why_and_what_can(caller: Caller, order: str) -> None:
    problem = preview(caller, order, {"choices": [*HAVEN, "acc-luggage"]}, status=422)
    assert code_of(problem) == "not-buildable"
    assert problem["violations"][0]["code"] == "haven-r35"
    assert problem["repairs"] or problem["completion"]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"choices": HAVEN, "build": "ABCD2345"}, "invalid-field"),
        ({"model": "rill"}, "invalid-field"),
        ({"colour": "red"}, "invalid-field"),
        ({"extras": [{"code": "unicorn", "wanted": True}]}, "unknown-extra"),
        ({"delivery": {"place": "atlantis"}}, "unknown-place"),
        ({"finance": {"product": "no-such-loan"}}, "unknown-finance-product"),
        ({"insurance": ["no-such-cover"]}, "unknown-cover"),
    ],
)
def test_a_wish_that_makes_no_sense_is_named(
    caller: Caller, order: str, wishes: Any, code: str
) -> None:
    assert code_of(preview(caller, order, wishes, status=422)) == code


def test_an_order_that_may_not_change_says_what_may(caller: Caller, order: str) -> None:
    Order.objects.update(state="in_production")
    problem = preview(caller, order, LOUD, status=409)
    assert code_of(problem) == "amendment-not-possible"
    assert problem["kinds"] == caller.get(f"/orders/{order}")["amendments"]["may_change"]
    assert "build" not in problem["kinds"]
    shown = preview(caller, order, {})
    assert shown["kinds"] == []
    nothing = agree(caller, order, {}, shown["fingerprint"], status=409)
    assert code_of(nothing) == "nothing-to-amend"


def test_another_buyers_order_does_not_exist(caller: Caller, order: str) -> None:
    stranger = Caller(token="no-such-token")
    for path in ("preview", "cost-sheet"):
        problem = stranger.post(f"/orders/{order}/amendments/{path}", LOUD, status=404)
        assert code_of(problem) == "unknown-order"
    body = {**LOUD, "fingerprint": "0" * 64}
    assert code_of(stranger.post(f"/orders/{order}/amendments", body, status=404)) == (
        "unknown-order"
    )
    assert Caller().raw("POST", f"/orders/{order}/amendments", body).status_code == 401
    assert not OrderEvent.objects.filter(kind="order-amended").exists()


def test_a_loan_taken_with_a_change_has_its_costs_read_first(caller: Caller, order: str) -> None:
    wishes = {"finance": {"product": "luyin-60", "months": 60}}
    shown = preview(caller, order, wishes)
    assert shown["finance"]["cost_sheet"] == "cost-sheet"
    refused = agree(caller, order, wishes, shown["fingerprint"], status=409)
    assert code_of(refused) == "cost-sheet-needed"
    sheet = caller.post(f"/orders/{order}/amendments/cost-sheet", wishes, status=201)
    read = {"cost_sheet": sheet["code"], "fingerprint": sheet["fingerprint"]}
    path = f"/orders/{order}/amendments/cost-sheet/confirmation"
    early = caller.post(path, read, status=409)
    assert code_of(early) == "cost-sheet-too-early"
