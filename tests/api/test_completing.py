"""Complete cars through the API: the cheapest, the best within a budget, the best for a monthly amount."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def complete(body: dict[str, Any], status: int = 200) -> Any:
    return Caller().post("/configurations/complete", {"model": "haven", **body}, status=status)


def yuan(amount: int) -> dict[str, Any]:
    return {"amount": amount * 100, "currency": "CNY"}


def test_the_cheapest_car_has_no_budget_and_no_loan() -> None:
    done = complete({"choices": ["com-tea"]})
    assert (done["objective"], done["budget"], done["left"], done["finance"]) == (
        "cheapest",
        None,
        None,
        None,
    )
    assert done["proven"]
    needed = {add["code"]: add for add in done["adds"] if add["why"] == "needed"}
    assert needed
    assert all(reason["text"] for add in needed.values() for reason in add["because"])


def test_a_budget_buys_the_best_car_within_it() -> None:
    done = complete({"choices": [], "budget": yuan(400_000)})
    total = done["price_sheet"]["total"]["amount"]
    assert done["objective"] == "best"
    assert total <= 40_000_000
    assert done["left"]["amount"] == 40_000_000 - total
    cheapest = complete({"choices": []})
    assert total > cheapest["price_sheet"]["total"]["amount"]
    assert {add["why"] for add in done["adds"]} <= {"needed", "cheaper", "budget"}
    state = Caller().post(
        "/configurations/evaluate", {"model": "haven", "choices": done["choices"]}
    )
    assert state["valid"]
    assert state["price_sheet"]["total"]["amount"] == total


def test_a_budget_keeps_what_was_chosen() -> None:
    done = complete({"choices": ["trim:calm", "paint-ink"], "budget": yuan(330_000)})
    assert {"trim:calm", "paint-ink"} <= set(done["choices"])


def test_a_budget_of_exactly_the_cheapest_car_buys_it_and_one_cent_less_does_not() -> None:
    cheapest = complete({"choices": ["com-tea"]})
    total = cheapest["price_sheet"]["total"]
    assert complete({"choices": ["com-tea"], "budget": total})["price_sheet"]["total"] == total
    less = {**total, "amount": total["amount"] - 1}
    refused = complete({"choices": ["com-tea"], "budget": less}, status=422)
    assert code_of(refused) == "no-car-in-budget"
    assert refused["cheapest"] == total
    assert refused["choices"] == cheapest["choices"]


@pytest.mark.parametrize("amount", [5_000, 6_000, 7_777])
def test_a_monthly_amount_buys_a_car_whose_instalments_all_stay_within_it(amount: int) -> None:
    done = complete({"choices": [], "monthly": yuan(amount)})
    loan = done["finance"]
    assert max(loan["instalment"]["amount"], loan["last_instalment"]["amount"]) <= amount * 100
    assert loan["down_payment"]["amount"] >= done["price_sheet"]["total"]["amount"] * 3 // 10
    assert done["price_sheet"]["total"]["amount"] <= done["budget"]["amount"]
    quotes = Caller().post(
        "/finance/quotes", {"model": "haven", "price": done["price_sheet"]["total"]}
    )
    same = next(item for item in quotes["items"] if item["product"] == loan["product"])
    assert {key: same[key] for key in loan} == loan


def test_the_loan_the_months_and_the_down_payment_can_be_named() -> None:
    monthly = {**yuan(6_000), "months": 36, "down_payment": yuan(200_000)}
    done = complete({"choices": [], "monthly": monthly})
    assert (done["finance"]["product"], done["finance"]["months"]) == ("luyin-36", 36)
    assert done["finance"]["down_payment"] == yuan(200_000)
    named = complete({"choices": [], "monthly": {**yuan(5_500), "product": "luyin-balloon-36"}})
    assert named["finance"]["product"] == "luyin-balloon-36"
    assert named["finance"]["instalment"]["amount"] <= 550_000


def test_a_monthly_amount_below_every_car_says_what_the_cheapest_costs_a_month() -> None:
    refused = complete({"choices": [], "monthly": yuan(2_000)}, status=422)
    assert code_of(refused) == "no-car-in-budget"
    least = refused["cheapest_monthly"]["amount"]
    assert refused["affordable"]["amount"] < refused["cheapest"]["amount"]
    just = {"amount": least, "currency": "CNY"}
    assert complete({"choices": [], "monthly": just})["finance"]["instalment"] == just
    below = {"amount": least - 1, "currency": "CNY"}
    assert code_of(complete({"choices": [], "monthly": below}, status=422)) == "no-car-in-budget"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"budget": {"amount": -1, "currency": "CNY"}}, 422, "invalid-field", "budget.amount"),
        ({"budget": {"amount": 1.5, "currency": "CNY"}}, 422, "invalid-field", "budget.amount"),
        ({"budget": yuan(1), "monthly": yuan(1)}, 422, "invalid-field", "body"),
        ({"monthly": {"amount": 0, "currency": "CNY"}}, 422, "invalid-field", "monthly.amount"),
        ({"monthly": {"amount": -5, "currency": "CNY"}}, 422, "invalid-field", "monthly.amount"),
        ({"monthly": {**yuan(6_000), "months": 0}}, 422, "invalid-field", "monthly.months"),
        ({"choices": ["a"] * 5000}, 422, "invalid-field", "choices"),
        (
            {"monthly": {"amount": 5, "currency": "EUR"}},
            422,
            "currency-not-of-market",
            "monthly.currency",
        ),
        (
            {"monthly": {**yuan(6_000), "down_payment": {"amount": 5, "currency": "EUR"}}},
            422,
            "currency-not-of-market",
            "monthly.down_payment.currency",
        ),
        (
            {"monthly": {**yuan(6_000), "months": 7}},
            422,
            "finance-not-eligible",
            "monthly.months",
        ),
        ({"monthly": yuan(1)}, 422, "finance-not-eligible", "monthly.amount"),
        (
            {"monthly": {**yuan(6_000), "product": "luyin-24"}},
            422,
            "finance-not-eligible",
            "monthly.product",
        ),
        (
            {"monthly": {**yuan(6_000), "product": "nobody-9"}},
            422,
            "unknown-finance-product",
            None,
        ),
        ({"choices": ["no-such"], "budget": yuan(400_000)}, 422, "unknown-option", None),
    ],
)
def test_what_cannot_be_completed_names_the_field(
    body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    refused = complete({"choices": [], **body}, status=status)
    assert code_of(refused) == code
    if field is not None:
        named = refused["errors"][0]["field"] if "errors" in refused else refused["field"]
        assert named == field


def test_a_down_payment_above_the_car_leaves_nothing_to_borrow() -> None:
    monthly = {**yuan(3_000), "down_payment": yuan(400_000)}
    body = {"model": "rill", "choices": [], "monthly": monthly}
    refused = Caller().post("/configurations/complete", body, status=422)
    assert code_of(refused) == "finance-not-eligible"
    assert refused["reason"] == "max_down_payment"


def test_an_adjusted_click_carries_the_way_back() -> None:
    caller = Caller()
    before = ["trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream", "pkg-quiet"]
    body = {"model": "haven", "choices": before, "change": {"option": "com-tea"}}
    answer = caller.post("/configurations/evaluate", body)
    assert answer["outcome"] == "adjusted"
    assert answer["undo"]["choices"] == before == answer["before"]["choices"]
    assert {part["code"] for part in answer["undo"]["removes"]} == set(answer["choices"]) - set(
        before
    )
    back = caller.post(
        "/configurations/evaluate", {"model": "haven", "choices": answer["undo"]["choices"]}
    )
    assert set(back["choices"]) == set(before)
    assert back["price_sheet"]["total"] == answer["before"]["total"]


def test_a_blocked_click_has_nothing_to_undo_and_keeps_what_is_pinned() -> None:
    caller = Caller()
    choices = ["trim:zenith", "acc-luggage", "com-tea", "int-silk"]
    body = {"model": "haven", "choices": choices, "change": {"option": "roof-ski"}}
    free = caller.post("/configurations/evaluate", body)
    assert (free["outcome"], free["undo"]) == ("blocked", None)
    assert [part["code"] for part in free["repairs"][0]["removes"]] == ["int-silk"]
    pinned = caller.post("/configurations/evaluate", {**body, "pinned": ["int-silk"]})
    assert pinned["repairs"]
    assert all(
        "int-silk" not in [part["code"] for part in repair["removes"]]
        for repair in pinned["repairs"]
    )
    refused = caller.post("/configurations/evaluate", {**body, "pinned": ["paint-ink"]}, status=422)
    assert refused["errors"][0]["field"] == "pinned.0"
