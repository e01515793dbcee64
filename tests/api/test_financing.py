"""Applying for the loan of an order through the API: the answers, the refusals, and who may see what."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from checkout.gateways import open_lender
from checkout.gateways.lender_http import SIGNATURE_HEADER
from checkout.gateways.lender_sandbox import LenderWorld
from checkout.models import FinanceApplication, FinanceMessage, Order
from kernel.crypto import token_digest
from kernel.jobs import run_until_idle
from storefront.api.models import IdempotencyRecord
from tests.api.caller import API, Caller, code_of
from tests.factories.financed import financed_order
from tests.factories.lenders import APPLICANT, COUNTER, DECLINED, REFERRED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]

CONSENTS = [{"receiver": "luyin", "accepted": True}]
PAPER = {
    "kind": "income",
    "media_type": "application/pdf",
    "content": base64.b64encode(b"%PDF-1.7 payslip").decode(),
}


@pytest.fixture(autouse=True)
def lenders(settings: Any, tmp_path: Path) -> None:
    settings.SANDBOX_DIR = tmp_path


@pytest.fixture
def order() -> Order:
    found = financed_order()
    found.token_digest = token_digest("the-token")
    found.save()
    return found


@pytest.fixture
def caller() -> Caller:
    return Caller("en", token="the-token")


def path_of(order: Order, what: str = "") -> str:
    return f"/orders/{order.code}/finance-application{what}"


def body(number: str = APPLICANT["document_number"], **change: Any) -> dict[str, Any]:
    applicant = APPLICANT | {"document_number": number}
    return {"applicant": applicant, "consents": CONSENTS, **change}


def world(settings: Any) -> LenderWorld:
    door = open_lender(settings, "luyin")
    assert door is not None
    return door.world  # type: ignore[attr-defined,no-any-return]


def test_before_it_applies_an_order_shows_the_form_and_the_words_of_consent(
    caller: Caller, order: Order
) -> None:
    found = caller.get(path_of(order))
    assert (found["application"], found["demo"]) == (None, True)
    form = found["form"]
    assert form["amount"] == {"amount": 27_671_000, "currency": "CNY"}
    assert [receiver["receiver"] for receiver in form["receivers"]] == ["luyin"]
    assert "Luyin" in form["receivers"][0]["text"]
    assert form["income_bands"][0] == "0-5000"


def test_an_application_is_decided_at_once_and_shows_only_a_mask(
    caller: Caller, order: Order
) -> None:
    found = caller.post(path_of(order), body(), status=201)
    assert found["form"] is None
    application = found["application"]
    assert (application["state"], application["text"]) == ("approved", "Approved")
    assert application["limit"] == {"amount": 29_054_550, "currency": "CNY"}
    assert application["terms"]["cash_difference"]["amount"] == 0
    text = json.dumps(found, ensure_ascii=False)
    assert APPLICANT["name"] not in text
    assert APPLICANT["document_number"] not in text
    assert caller.get(path_of(order)) == found
    order.refresh_from_db()
    assert order.finance_state == "approved"


def test_the_same_request_twice_is_one_application_and_another_is_refused(
    caller: Caller, order: Order
) -> None:
    first = caller.post(path_of(order), body(REFERRED), status=201, key="apply")
    again = caller.raw("POST", path_of(order), body(REFERRED), key="apply")
    assert again.json() == first
    assert again["Idempotency-Replayed"] == "true"
    other = caller.post(path_of(order), body(REFERRED), status=409, key="apply-2")
    assert code_of(other) == "application-state-conflict"
    assert FinanceApplication.objects.count() == 1
    assert "李明" not in "".join(str(r.body_hash) for r in IdempotencyRecord.objects.all())


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"consents": []}, 422, "consent-missing"),
        ({"consents": [{"receiver": "luyin", "accepted": False}]}, 422, "consent-missing"),
        ({"applicant": APPLICANT | {"birth_date": "2020-01-01"}}, 422, "bad-applicant"),
        ({"applicant": APPLICANT | {"religion": "none"}}, 422, "invalid-field"),
        ({"product": "luyin-24"}, 409, "application-not-possible"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_sent(
    caller: Caller, order: Order, change: dict[str, Any], status: int, code: str
) -> None:
    found = caller.post(path_of(order), body() | change, status=status)
    assert code_of(found) == code
    assert not FinanceApplication.objects.exists()


def test_a_counter_offer_is_accepted_by_its_number(caller: Caller, order: Order) -> None:
    found = caller.post(path_of(order), body(COUNTER), status=201)["application"]
    assert (found["state"], found["moves"][0]) == ("counter_offer", "accept")
    wrong = {"accepted": True, "decision": found["terms"]["decision"] + 1}
    assert code_of(caller.post(path_of(order, "/accept"), wrong, status=409)) == (
        "application-state-conflict"
    )
    taken = wrong | {"decision": found["terms"]["decision"]}
    accepted = caller.post(path_of(order, "/accept"), taken, key="accept")["application"]
    assert accepted["state"] == "approved"
    assert accepted["terms"]["cash_difference"]["amount"] == 5_534_200


def test_a_paper_is_handed_in_and_never_shown(caller: Caller, order: Order) -> None:
    caller.post(path_of(order), body(REFERRED), status=201)
    found = caller.post(path_of(order, "/documents"), PAPER, status=201)["application"]
    [paper] = found["documents"]
    assert (paper["kind"], paper["size"], len(paper["sha256"])) == ("income", 16, 64)
    assert "content" not in paper
    for wrong, code in (
        ({"content": "!!!!"}, "invalid-field"),
        ({"content": "QUJDR"}, "invalid-field"),
        ({"media_type": "text/html"}, "bad-finance-document"),
        ({"kind": "selfie"}, "bad-finance-document"),
    ):
        refused = caller.post(path_of(order, "/documents"), PAPER | wrong, status=422)
        assert code_of(refused) == code


def test_an_application_is_given_up_and_may_be_made_anew(caller: Caller, order: Order) -> None:
    caller.post(path_of(order), body(), status=201)
    found = caller.post(path_of(order, "/cancel"), {})
    assert found["application"]["state"] == "cancelled"
    assert found["form"] is not None
    assert code_of(caller.post(path_of(order, "/cancel"), {}, status=409)) == (
        "application-state-conflict"
    )
    assert caller.post(path_of(order), body(DECLINED), status=201)["application"]["state"] == (
        "declined"
    )


def test_nothing_to_change_without_an_application(caller: Caller, order: Order) -> None:
    refused = caller.post(path_of(order, "/cancel"), {}, status=404)
    assert code_of(refused) == "unknown-application"


def test_another_buyers_application_does_not_exist(order: Order, caller: Caller) -> None:
    caller.post(path_of(order), body(), status=201)
    stranger = Caller("en", token="another-token")
    assert code_of(stranger.get(path_of(order), status=404)) == "unknown-order"
    assert code_of(stranger.post(path_of(order, "/cancel"), {}, status=404)) == "unknown-order"
    assert code_of(Caller().get(path_of(order), status=401)) == "sign-in-needed"


def test_a_lender_without_an_open_door_takes_no_applications(
    caller: Caller, order: Order, settings: Any
) -> None:
    settings.LENDER_DOORS = {}
    assert caller.get(path_of(order)) == {"application": None, "form": None, "demo": False}
    refused = caller.post(path_of(order), body(), status=409)
    assert code_of(refused) == "application-not-possible"
    answer = caller.http.post(f"{API}/webhooks/lenders/luyin", b"{}", "application/json")
    assert answer.status_code == 404


def test_a_lenders_message_is_stored_once_and_asks_the_lender(
    caller: Caller, order: Order, settings: Any
) -> None:
    caller.post(path_of(order), body(REFERRED), status=201)
    row = FinanceApplication.objects.get()
    bank = world(settings)
    stored = bank.directory / f"{row.lender_reference}.json"
    decided = json.loads(stored.read_text()) | {"ready_at": "2000-01-01T00:00:00+00:00"}
    stored.write_text(json.dumps(decided))
    message = bank.message(row.lender_reference)
    for _ in range(2):
        answer = caller.http.post(
            f"{API}/webhooks/lenders/luyin",
            message.body,
            "application/json",
            headers={SIGNATURE_HEADER: message.headers[SIGNATURE_HEADER]},
        )
        assert (answer.status_code, answer.json()) == (200, {"received": True})
    run_until_idle()
    assert FinanceMessage.objects.get().deliveries == 2
    assert caller.get(path_of(order))["application"]["state"] == "approved"


@pytest.mark.parametrize("lender", ["luyin", "*", "x" * 100])
def test_an_unsigned_message_or_one_for_nobody_is_refused(caller: Caller, lender: str) -> None:
    answer = caller.http.post(f"{API}/webhooks/lenders/{lender}", b"{}", "application/json")
    assert answer.status_code == (400 if lender == "luyin" else 404)
    assert not FinanceMessage.objects.exists()
