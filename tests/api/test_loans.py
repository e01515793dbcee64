"""Loans through the API: every product with its reasons, schedules, what a month pays for, and the sheets of a loan."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from checkout.models.credit import CreditSheet
from tests.api.caller import Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]

HAVEN: dict[str, Any] = {"model": "haven", "price": {"amount": 39_530_000, "currency": "CNY"}}
GERMAN: dict[str, Any] = {
    "market": "DE",
    "model": "vale",
    "price": {"amount": 4_599_000, "currency": "EUR"},
}
LOAN = {"product": "luyin-60", "down_payment": {"amount": 11_859_000, "currency": "CNY"}}


def quotes(**asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = Caller().post("/finance/quotes", asked)
    return found


def by_product(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["product"]: item for item in items}


def read_already() -> None:
    """As if every sheet had been shown a minute ago."""
    minute = timedelta(minutes=1)
    CreditSheet.objects.update(
        issued_at=F("issued_at") - minute, readable_at=F("readable_at") - minute
    )


def test_every_method_is_offered_and_what_is_not_says_why() -> None:
    found = quotes(**HAVEN)
    methods = {item["product"]: item["method"] for item in found["items"]}
    assert methods == {
        "luyin-36": "annuity",
        "luyin-60": "annuity",
        "luyin-balloon-36": "annuity",
        "luyin-principal-48": "equal-principal",
        "fanying-lease-36": "lease",
    }
    refused = by_product(found["not_offered"])["luyin-24"]
    assert (refused["reason"], refused["text"]) == (
        "campaign-model",
        "Its campaign is not for this model.",
    )


def test_the_annual_rate_comes_with_the_convention_of_its_market() -> None:
    chinese = by_product(quotes(**HAVEN)["items"])["luyin-60"]
    assert (
        chinese["apr_text"]
        == "APR 3.88 % (monthly internal rate of return times 12, not compounded)"
    )
    assert chinese["warning"] is None
    german = by_product(quotes(**GERMAN)["items"])["hanseflut-48"]
    assert german["apr_text"] == "APR 4.48 % (effective annual rate, compounded)"
    assert german["warning"] == "Caution! Borrowing money costs money."
    assert german["withdrawal_days"] == 14


def test_a_schedule_comes_only_when_asked_for_and_adds_up() -> None:
    plain = quotes(**HAVEN, product="luyin-principal-48")["items"][0]
    assert plain.get("schedule") is None
    loan = quotes(**HAVEN, product="luyin-principal-48", schedule=True)["items"][0]
    lines = loan["schedule"]
    assert len(lines) == 48
    assert sum(line["principal"]["amount"] for line in lines) == loan["amount"]["amount"]
    assert sum(line["interest"]["amount"] for line in lines) == loan["interest"]["amount"]
    assert lines[-1]["balance"]["amount"] == 0


def test_one_product_that_does_not_fit_is_an_error_with_its_limit() -> None:
    caller = Caller()
    little = {"amount": 7_905_999, "currency": "CNY"}
    refused = caller.post(
        "/finance/quotes", {**HAVEN, "product": "luyin-60", "down_payment": little}, status=422
    )
    assert code_of(refused) == "finance-not-eligible"
    assert (refused["reason"], refused["limit"]["amount"]) == ("min_down_payment", 7_906_000)
    everything = by_product(quotes(**HAVEN, down_payment=little)["not_offered"])
    assert everything["luyin-60"]["text"] == "The down payment is at least ¥79,060.00."


def test_accessories_and_extras_that_the_lender_refuses_are_cash() -> None:
    caller = Caller()
    choices = ["trim:voyage", "paint-clearing"]
    model = caller.get("/models/haven/configurator")
    accessory = next(
        option["code"]
        for group in model["groups"]
        if group["code"] == "accessories"
        for option in group["options"]
    )
    build = caller.build("haven", [*choices, accessory])
    plan = "care-basic"
    found = by_product(
        caller.post(
            "/finance/quotes", {"build": build, "extras": [{"code": plan, "wanted": True}]}
        )["items"]
    )
    parts = {part["kind"]: part for part in found["luyin-60"]["cash"]}
    assert parts["accessory"]["codes"] == [accessory]
    assert parts["service"]["codes"] == [plan]
    assert parts["insurance"]["amount"] is None
    assert "accessory" not in {part["kind"] for part in found["fanying-lease-36"]["cash"]}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"months": 0}, 422, "invalid-field"),
        ({"months": -12}, 422, "invalid-field"),
        ({"months": 121}, 422, "invalid-field"),
        ({"months": 60, "product": "luyin-36"}, 422, "finance-not-eligible"),
        ({"price": {"amount": 0, "currency": "CNY"}, "product": "luyin-60"}, 422, "finance-not-eligible"),
        ({"price": {"amount": -1, "currency": "CNY"}}, 422, "invalid-field"),
        ({"down_payment": {"amount": -1, "currency": "CNY"}}, 422, "invalid-field"),
        ({"down_payment": {"amount": 1, "currency": "EUR"}}, 422, "currency-not-of-market"),
        (
            {"down_payment": {"amount": 4 * 39_530_000, "currency": "CNY"}, "product": "luyin-60"},
            422,
            "finance-not-eligible",
        ),
        ({"product": "no-such-loan"}, 422, "unknown-finance-product"),
        ({"product": "hanseflut-48"}, 422, "unknown-finance-product"),
        ({"product": "luyin-24"}, 409, "campaign-not-running"),
        ({"market": "DE"}, 422, "currency-not-of-market"),
    ],
)  # fmt: skip
def test_a_loan_that_makes_no_sense_is_refused(
    change: dict[str, Any], status: int, code: str
) -> None:
    refused = Caller().post("/finance/quotes", {**HAVEN, **change}, status=status)
    assert code_of(refused) == code


def test_down_payments_of_four_hundred_per_cent_leave_no_product() -> None:
    found = quotes(**HAVEN, down_payment={"amount": 4 * 39_530_000, "currency": "CNY"})
    assert found["items"] == []
    reasons = {row["product"]: row["reason"] for row in found["not_offered"]}
    assert reasons["luyin-60"] == "max_down_payment"


def test_a_monthly_amount_buys_the_dearest_price_of_every_product() -> None:
    monthly = {"amount": 600_000, "currency": "CNY"}
    found = Caller().post("/finance/affordable", {"model": "haven", "monthly": monthly})
    prices = [item["price"]["amount"] for item in found["items"]]
    assert prices == sorted(prices, reverse=True)
    items = by_product(found["items"])
    assert items["luyin-60"]["price"]["amount"] == 46_679_231
    assert {"luyin-balloon-36", "luyin-principal-48", "fanying-lease-36"} <= set(items)
    for item in found["items"]:
        highest = item["highest_instalment"]["amount"]
        assert highest + item["left"]["amount"] == 600_000
        asked = {**HAVEN, "price": item["price"], "product": item["product"]}
        again = quotes(**asked, down_payment=item["finance"]["down_payment"])["items"][0]
        assert again["instalment"] == item["finance"]["instalment"]


def test_without_a_model_a_monthly_amount_is_asked_of_every_model() -> None:
    found = Caller().post(
        "/finance/affordable", {"monthly": {"amount": 300_000, "currency": "CNY"}, "months": 36}
    )
    assert {item["model"] for item in found["items"]} == {"rill", "vale", "haven"}
    assert {item["finance"]["months"] for item in found["items"]} == {36}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"monthly": {"amount": 100_000, "currency": "EUR"}}, 422, "currency-not-of-market"),
        ({"monthly": {"amount": -1, "currency": "CNY"}}, 422, "invalid-field"),
        ({"monthly": {"amount": 1, "currency": "CNY"}, "months": 0}, 422, "invalid-field"),
        (
            {"monthly": {"amount": 1, "currency": "CNY"}, "model": "zeppelin"},
            404,
            "unknown-model",
        ),
        (
            {"monthly": {"amount": 1, "currency": "CNY"}, "product": "no-such-loan"},
            422,
            "unknown-finance-product",
        ),
    ],
)
def test_a_monthly_amount_without_sense_is_refused(
    body: dict[str, Any], status: int, code: str
) -> None:
    assert code_of(Caller().post("/finance/affordable", body, status=status)) == code


def test_an_amount_too_small_for_every_product_names_what_would_do() -> None:
    found = Caller().post(
        "/finance/affordable", {"model": "haven", "monthly": {"amount": 0, "currency": "CNY"}}
    )
    assert found["items"] == []
    least = by_product(found["not_offered"])["luyin-60"]
    assert (least["reason"], least["limit"]["amount"]) == ("monthly", 55_087)


def test_an_order_with_a_loan_waits_for_its_cost_sheet() -> None:
    caller = Caller()
    quote = caller.quote(build=caller.build("haven", ["trim:voyage"]), finance=LOAN)
    refused = caller.order(quote, status=409)
    assert code_of(refused) == "cost-sheet-needed"
    assert (refused["cost_sheet"], refused["reason"]) == (None, "missing")

    sheet = caller.post("/finance/cost-sheets", {"quote": quote["code"]}, status=201)
    assert (sheet["kind"], sheet["state"], sheet["seconds_left"]) == ("cost-sheet", "issued", 10)
    again = caller.post("/finance/cost-sheets", {"quote": quote["code"]}, status=201)
    assert again["code"] == sheet["code"]
    refused = caller.order(quote, status=409)
    assert (refused["cost_sheet"], refused["reason"]) == (sheet["code"], "unconfirmed")

    path = f"/finance/cost-sheets/{sheet['code']}"
    said = {"fingerprint": sheet["fingerprint"], "accepted": True}
    early = caller.post(f"{path}/confirmation", said, status=409)
    assert code_of(early) == "cost-sheet-too-early"
    assert 0 < early["seconds"] <= 10
    read_already()
    other = caller.post(f"{path}/confirmation", {**said, "fingerprint": "0" * 64}, status=409)
    assert code_of(other) == "cost-sheet-changed"
    assert caller.post(f"{path}/confirmation", {**said, "accepted": False}, status=422)
    confirmed = caller.post(f"{path}/confirmation", said)
    assert caller.post(f"{path}/confirmation", said)["confirmed_at"] == confirmed["confirmed_at"]
    assert caller.get(path)["state"] == "confirmed"

    placed = caller.order(quote)
    kept = placed["order"]["document"]["credit"]
    assert (kept["code"], kept["fingerprint"]) == (sheet["code"], sheet["fingerprint"])


def test_the_german_form_is_read_before_an_order_too_but_takes_no_time() -> None:
    caller = Caller()
    choices = ["trim:voyage", "paint-clearing"]
    body = {"market": "DE", "model": "haven", "choices": choices}
    build = caller.post("/builds", body, status=201)["code"]
    quote = caller.quote(
        market="DE", build=build, finance={"product": "hanseflut-48"}, insurance=[]
    )
    sheet = caller.post("/finance/cost-sheets", {"quote": quote["code"]}, status=201)
    assert (sheet["kind"], sheet["seconds_left"]) == ("precontract", 0)
    assert [part["number"] for part in sheet["sheet"]["sections"]] == [1, 2, 3, 4, 5]
    assert sheet["sheet"]["warning"] == "Caution! Borrowing money costs money."
    assert code_of(caller.order(quote, status=409)) == "cost-sheet-needed"
    path = f"/finance/cost-sheets/{sheet['code']}/confirmation"
    caller.post(path, {"fingerprint": sheet["fingerprint"], "accepted": True})
    assert caller.order(quote)["order"]["document"]["credit"]["kind"] == "precontract"


def test_a_quote_without_a_loan_has_no_sheet() -> None:
    caller = Caller()
    quote = caller.quote()
    refused = caller.post("/finance/cost-sheets", {"quote": quote["code"]}, status=409)
    assert (code_of(refused), refused["reason"]) == ("no-cost-sheet", "loan")
    assert caller.order(quote)["order"]["document"].get("credit") is None


def test_nobody_sees_or_confirms_the_sheet_of_another_buyer() -> None:
    caller, stranger = Caller(), Caller()
    quote = caller.quote(build=caller.build("haven", ["trim:voyage"]), finance=LOAN)
    sheet = caller.post("/finance/cost-sheets", {"quote": quote["code"]}, status=201)
    read_already()
    body = {"fingerprint": sheet["fingerprint"], "accepted": True}
    path = f"/finance/cost-sheets/{sheet['code']}"
    assert code_of(stranger.get(path, status=404)) == "unknown-quote"
    assert code_of(stranger.post(f"{path}/confirmation", body, status=404)) == "unknown-quote"
    made = stranger.post("/finance/cost-sheets", {"quote": quote["code"]}, status=404)
    assert code_of(made) == "unknown-quote"
    missing = stranger.get("/finance/cost-sheets/K-NOPE2345", status=404)
    assert code_of(missing) == "unknown-cost-sheet"
