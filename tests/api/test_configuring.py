"""Clicks, completions and saved builds through the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import Caller, code_of
from tests.factories.catalogue import blocked_clicks
from tests.factories.shelf import close_market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
VOYAGE = ["trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream", "pkg-quiet"]


def click(
    caller: Caller, choices: list[str], option: str, want: bool = True, model: str = "haven"
) -> Any:
    body = {"model": model, "choices": choices, "change": {"option": option, "want": want}}
    return caller.post("/configurations/evaluate", body)


def test_a_state_says_every_status_and_price() -> None:
    state = Caller().post(
        "/configurations/evaluate", {"model": "haven", "choices": ["trim:voyage"]}
    )
    assert state["outcome"] == "state"
    assert state["valid"]
    assert state["statuses"]["trim:voyage"] == {"status": "selected"}
    kinds = {found["status"] for found in state["statuses"].values()}
    assert kinds <= {"selected", "included", "available", "unavailable", "required"}
    total = sum(line["amount"]["amount"] for line in state["price_sheet"]["lines"])
    assert state["price_sheet"]["total"] == {"amount": total, "currency": "CNY"}
    assert state["monthly"]["amount"]["amount"] > 0
    assert state["delivery"]["from"] < state["delivery"]["until"]


def test_a_click_that_only_does_what_was_asked_is_applied() -> None:
    caller = Caller()
    answer = click(caller, ["trim:voyage"], "paint-clearing")
    assert answer["outcome"] == "applied"
    assert set(answer["choices"]) == {"trim:voyage", "paint-clearing"}


def test_the_worked_example_costs_what_the_rules_say() -> None:
    state = Caller().post("/configurations/evaluate", {"model": "haven", "choices": VOYAGE})
    assert state["price_sheet"]["total"] == {"amount": 39_530_000, "currency": "CNY"}
    assert state["price_sheet"]["vat"] == {"amount": 4_547_699, "currency": "CNY"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_click_that_cannot_be_is_blocked_with_reasons_and_repairs(language: str) -> None:
    caller = Caller(language)
    for case in [case for case in blocked_clicks("haven") if case["market"] == "CN"][:4]:
        choices = [f"trim:{case['trim']}", *case["chosen"]]
        answer = click(caller, choices, case["click"])
        assert answer["outcome"] == "blocked"
        assert answer["choices"] == choices
        rules = [rule["code"] for rule in answer["conflict"]["rules"]]
        assert sorted(rules) == sorted(case["minimal_conflict"]["rules"])
        assert all(rule["text"] for rule in answer["conflict"]["rules"])
        assert 1 <= len(answer["repairs"]) <= 3
        prices = [repair["price_difference"]["amount"] for repair in answer["repairs"]]
        assert prices == sorted(prices)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"model": "haven", "choices": ["trim:voyage", "no-such"]}, 422, "unknown-option"),
        (
            {"model": "haven", "choices": ["trim:voyage"], "change": {"option": "no-such"}},
            422,
            "unknown-option",
        ),
        ({"model": "haven", "choices": []}, 422, "not-buildable"),
        ({"model": "zeppelin", "choices": []}, 404, "unknown-model"),
        ({"model": "haven", "market": "XX", "choices": ["trim:voyage"]}, 422, "unknown-market"),
        (
            {"model": "haven", "release": "R999999", "choices": ["trim:voyage"]},
            404,
            "unknown-release",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_named(body: dict[str, Any], status: int, code: str) -> None:
    assert code_of(Caller().post("/configurations/evaluate", body, status=status)) == code


def test_an_unknown_option_is_named_with_its_place() -> None:
    body = {"model": "haven", "choices": ["trim:voyage", "no-such"]}
    for path, asked, places in (
        ("evaluate", {**body, "change": {"option": "nor-this"}}, ["choices.1"]),
        ("complete", body, ["choices.1"]),
        (
            "evaluate",
            {"model": "haven", "choices": ["trim:voyage"], "change": {"option": "nor-this"}},
            ["change.option"],
        ),
    ):
        problem = Caller().post(f"/configurations/{path}", asked, status=422)
        assert code_of(problem) == "unknown-option"
        assert [error["field"] for error in problem["errors"]] == places


def test_a_closed_market_is_named_wherever_a_car_is_asked_for() -> None:
    caller, body = Caller(), {"model": "haven", "market": "DE", "choices": ["trim:voyage"]}
    assert caller.post("/configurations/evaluate", body)["price_sheet"]["currency"] == "EUR"
    close_market("DE")
    refused = caller.post("/configurations/evaluate", body, status=409)
    assert code_of(refused) == "market-not-on-sale"
    assert code_of(caller.get("/models", market="DE", status=409)) == "market-not-on-sale"
    assert (
        code_of(caller.post("/quotes", {"vin": "L0SH11CA0VX112729", "market": "DE"}, status=409))
        == "market-not-on-sale"
    )
    two = [
        {"model": "haven", "market": market, "choices": ["trim:voyage"]} for market in ("CN", "DE")
    ]
    problem = caller.post("/builds/compare", {"builds": two}, status=409)
    assert (code_of(problem), problem["errors"][0]["field"]) == (
        "market-not-on-sale",
        "builds.1.market",
    )


def test_the_cheapest_complete_car_keeps_the_choices() -> None:
    caller = Caller()
    done = caller.post("/configurations/complete", {"model": "rill", "choices": []})
    assert any(code.startswith("trim:") for code in done["choices"])
    state = caller.post("/configurations/evaluate", {"model": "rill", "choices": done["choices"]})
    assert state["valid"]
    assert state["price_sheet"]["total"] == done["price_sheet"]["total"]


def test_a_budget_below_every_car_says_what_the_cheapest_costs() -> None:
    body = {"model": "rill", "choices": [], "budget": {"amount": 100, "currency": "CNY"}}
    refused = Caller().post("/configurations/complete", body, status=422)
    assert code_of(refused) == "no-car-in-budget"
    assert refused["cheapest"]["currency"] == "CNY"


@pytest.mark.parametrize("currency", ["EUR", "XQZ"])
def test_a_budget_in_a_currency_of_no_use_here_names_the_field_and_the_mend(currency: str) -> None:
    body = {"model": "rill", "choices": [], "budget": {"amount": 10**10, "currency": currency}}
    refused = Caller().post("/configurations/complete", body, status=422)
    assert code_of(refused) == "currency-not-of-market"
    assert (refused["field"], refused["currency"]) == ("budget.currency", currency)
    assert refused["expected"] == "CNY"
    assert refused["detail"].startswith("budget.currency: ")
    assert refused["detail"].endswith("give the budget in CNY")


def test_a_build_is_saved_and_reopened_as_it_was() -> None:
    caller = Caller()
    saved = caller.post("/builds", {"model": "haven", "choices": VOYAGE}, status=201)
    found = caller.get(f"/builds/{saved['code'].lower()}")
    current = found.pop("current")
    assert found == saved
    assert (current["valid"], current["changes"]) == (True, [])
    assert current["price_sheet"]["total"] == saved["price_sheet"]["total"]


def test_what_is_no_car_is_not_saved() -> None:
    caller = Caller()
    case = blocked_clicks("haven")[0]
    choices = [f"trim:{case['trim']}", *case["chosen"], case["click"]]
    refused = caller.post("/builds", {"model": "haven", "choices": choices}, status=422)
    assert code_of(refused) == "not-buildable"
    assert refused["violations"]
    assert all(isinstance(v.get("text", ""), str) for v in refused["violations"])  # one language
    assert code_of(caller.get("/builds/NOPE2345", status=404)) == "unknown-build"
