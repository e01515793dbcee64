"""What only the HTTP door to a lender has: its tries, its refusals, answers that cannot be read; which door opens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from checkout.errors import LenderRefused, LenderUnavailable
from checkout.gateways import open_lender
from checkout.gateways.lender_http import HttpLender
from checkout.gateways.lender_sandbox import SandboxLender
from storefront.settings.safety import refusals
from tests.factories.gateways import Clock
from tests.factories.lenders import LenderDriver, http_lender, loan_request, this_second


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[LenderDriver]:
    with http_lender(tmp_path / "luyin", Clock(this_second())) as found:
        yield found


@pytest.mark.parametrize("broken", [[500], [None], [503, None], [429, 408]])
def test_a_try_that_failed_is_made_again_with_the_same_key(
    driver: LenderDriver, broken: list[int | bytes | None]
) -> None:
    driver.broken = list(broken)
    assert driver.door.submit(loan_request(), key="submit-1").reference == "FABCD2345"
    assert [asked["key"] for asked in driver.asked] == ["submit-1"] * (len(broken) + 1)
    assert all(asked["body"] == driver.asked[0]["body"] for asked in driver.asked)


def test_after_three_tries_nobody_knows(driver: LenderDriver) -> None:
    driver.broken = [500] * 9
    with pytest.raises(LenderUnavailable) as caught:
        driver.door.submit(loan_request(), key="submit-1")
    assert caught.value.facts == {"lender": "luyin", "reason": "status 500"}
    assert len(driver.asked) == 3


def test_a_refusal_is_not_tried_again_and_keeps_the_lenders_code(driver: LenderDriver) -> None:
    driver.broken = [422]
    with pytest.raises(LenderRefused) as caught:
        driver.door.submit(loan_request(), key="submit-1")
    assert caught.value.facts["reason"] == "broken"
    assert len(driver.asked) == 1


def test_a_wrong_token_is_no_decision_about_the_buyer(driver: LenderDriver) -> None:
    driver.broken = [401]
    with pytest.raises(LenderUnavailable):
        driver.door.fetch("ln_1")


def seen(**change: Any) -> bytes:
    decision = {
        "number": 1,
        "outcome": "approved",
        "terms": {"amount": {"amount": 1, "currency": "CNY"}, "months": 1, "annual_rate": "0"},
        "valid_until": "2026-12-22",
        "reason": "",
    } | change
    return json.dumps({"id": "ln_1", "reference": "F1", "decision": decision}).encode()


def test_an_answer_of_the_contract_is_read(driver: LenderDriver) -> None:
    driver.broken = [seen()]
    assert driver.door.fetch("ln_1").decision.number == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"id": "", "reference": "F1", "decision": {}}',
        seen(number="1"),
        seen(number=True),
        seen(outcome="maybe"),
        seen(valid_until="tomorrow"),
        seen(terms={"amount": {"amount": 1.5, "currency": "CNY"}, "months": 1, "annual_rate": "0"}),
        seen(terms={"amount": {"amount": 1, "currency": "XXX"}, "months": 1, "annual_rate": "0"}),
        seen(terms={"amount": {"amount": 1, "currency": "CNY"}, "months": 1, "annual_rate": "NaN"}),
        seen(terms={"amount": {"amount": 1, "currency": "CNY"}, "months": 1, "annual_rate": "x"}),
        seen(terms={"months": 1}),
        seen(reason="x" * 300_000),
    ],
)
def test_an_answer_that_cannot_be_read_is_no_answer(driver: LenderDriver, answer: bytes) -> None:
    driver.broken = [answer]
    with pytest.raises(LenderUnavailable):
        driver.door.fetch("ln_1")


def test_a_list_that_is_none_is_no_answer(driver: LenderDriver) -> None:
    driver.broken = [b'{"items": 7}']
    with pytest.raises(LenderUnavailable):
        driver.door.find("F1")


def test_a_redirect_is_not_followed(driver: LenderDriver) -> None:
    driver.broken = [302]
    with pytest.raises(LenderUnavailable):
        driver.door.fetch("ln_1")
    assert len(driver.asked) == 1


def settings(tmp_path: Path, doors: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(LENDER_DOORS=doors, SANDBOX_DIR=tmp_path)


HTTP = {"door": "http", "base": "https://lender.example/v1", "token": "t", "secrets": ["s"]}


def test_settings_open_a_door_per_lender(tmp_path: Path) -> None:
    found = settings(tmp_path, {"*": {"door": "sandbox"}, "luyin": HTTP})
    assert isinstance(open_lender(found, "luyin"), HttpLender)
    assert open_lender(found, "luyin") is open_lender(found, "luyin")
    assert isinstance(open_lender(found, "hanseflut"), SandboxLender)
    assert open_lender(settings(tmp_path, {"luyin": HTTP}), "hanseflut") is None


@pytest.mark.parametrize(
    "doors",
    [
        {"luyin": {}},
        {"luyin": {"door": "fax"}},
        {"luyin": HTTP | {"token": ""}},
        {"luyin": HTTP | {"secrets": []}},
        {"*": HTTP},
    ],
)
def test_a_door_that_is_half_configured_does_not_open(
    tmp_path: Path, doors: dict[str, Any]
) -> None:
    with pytest.raises(ImproperlyConfigured, match="LENDER_DOORS"):
        open_lender(settings(tmp_path, doors), "luyin")


def about_lenders(**values: Any) -> list[str]:
    found = refusals({"DATABASES": {"default": {"ENGINE": "postgresql"}}, **values})
    return [line for line in found if "LENDER" in line]


def test_a_real_shop_refuses_a_lender_that_lends_nothing_unless_told() -> None:
    sandbox = {"*": {"door": "sandbox"}}
    assert len(about_lenders(LENDER_DOORS=sandbox)) == 1
    assert about_lenders(LENDER_DOORS=sandbox, SANDBOX_LENDERS_ALLOWED=True) == []
    assert about_lenders(LENDER_DOORS={"luyin": HTTP}) == []
    assert len(about_lenders(LENDER_DOORS={"luyin": HTTP | {"base": "http://x"}})) == 1
