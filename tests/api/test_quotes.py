"""Quotes through the API: whose they are, what may be asked beside the car, and what bad wishes are answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tests.api.caller import API, Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
CNY = "CNY"


@pytest.fixture
def caller() -> Caller:
    return Caller()


def signed_in(email: str) -> Caller:
    user = get_user_model().objects.create_user(email=email, password="correct horse")
    http = Client()
    http.force_login(user)
    return Caller(http=http)


# ---- Whose quote it is ----


def test_a_guest_opens_and_orders_a_quote_with_the_token_given_once(caller: Caller) -> None:
    build = caller.build()
    first = caller.raw("POST", "/quotes", {"build": build}).json()
    assert len(first["token"]) >= 20
    caller.quote_token = first["token"]
    second = caller.raw("POST", "/quotes", {"build": build}).json()
    assert second["token"] is None
    for quote in (first, second):
        assert caller.get(f"/quotes/{quote['code']}")["token"] is None
    assert caller.order(second)["order"]["quote"] == second["code"]


@pytest.mark.parametrize("token", ["", "not-a-token", "x" * 43])
def test_another_guest_neither_reads_nor_orders_it_nor_learns_that_it_exists(
    caller: Caller, token: str
) -> None:
    quote = caller.quote()
    rival = Caller(quote_token=token)
    hidden = rival.get(f"/quotes/{quote['code']}", status=404)
    absent = rival.get("/quotes/Q-NOPE2345", status=404)
    assert code_of(hidden) == code_of(absent) == "unknown-quote"
    assert hidden["detail"].replace(quote["code"], "Q-NOPE2345") == absent["detail"]
    refused = rival.post("/orders", rival.order_body(quote), status=404)
    assert code_of(refused) == "unknown-quote"
    assert caller.order(quote)["order"]["state"] == "awaiting_deposit"


def test_a_token_of_another_guest_opens_only_that_guests_quotes(caller: Caller) -> None:
    rival = Caller()
    mine, theirs = caller.quote(), rival.quote()
    assert rival.get(f"/quotes/{theirs['code']}")
    rival.get(f"/quotes/{mine['code']}", status=404)


def test_a_quote_of_an_account_is_that_accounts_alone() -> None:
    anna, ben = signed_in("anna@example.com"), signed_in("ben@example.com")
    quote = anna.quote()
    assert quote["token"] in {None, ""}
    assert anna.get(f"/quotes/{quote['code']}")["state"] == "open"
    for stranger in (ben, Caller(), Caller(quote_token="x" * 43)):
        refused = stranger.get(f"/quotes/{quote['code']}", status=404)
        assert code_of(refused) == "unknown-quote"
        refused = stranger.post("/orders", stranger.order_body(quote), status=404)
        assert code_of(refused) == "unknown-quote"
    assert anna.order(quote)["order"]["quote"] == quote["code"]


def test_a_guest_who_signs_in_orders_the_quote_made_before(caller: Caller) -> None:
    quote = caller.quote()
    anna = signed_in("anna@example.com")
    anna.quote_token = caller.quote_token
    order = anna.order(quote)["order"]
    anna.token = ""  # the session speaks for her, not the order's token
    assert anna.get("/orders")["items"][0]["code"] == order["code"]


def test_a_token_that_can_be_none_of_ours_is_refused(caller: Caller) -> None:
    answer = caller.http.get(f"{API}/quotes/Q-1", headers={"X-Quote-Token": "x" * 201})
    assert (answer.status_code, code_of(answer.json())) == (401, "wrong-token")


# ---- Extras, offers, trade-in ----


def test_a_quote_lists_every_extra_unanswered_and_sells_none_of_them(caller: Caller) -> None:
    quote = caller.quote()
    extras = quote["extras"]
    assert extras["total"] == {"amount": 0, "currency": CNY}
    assert len(extras["items"]) >= 6
    assert {one["wanted"] for one in extras["items"]} == {None}
    assert not [line for line in quote["price_sheet"]["lines"] if line["kind"] == "service"]


def test_extras_offers_and_a_trade_in_go_through_quote_and_order(caller: Caller) -> None:
    shown = caller.quote(build=(build := caller.build("haven", ["trim:voyage"])))
    versions = {one["code"]: one["text_version"] for one in shown["extras"]["items"]}
    quote = caller.quote(
        build=build,
        vouchers=["lujiang-2026"],
        proofs=["trade-in-proof"],
        extras=[
            {"code": "care-plus", "wanted": True, "text_version": versions["care-plus"]},
            {"code": "warranty-plus", "wanted": False},
        ],
        trade_in={"words": "2019 SUV", "wished": {"amount": 4500000, "currency": CNY}},
    )
    lines = {line["code"]: line["amount"]["amount"] for line in quote["price_sheet"]["lines"]}
    assert (lines["trade-in-cn"], lines["harbour-cn"], lines["care-plus"]) == (
        -1500000,
        -500000,
        428000,
    )
    assert quote["balance"]["extras"]["amount"] == 428000
    assert quote["trade_in"]["wished"]["amount"] == 4500000
    answers = {one["code"]: one["wanted"] for one in quote["extras"]["items"]}
    assert (answers["care-plus"], answers["warranty-plus"], answers["data-pack"]) == (
        True,
        False,
        None,
    )
    order = caller.order(quote)["order"]
    assert order["document"]["extras"] == quote["extras"]
    assert order["document"]["offers"] == quote["offers"]
    assert order["money"]["price"] == quote["price_sheet"]["total"]
    assert order["money"]["total"] == quote["on_the_road"]


def test_each_code_word_is_answered_in_the_readers_language(caller: Caller) -> None:
    here = caller.quote(build=caller.build("haven", ["trim:voyage"]), vouchers=["Lujiang-2026"])
    [applied] = here["vouchers"]
    assert (applied["word"], applied["applied"], applied["offer"], applied["reason"]) == (
        "Lujiang-2026",
        True,
        "harbour-cn",
        None,
    )
    assert applied["text"] == "Applied."
    chinese = Caller("zh-hans", quote_token=caller.quote_token)
    [told] = chinese.get(f"/quotes/{here['code']}")["vouchers"]
    assert (told["name"], told["text"]) == ("鹭江码头礼", "已抵扣。")


def test_a_driver_in_germany_who_says_nothing_has_a_quote_that_says_what_it_assumes(
    caller: Caller,
) -> None:
    build = caller.build("haven", ["trim:voyage"], market="DE")
    facts = caller.quote(build=build, market="DE")["insurance"]["facts"]
    assert (facts["driver_age"], facts["no_claims_class"]) == (30, "SF0")
    assert facts["assumed"] == ["age", "no_claims_class"]
    assert facts["note"].startswith("This premium assumes a driver of 30 and a first car insured")
    said = {"driver_age": 35, "no_claims_class": "SF5"}
    told = caller.quote(build=build, market="DE", insurance_facts=said)["insurance"]
    assert (told["facts"]["assumed"], told["facts"]["note"]) == ([], None)
    refused = caller.post(
        "/quotes",
        {"build": build, "market": "DE", "insurance_facts": said | {"no_claims_class": "SF7"}},
        status=422,
    )
    assert code_of(refused) == "cover-not-offered"
    assert refused["field"] == "no_claims_class"
    assert refused["allowed"] == ["SF0", "SF1", "SF5", "SF10", "SF20"]


def test_an_expired_quote_tells_the_parts_of_its_difference(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    quote = caller.quote(build=caller.build(), extras=[{"code": "care-plus", "wanted": True}])
    later = timezone.now() + timedelta(days=60)
    monkeypatch.setattr("storefront.api.routers.orders.timezone.now", lambda: later)
    refused = caller.order(quote, status=409)
    assert code_of(refused) == "quote-expired"
    assert {"price", "on_the_road", "in_all", "lines"} <= set(refused["difference"])
    assert all({"part", "code", "name"} <= set(line) for line in refused["difference"]["lines"])


WISH: dict[str, Any] = {"words": "x"}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"extras": [{"code": "moon", "wanted": True}]}, "unknown-extra", "extras.0.code"),
        (
            {"extras": [{"code": "winter-storage", "wanted": True}]},
            "unknown-extra",
            "extras.0.code",
        ),
        ({"extras": [{"code": "care-plus"}]}, "invalid-field", "extras.0.wanted"),
        ({"extras": [{"code": "care-plus", "wanted": "yes"}]}, "invalid-field", "extras.0.wanted"),
        ({"extras": [{"code": "care-plus", "wanted": 1}]}, "invalid-field", "extras.0.wanted"),
        (
            {"extras": [{"code": "care-plus", "wanted": True}] * 2},
            "bad-wish",
            "extras.1.code",
        ),
        (
            {"extras": [{"code": f"e{n}", "wanted": True} for n in range(61)]},
            "invalid-field",
            "extras",
        ),
        (
            {"extras": [{"code": "care-plus", "wanted": True, "price": 1}]},
            "invalid-field",
            "extras.0.price",
        ),
        ({"vouchers": ["NO-SUCH-WORD"]}, "unknown-voucher", "vouchers"),
        ({"vouchers": [f"W{n}" for n in range(100)]}, "invalid-field", "vouchers"),
        ({"vouchers": [""]}, "invalid-field", "vouchers.0"),
        ({"vouchers": [" "]}, "bad-wish", "vouchers.0"),
        ({"vouchers": "LUJIANG-2026"}, "invalid-field", "vouchers"),
        ({"vouchers": ["x" * 41]}, "invalid-field", "vouchers.0"),
        ({"proofs": ["no-such-proof"]}, "unknown-proof", "proofs"),
        ({"trade_in": {}}, "invalid-field", "trade_in.words"),
        ({"trade_in": {"words": "x" * 5000}}, "invalid-field", "trade_in.words"),
        ({"trade_in": {"words": "   "}}, "bad-wish", "trade_in.words"),
        (
            {"trade_in": {**WISH, "wished": {"amount": -1, "currency": CNY}}},
            "invalid-field",
            "trade_in.wished.amount",
        ),
        (
            {"trade_in": {**WISH, "wished": {"amount": 1.5, "currency": CNY}}},
            "invalid-field",
            "trade_in.wished.amount",
        ),
        (
            {"trade_in": {**WISH, "wished": {"amount": 1, "currency": "EUR"}}},
            "currency-not-of-market",
            "trade_in.wished",
        ),
    ],
)
def test_a_bad_wish_names_its_field(
    caller: Caller, change: dict[str, Any], code: str, field: str
) -> None:
    refused = caller.post("/quotes", {"build": caller.build(), **change}, status=422)
    assert code_of(refused) == code
    named = {row["field"] for row in refused.get("errors") or ()} | {
        str(refused["detail"]).partition(":")[0]
    }
    assert field in named


def test_an_answer_to_other_words_is_a_conflict(caller: Caller) -> None:
    answer = {"code": "care-plus", "wanted": True, "text_version": "of-last-year"}
    refused = caller.post("/quotes", {"build": caller.build(), "extras": [answer]}, status=409)
    assert code_of(refused) == "extra-changed"
    shown = {one["code"]: one["text_version"] for one in caller.quote()["extras"]["items"]}
    assert refused["text_version"] == shown["care-plus"]
