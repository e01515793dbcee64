"""Withdrawing through the API: two steps for guests and for who is known, what is told and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from checkout.domain.order import State
from checkout.models import (
    FinanceApplication,
    InsurancePolicy,
    Order,
    OrderEvent,
    WithdrawalReceipt,
)
from contracts.models import Contract
from kernel.crypto import token_digest
from kernel.jobs import run_until_idle
from storefront.api.models import IdempotencyRecord
from storefront.api.throttling import BUCKETS
from tests.api.caller import Caller, code_of
from tests.factories.shelf import forget, put_on_sale
from tests.factories.withdrawn import bought, handed_over

pytestmark = pytest.mark.django_db(transaction=True)
WHO = {"name": "Erika Muster", "contact": "erika@example.com"}


@pytest.fixture(autouse=True)
def _shop(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[None]:
    settings.SANDBOX_DIR = tmp_path
    forget()
    put_on_sale()
    yield
    forget()


def sold(market: str = "DE", state: State = State.RESERVED, **parts: Any) -> Order:
    found = bought(market, state, now=timezone.now() - timedelta(minutes=5), **parts)
    found.token_digest = token_digest(f"token-{found.code}")
    found.save()
    return found


def known(order: Order, language: str = "en") -> Caller:
    return Caller(language, token=f"token-{order.code}")


def said(step: Any) -> dict[str, str]:
    return {"statement": step["statement"], "fingerprint": step["fingerprint"]}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_guest_withdraws_in_two_steps_without_signing_in(language: str) -> None:
    order = sold()
    guest = Caller(language)
    step = guest.post("/withdrawals", {"order": order.code, **WHO})
    assert step["declaration"]["name"] == "Erika Muster"
    assert step["labels"]["local"]["begin"] == "Vertrag widerrufen"
    assert step["refund"] == {"amount": order.deposit, "currency": "EUR"}
    receipt = guest.post("/withdrawals/confirmation", said(step), status=201)
    order.refresh_from_db()
    assert order.state == "withdrawn"
    assert (receipt["order"], receipt["contact"], receipt["zone"]) == (
        order.code,
        "e***@example.com",
        "Europe/Berlin",
    )
    assert receipt["received_at"].endswith("Z")


def test_the_buyer_who_is_known_says_nothing_but_yes() -> None:
    order = sold()
    caller = known(order)
    page = caller.get(f"/orders/{order.code}")
    assert "withdraw" in page["moves"]
    assert page["withdrawal"]["right"] is True
    assert page["withdrawal"]["labels"]["begin"] == "Withdraw from contract here"
    step = caller.post(f"/orders/{order.code}/withdrawal/preview", {})
    assert step["declaration"]["contact"] == "erika@example.com"
    receipt = caller.post(f"/orders/{order.code}/withdrawal", said(step), status=201)
    page = caller.get(f"/orders/{order.code}")
    assert (page["state"], page["contract"]["state"], page["moves"]) == ("withdrawn", "void", [])
    assert page["withdrawal"]["receipt"] == receipt
    assert page["withdrawal"]["reason_none"]["code"] == "ended"


def test_the_same_key_gives_the_same_receipt_and_no_key_is_refused() -> None:
    order = sold()
    guest = Caller("en")
    step = guest.post("/withdrawals", {"order": order.code, **WHO})
    first = guest.post("/withdrawals/confirmation", said(step), status=201, key="once")
    again = guest.post("/withdrawals/confirmation", said(step), status=201, key="once")
    other = guest.post("/withdrawals/confirmation", said(step), status=201, key="another")
    assert first == again == other
    assert WithdrawalReceipt.objects.count() == 1
    problem = guest.post("/withdrawals/confirmation", said(step), status=422, key="")
    assert code_of(problem) == "idempotency-key-missing"


def test_whatever_a_guest_has_wrong_the_answer_is_word_for_word_the_same() -> None:
    order = sold()
    guest = Caller("en")
    right = {"order": order.code, **WHO}
    wrong = [
        {**right, "order": "C26-NONE"},
        {**right, "name": "Erika Other"},
        {**right, "contact": "other@example.com"},
    ]
    answers = [guest.raw("POST", "/withdrawals", body) for body in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert b"no-such-purchase" in answers[0].content


def test_guessing_is_slowed_down(settings: Any) -> None:
    settings.API_THROTTLES = {"withdrawals": (2, 1)}
    BUCKETS.clear()
    guest = Caller("en")
    body = {"order": "C26-NONE", **WHO}
    assert [guest.raw("POST", "/withdrawals", body).status_code for _ in range(3)] == [
        404,
        404,
        429,
    ]
    BUCKETS.clear()


def test_another_buyer_s_order_does_not_exist() -> None:
    order, other = sold(), sold()
    caller = known(other)
    caller.post(f"/orders/{order.code}/withdrawal/preview", {}, status=404)
    step = caller.post(f"/orders/{other.code}/withdrawal/preview", {})
    problem = known(order).post(f"/orders/{order.code}/withdrawal", said(step), status=422)
    assert code_of(problem) == "not-our-statement"
    Caller("en").post(f"/orders/{order.code}/withdrawal", said(step), status=401)


def test_after_the_deadline_the_answer_says_until_when_and_what_else_can_be_done() -> None:
    order = sold("DE", State.BALANCE_PAID)
    past = timezone.now() - timedelta(days=40)
    OrderEvent.objects.filter(order=order).update(at=past)
    handed_over(order, past)
    problem = known(order).post(f"/orders/{order.code}/withdrawal/preview", {}, status=409)
    assert (code_of(problem), problem["reason"]) == ("withdrawal-not-possible", "too_late")
    assert problem["until"] < timezone.now().date().isoformat()
    assert "defects" in problem["text"]
    assert problem["instead"] == []
    page = known(order).get(f"/orders/{order.code}")
    assert page["withdrawal"]["reason_none"]["code"] == "too_late"
    assert page["moves"] == []


def test_a_configured_car_in_china_has_no_right_and_says_why() -> None:
    order = sold("CN", State.LOCKED)
    page = known(order, "zh-hans").get(f"/orders/{order.code}")
    assert page["withdrawal"]["right"] is False
    assert "定制" in page["withdrawal"]["reason_none"]["text"]
    assert "withdraw" not in page["moves"]
    problem = known(order).post(f"/orders/{order.code}/withdrawal/preview", {}, status=409)
    assert problem["instead"] == ["cancel_by_buyer"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"order": "C26", "name": "", "contact": "x"},
        {"order": "C26", "name": "x", "contact": "y", "reason": "colour"},
        {"order": "a b", "name": "x", "contact": "y"},
        {"order": "C26", "name": "x" * 121, "contact": "y"},
    ],
)
def test_a_first_step_asks_for_three_things_and_takes_no_reason(body: dict[str, str]) -> None:
    Caller("en").post("/withdrawals", body, status=422)


def test_a_statement_of_somebody_s_own_making_is_refused() -> None:
    body = {"statement": "x" * 40, "fingerprint": "0" * 64}
    problem = Caller("en").post("/withdrawals/confirmation", body, status=422)
    assert code_of(problem) == "not-our-statement"


def test_the_answer_kept_for_the_key_is_encrypted() -> None:
    order = sold()
    guest = Caller("en")
    step = guest.post("/withdrawals", {"order": order.code, **WHO})
    guest.post("/withdrawals/confirmation", said(step), status=201, key="kept")
    record = IdempotencyRecord.objects.get(key="kept")
    assert "Erika" in (record.body or "")
    stored = IdempotencyRecord.objects.filter(pk=record.pk).extra(select={"raw": "body"})
    assert str(stored.values_list("raw", flat=True)[0]).startswith("v1.")


def test_a_market_names_the_entry_its_law_wants_on_every_page() -> None:
    found = {each["code"]: each["withdrawal"] for each in Caller("en").get("/markets")["items"]}
    assert found["CN"] is None
    assert found["DE"]["begin"] == "Withdraw from contract here"
    assert found["DE"]["local"] == {
        "begin": "Vertrag widerrufen",
        "confirm": "Widerruf bestätigen",
    }


def test_what_hangs_on_the_order_ends_with_it() -> None:
    order = sold(accepted=False)
    caller = known(order)
    step = caller.post(f"/orders/{order.code}/withdrawal/preview", {})
    caller.post(f"/orders/{order.code}/withdrawal", said(step), status=201)
    run_until_idle()
    assert not Contract.objects.filter(order=order.code).exclude(state="void").exists()
    assert not InsurancePolicy.objects.filter(order=order, state__in=["quoted", "bound"]).exists()
    assert not FinanceApplication.objects.filter(order=order).exists()
