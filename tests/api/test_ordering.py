"""From a quote to an accepted contract: the answers, the refusals, and who may see what."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kernel.jobs import run_until_idle
from tests.api.caller import API, Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


@pytest.fixture
def caller() -> Caller:
    return Caller("zh-hans")


def user(email: str = "buyer@example.com") -> Any:
    return get_user_model().objects.create_user(email=email, password="correct horse")


def pay(caller: Caller, order: str, result: str = "succeed") -> Any:
    body = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/back"}
    step = caller.post(f"/orders/{order}/payments", body, status=201)
    page = step["redirect_url"].removeprefix("http://testserver")
    answer = caller.http.post(page, {"result": result})
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/zh/back")
    run_until_idle()
    return step


# ---- Quotes ----


def test_a_quote_says_everything_a_buyer_pays(caller: Caller) -> None:
    quote = caller.quote(build=caller.build("haven", ["trim:voyage"]))
    assert quote["state"] == "open"
    assert quote["terms"]["version"] == quote["deposit"]["terms_version"]
    parts = quote["price_sheet"]["total"]["amount"] + sum(
        tax["amount"]["amount"] for tax in quote["taxes"]
    )
    insured = quote["insurance"]["total"]["amount"] if quote["insurance"] else 0
    assert quote["on_the_road"]["amount"] == parts + insured
    assert caller.get(f"/quotes/{quote['code']}")["price_sheet"] == quote["price_sheet"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"build": None}, 422, "nothing-to-quote"),
        ({"vin": "L0SH11CA0VX112729"}, 422, "nothing-to-quote"),
        ({"build": "NOPE2345"}, 404, "unknown-build"),
        ({"market": "XX"}, 422, "unknown-market"),
        ({"place": "atlantis"}, 422, "unknown-place"),
        ({"finance": {"product": "no-bank"}}, 422, "unknown-finance-product"),
        (
            {"finance": {"product": "luyin-36", "down_payment": {"amount": 1, "currency": "EUR"}}},
            422,
            "currency-not-of-market",
        ),
        (
            {"finance": {"product": "luyin-36", "down_payment": {"amount": 1, "currency": "CNY"}}},
            422,
            "finance-not-eligible",
        ),
        ({"insurance": ["no-cover"]}, 422, "unknown-cover"),
        ({"insurance_facts": {"driver_age": -1}}, 422, "invalid-field"),
        ({"colour": "red"}, 422, "invalid-field"),
    ],
)
def test_a_quote_that_cannot_be_made_names_the_reason(
    caller: Caller, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"build": caller.build(), **change}
    assert code_of(caller.post("/quotes", body, status=status)) == code


def test_an_unknown_quote_is_not_there(caller: Caller) -> None:
    assert code_of(caller.get("/quotes/Q-NOPE2345", status=404)) == "unknown-quote"


# ---- Orders ----


def test_an_order_waits_for_its_deposit_and_opens_by_its_token(caller: Caller) -> None:
    quote = caller.quote()
    placed = caller.order(quote)
    order = placed["order"]
    assert order["state"] == "awaiting_deposit"
    assert order["next_step"]["deadline"] == order["expires_at"]
    assert order["money"]["due"] == quote["deposit"]["amount"]
    assert order["accepted_terms"]["version"] == quote["terms"]["version"]
    assert order["document"]["price_sheet"] == quote["price_sheet"]
    assert "xiaolu@example.com" not in json.dumps(order)
    assert caller.get(f"/orders/{order['code']}") == order
    assert placed["payment"]["code"] == order["payments"][0]["code"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("of", "most"), [("build", 25), ("vin", 25)])
def test_an_order_costs_few_statements(caller: Caller, settings: Any, of: str, most: int) -> None:
    settings.RELEASE_POLL_SECONDS = (
        1.0  # as in production; the order itself looks at the pointer again
    )
    quote = caller.quote(**{of: caller.build() if of == "build" else caller.free_vin()})
    with CaptureQueriesContext(connection) as captured:
        caller.order(quote)
    listed = "\n".join(query["sql"][:110] for query in captured.captured_queries)
    assert len(captured.captured_queries) <= most, listed


def test_a_repeated_order_is_one_order(caller: Caller) -> None:
    quote = caller.quote()
    body = caller.order_body(quote)
    first = caller.raw("POST", "/orders", body, key="once-and-again")
    again = caller.raw("POST", "/orders", body, key="once-and-again")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    body["buyer"]["name"] = "李晚舟"
    refused = caller.post("/orders", body, key="once-and-again", status=422)
    assert code_of(refused) == "idempotency-key-reused"
    assert code_of(caller.post("/orders", body, status=409)) == "quote-already-ordered"
    assert code_of(caller.post("/orders", body, key="", status=422)) == "idempotency-key-missing"


def test_terms_that_were_not_accepted_are_no_order(caller: Caller) -> None:
    body = caller.order_body(caller.quote())
    for terms in ({**body["terms"], "accepted": False}, {"version": "old", "accepted": True}):
        refused = caller.post("/orders", {**body, "terms": terms}, status=422)
        assert code_of(refused) == "terms-not-accepted"
        assert refused["version"] == body["terms"]["version"]
    assert caller.post("/orders", body, status=201)


@pytest.mark.parametrize(
    ("buyer", "fields"),
    [
        ({"name": ""}, {"buyer.name"}),
        ({"name": "x", "email": "no address"}, {"buyer.email"}),
        ({"name": "x"}, {"buyer.email"}),
        ({"kind": "alien", "name": "x", "email": "a@example.com"}, {"buyer.kind"}),
        ({"name": "a\u0000b", "email": "a@example.com"}, {"buyer.name"}),
        ({"name": "x" * 121, "email": "a@example.com"}, {"buyer.name"}),
        ({"name": "x", "email": "a@example.com", "address": {"planet": "Mars"}}, None),
    ],
)
def test_wrong_fields_of_a_buyer_are_named(
    caller: Caller, buyer: dict[str, Any], fields: set[str] | None
) -> None:
    body = {**caller.order_body(caller.quote()), "buyer": buyer}
    refused = caller.post("/orders", body, status=422)
    found = {row["field"] for row in refused["errors"]}
    assert found == fields if fields else found


def test_an_expired_quote_is_refused_with_its_difference(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    quote = caller.quote()
    later = timezone.now() + timedelta(days=8)
    monkeypatch.setattr("storefront.api.routers.orders.timezone.now", lambda: later)
    refused = caller.order(quote, status=409)
    assert code_of(refused) == "quote-expired"
    assert "difference" in refused


def test_a_car_that_somebody_holds_is_refused(caller: Caller) -> None:
    vin = caller.free_vin()
    rival = Caller()
    mine, theirs = caller.quote(vin=vin), rival.quote(vin=vin)
    caller.order(mine)
    refused = rival.order(theirs, status=409)
    assert code_of(refused) == "vehicle-not-available"
    assert Caller().get(f"/stock/{vin}")["status"] == "held"


# ---- Who ----


def test_nobody_sees_an_order_without_proof_and_cannot_tell_whether_it_exists(
    caller: Caller,
) -> None:
    order = caller.order()["order"]["code"]
    assert code_of(Caller().get(f"/orders/{order}", status=401)) == "sign-in-needed"
    stranger = Caller(token="no-such-token")
    hidden, absent = (
        stranger.get(f"/orders/{order}", status=404),
        stranger.get("/orders/C26-NOPE2345", status=404),
    )
    assert {**hidden, "detail": "", "order": ""} == {**absent, "detail": "", "order": ""}
    Caller().order()
    assert (
        code_of(
            stranger.post(
                f"/orders/{order}/payments", {"return_url": "http://testserver/"}, status=404
            )
        )
        == "unknown-order"
    )
    assert code_of(Caller(token="ü").get(f"/orders/{order}", status=401)) == "wrong-token"


def test_an_order_lists_only_moves_that_its_buyer_can_make_here(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = caller.order()["order"]
    assert order["moves"] == ["cancel_by_buyer"]
    assert caller.get(f"/orders/{order['code']}")["moves"] == ["cancel_by_buyer"]
    monkeypatch.setattr("storefront.api.orders.BUYER_ROUTES", frozenset({"lock"}))
    assert caller.get(f"/orders/{order['code']}")["moves"] == []


def test_a_session_sees_its_own_orders_and_no_others(caller: Caller) -> None:
    http = Client()
    http.force_login(user())
    mine = Caller(http=http)
    order = mine.order()["order"]["code"]
    mine.token = ""
    assert mine.get(f"/orders/{order}")["code"] == order
    assert [line["code"] for line in mine.get("/orders")["items"]] == [order]
    other = Client()
    other.force_login(user("other@example.com"))
    assert code_of(Caller(http=other).get(f"/orders/{order}", status=404)) == "unknown-order"
    assert Caller(http=other).get("/orders")["items"] == []
    assert code_of(caller.get("/orders", status=401)) == "sign-in-needed"


def test_a_browser_session_that_changes_something_needs_its_csrf_token(caller: Caller) -> None:
    http = Client(enforce_csrf_checks=True)
    http.force_login(user())
    browser = Caller(http=http)
    body = browser.order_body(caller.quote())
    assert code_of(browser.post("/orders", body, status=403)) == "csrf-failed"
    http.get(f"{API}/auth/browser/v1/config")
    token = http.cookies["csrftoken"].value if "csrftoken" in http.cookies else "x" * 32
    http.cookies["csrftoken"] = token
    sent = http.post(
        f"{API}/orders",
        json.dumps(body),
        "application/json",
        headers={
            "Idempotency-Key": "csrf-1",
            "X-CSRFToken": token,
            "X-Quote-Token": caller.quote_token,
        },
    )
    assert sent.status_code == 201, sent.content


def test_an_app_session_is_known_by_its_token(caller: Caller) -> None:
    http = Client()
    http.force_login(user())
    session = http.session.session_key
    app = Caller(session=session or "")
    order = app.order()["order"]["code"]
    app.token = ""
    assert app.get(f"/orders/{order}")["code"] == order
    assert code_of(Caller(session="no-such-session").get("/orders", status=401)) == "wrong-token"
    assert code_of(Caller(session="x" * 500).get("/orders", status=401)) == "wrong-token"


# ---- Paying ----


@pytest.fixture
def placed(caller: Caller) -> tuple[Caller, str]:
    return caller, caller.order()["order"]["code"]


def test_a_paid_deposit_reserves_the_order(placed: tuple[Caller, str]) -> None:
    caller, order = placed
    step = pay(caller, order)
    assert step["provider"] == "sandbox"
    truth = caller.get(f"/orders/{order}")
    assert truth["state"] == "reserved"
    assert truth["money"]["paid"] == truth["money"]["deposit"]
    again = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/"}
    assert (
        code_of(caller.post(f"/orders/{order}/payments", again, status=409))
        == "payment-not-possible"
    )


def test_a_declined_payment_takes_nothing_and_can_be_tried_again(
    placed: tuple[Caller, str],
) -> None:
    caller, order = placed
    pay(caller, order, "decline")
    truth = caller.get(f"/orders/{order}")
    assert truth["state"] == "awaiting_deposit"
    assert truth["money"]["paid"]["amount"] == 0
    pay(caller, order)
    assert caller.get(f"/orders/{order}")["state"] == "reserved"


def test_clicking_pay_twice_is_one_payment(placed: tuple[Caller, str]) -> None:
    caller, order = placed
    body = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/"}
    one = caller.post(f"/orders/{order}/payments", body, status=201)
    two = caller.post(f"/orders/{order}/payments", body, status=201)
    assert one["redirect_url"].split("?")[0] == two["redirect_url"].split("?")[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "cowry-shells"}, "unknown-payment-method"),
        ({"purpose": "gift"}, "invalid-field"),
        ({"return_url": "javascript:alert(1)"}, "invalid-field"),
        ({"return_url": "//evil.example"}, "invalid-field"),
    ],
)
def test_a_payment_that_cannot_start_names_the_field(
    placed: tuple[Caller, str], change: dict[str, Any], code: str
) -> None:
    caller, order = placed
    body = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/", **change}
    assert code_of(caller.post(f"/orders/{order}/payments", body, status=422)) == code


# ---- The contract ----


def test_the_contract_is_read_and_accepted_by_its_fingerprint(placed: tuple[Caller, str]) -> None:
    caller, order = placed
    assert code_of(caller.get(f"/orders/{order}/contract", status=404)) == "unknown-contract"
    pay(caller, order)
    contract = caller.get(f"/orders/{order}/contract")
    number = contract["number"]
    assert contract["document"]["clauses"]
    pdf = caller.raw("GET", f"/contracts/{number}/pdf")
    assert pdf["Content-Type"] == "application/pdf"
    digest = hashlib.sha256(pdf.content).hexdigest()
    assert digest == contract["pdf_sha256"]

    stranger = Caller(token="no-such-token")
    hidden = stranger.get(f"/contracts/{number}/pdf", status=404)
    assert order not in json.dumps(hidden)
    assert Caller().raw("GET", f"/contracts/{number}/pdf").status_code == 401

    accept = f"/contracts/{number}/acceptance"
    agreed = {"accepted": True, "pdf_sha256": digest}
    assert code_of(caller.post(accept, agreed, status=409)) == "contract-state-conflict"
    assert caller.post(f"/contracts/{number}/viewed", {})["state"] == "viewed"
    assert (
        code_of(caller.post(accept, {**agreed, "pdf_sha256": "0" * 64}, status=409))
        == "pdf-mismatch"
    )
    assert (
        code_of(caller.post(accept, {**agreed, "accepted": False}, status=422)) == "invalid-field"
    )
    assert caller.post(accept, agreed, key="agreed")["state"] == "accepted"
    assert caller.raw("POST", accept, agreed, key="agreed")["Idempotency-Replayed"] == "true"
    assert caller.get(f"/orders/{order}")["contract"] == {"number": number, "state": "accepted"}

    seen = Caller().get(f"/verify/{number}")
    assert (seen["state"], seen["sha256"]) == ("accepted", digest)
    assert "王小鹭" not in json.dumps(seen, ensure_ascii=False)


@pytest.mark.parametrize("number", ["FC-2026-K7Q2M4XW", "nonsense", "%F0%9F%9A%97", "x" * 300])
def test_a_number_that_is_no_contract_is_not_there(number: str) -> None:
    assert Caller().raw("GET", f"/verify/{number}").status_code == 404
