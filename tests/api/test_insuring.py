"""Insuring the car of an order through the API: comparing, the answers, the refusals, and who may see what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.cover import Status
from checkout.gateways import open_insurer
from checkout.gateways.insurer_http import SIGNATURE_HEADER
from checkout.gateways.insurer_sandbox import InsurerWorld
from checkout.models import InsurancePolicy, Order
from checkout.services.orders import expire_order
from kernel.crypto import token_digest
from kernel.jobs import run_until_idle
from storefront.api.models import IdempotencyRecord
from tests.api.caller import API, Caller
from tests.factories.insured import insured_order
from tests.factories.insurers import DECLINED, SILENT
from tests.factories.shelf import forget, put_on_sale

pytestmark = pytest.mark.django_db(transaction=True)
CONSENTS = [{"receiver": "qinghe", "accepted": True}]


@pytest.fixture(autouse=True)
def _shop(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[None]:
    settings.SANDBOX_DIR = tmp_path
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def order() -> Order:
    found = insured_order()
    found.token_digest = token_digest("the-token")
    found.save()
    return found


@pytest.fixture
def caller() -> Caller:
    return Caller("en", token="the-token")


def path_of(order: Order, what: str = "") -> str:
    return f"/orders/{order.code}/insurance{what}"


def world(settings: Any) -> InsurerWorld:
    door = open_insurer(settings, "qinghe")
    assert door is not None
    return door.world  # type: ignore[attr-defined,no-any-return]


def haven(**facts: Any) -> dict[str, Any]:
    return {
        "model": "haven",
        "price": {"amount": 39_530_000, "currency": "CNY"},
        "insurance_facts": {"seats": 5, **facts},
    }


def test_quotes_compare_the_insurers_and_say_what_they_are_bound_to() -> None:
    found = Caller().post("/insurance/quotes", haven(driver_age=40) | {"start_on": "2028-02-29"})
    assert [each["insurer"]["code"] for each in found["insurers"]] == ["qinghe", "yunquan"]
    assert [each["compulsory"]["amount"] for each in found["insurers"]] == [95_000, 95_000]
    by_code = {line["product"]: line["premium"]["amount"] for line in found["items"]}
    assert (by_code["cn-damage"], by_code["cn-yunquan-damage"]) == (623_313, 627_000)
    for each in found["insurers"]:
        assert each["total"]["amount"] == sum(line["premium"]["amount"] for line in each["lines"])
    bound = found["bound"]
    assert (bound["from"], bound["until"]) == ("2028-02-29", "2029-03-01")
    assert bound["driver"] == {"age": 40, "no_claims_class": None, "assumed": [], "note": None}
    assert bound["vehicle"]["price"] == {"amount": 39_530_000, "currency": "CNY"}
    assumed = Caller().post("/insurance/quotes", haven())["bound"]["driver"]
    assert (assumed["age"], assumed["assumed"]) == (30, ["age"])


def test_german_covers_assume_a_first_car_and_say_so_and_name_what_has_no_premium() -> None:
    asked = {"market": "DE", "model": "haven", "price": {"amount": 7_999_000, "currency": "EUR"}}
    found = Caller().post("/insurance/quotes", asked)
    assert len(found["items"]) == 6
    assert found["left_out"] == []
    assert found["bound"]["driver"]["no_claims_class"] == "SF0"
    assert found["bound"]["driver"]["assumed"] == ["age", "no_claims_class"]
    assert "SF0" in found["bound"]["driver"]["note"]
    odd = asked | {"insurance_facts": {"no_claims_class": "SF7"}}
    missing = {
        each["product"]: each for each in Caller().post("/insurance/quotes", odd)["left_out"]
    }
    assert missing["de-haftpflicht"] == {
        "product": "de-haftpflicht",
        "name": "Motor liability (Haftpflicht)",
        "mandatory": True,
        "field": "no_claims_class",
        "allowed": ["SF0", "SF1", "SF5", "SF10", "SF20"],
    }


def test_the_seats_of_a_saved_car_decide_its_premium() -> None:
    caller = Caller()
    asked = {"model": "vale", "choices": ["seat-6"]}
    build = caller.build("vale", caller.post("/configurations/complete", asked)["choices"])
    found = caller.post("/insurance/quotes", {"build": build})
    by_code = {line["product"]: line["premium"]["amount"] for line in found["items"]}
    assert by_code["cn-compulsory"] == 110_000


def test_before_there_is_a_policy_the_order_shows_offers_words_and_the_gate(
    caller: Caller, order: Order
) -> None:
    found = caller.get(path_of(order))
    assert (found["policies"], found["proofs"], found["state"]) == ([], [], "quoted")
    assert (found["demo"], found["moves"]) == (True, ["take_out", "show_proof"])
    assert (found["gate"]["open"], found["gate"]["reason"]) == (False, "missing")
    assert [offer["insurer"] for offer in found["offers"]] == ["qinghe", "yunquan"]
    assert "Qinghe" in found["offers"][0]["consent"]
    assert (
        "清河" in Caller("zh-hans", token="the-token").get(path_of(order))["offers"][0]["consent"]
    )


def test_a_policy_is_bound_at_once_with_its_proof_and_shown_on_the_order(
    caller: Caller, order: Order
) -> None:
    found = caller.post(path_of(order), {"consents": CONSENTS}, status=201)
    [policy] = found["policies"]
    assert (policy["state"], policy["insurer"], policy["waiting"]) == ("bound", "qinghe", None)
    assert policy["premium"] == {"amount": 850_473, "currency": "CNY"}
    assert policy["refund_today"] == policy["premium"]
    assert len(policy["proof"]) == 7
    assert found["moves"] == ["show_proof", "cancel"]
    assert caller.get(f"/orders/{order.code}")["states"]["insurance"] == "bound"
    shown = caller.get(path_of(order))["policies"][0]
    assert shown["driver"] == {"age": 35, "no_claims_class": ""}


def test_the_same_key_gives_the_same_answer_and_keeps_no_facts_of_the_driver(
    caller: Caller, order: Order, settings: Any
) -> None:
    body = {"consents": CONSENTS, "driver": {"age": 77}}
    first = caller.post(path_of(order), body, status=201, key="once")
    assert caller.post(path_of(order), body, status=201, key="once") == first
    assert len(world(settings).policies()) == 1
    kept = json.dumps([row.body for row in IdempotencyRecord.objects.all()])
    assert '\\"age\\"' not in kept
    assert "李明" not in kept


def test_a_silent_insurer_leaves_it_quoted_and_the_worker_binds_it(
    caller: Caller, order: Order
) -> None:
    found = caller.post(
        path_of(order), {"consents": CONSENTS, "driver": {"age": SILENT}}, status=201
    )
    assert (found["policies"][0]["state"], found["policies"][0]["waiting"]) == ("quoted", "bind")
    assert caller.post(path_of(order, "/cancel"), {})["policies"][0]["state"] == "cancelled"


def test_a_declined_risk_is_told_and_another_insurer_may_take_it(
    caller: Caller, order: Order
) -> None:
    found = caller.post(
        path_of(order), {"consents": CONSENTS, "driver": {"age": DECLINED}}, status=201
    )
    assert (found["policies"][0]["state"], found["policies"][0]["reason"]) == ("lapsed", "risk")
    other = {"insurer": "yunquan", "consents": [{"receiver": "yunquan", "accepted": True}]}
    assert caller.post(path_of(order), other, status=201)["state"] == "bound"


def test_cancelling_gives_the_premium_back_and_twice_is_once(caller: Caller, order: Order) -> None:
    caller.post(path_of(order), {"consents": CONSENTS}, status=201)
    for _ in range(2):
        [policy] = caller.post(path_of(order, "/cancel"), {})["policies"]
        assert policy["state"] == "cancelled"
        assert policy["refund"] == {"amount": 850_473, "currency": "CNY"}


def test_a_policy_from_elsewhere_is_recorded_masked(caller: Caller, order: Order) -> None:
    found = caller.post(
        path_of(order, "/proof"), {"insurer": "平安产险", "number": "PDZA20260001"}, status=201
    )
    assert found["proofs"][0]["number"] == "********0001"
    assert (found["gate"]["open"], found["state"]) == (True, "proven")


@pytest.mark.parametrize(
    ("what", "body", "status", "code"),
    [
        ("", {"consents": []}, 422, "consent-missing"),
        ("", {"consents": CONSENTS, "insurer": "nobody"}, 409, "policy-not-possible"),
        ("", {"consents": CONSENTS, "products": ["cn-moon"]}, 422, "unknown-cover"),
        (
            "",
            {"consents": CONSENTS, "products": ["cn-damage", "cn-yunquan-damage"]},
            422,
            "covers-of-two-insurers",
        ),
        ("", {"consents": CONSENTS, "start_on": "2020-01-01"}, 409, "policy-not-possible"),
        ("", {"consents": CONSENTS, "start_on": "tomorrow"}, 422, "invalid-field"),
        ("", {"consents": CONSENTS, "driver": {"age": 17}}, 422, "invalid-field"),
        ("", {}, 422, "invalid-field"),
        ("/proof", {"insurer": "X", "number": "!"}, 422, "bad-cover-proof"),
        ("/cancel", {}, 404, "unknown-policy"),
    ],
)
def test_each_refusal_has_its_error(
    caller: Caller, order: Order, what: str, body: dict[str, Any], status: int, code: str
) -> None:
    problem = caller.post(path_of(order, what), body, status=status)
    assert problem["type"].endswith(f"/{code}")
    assert not InsurancePolicy.objects.exists()


def test_another_buyer_learns_nothing_and_a_stranger_is_asked_who_he_is(order: Order) -> None:
    other = Caller("en", token="another-token")
    other.get(path_of(order), status=404)
    other.post(path_of(order), {"consents": CONSENTS}, status=404)
    Caller("en").get(path_of(order), status=401)


def test_an_insurers_message_is_verified_and_makes_the_worker_ask(
    caller: Caller, order: Order, settings: Any
) -> None:
    caller.post(path_of(order), {"consents": CONSENTS}, status=201)
    policy = InsurancePolicy.objects.get()
    insurer = world(settings)
    seen = insurer.policy(policy.insurer_reference)
    said = {"status": Status.CANCELLED, "refunds": seen.premiums}
    fields = {name: getattr(seen, name) for name in seen.__slots__} | said
    message = insurer.say(policy.insurer_reference, type(seen)(**fields))
    address = f"{API}/webhooks/insurers/qinghe"
    for _ in range(2):
        answer = caller.http.post(
            address,
            message.body,
            "application/json",
            headers={SIGNATURE_HEADER: message.headers[SIGNATURE_HEADER]},
        )
        assert answer.status_code == 200
    run_until_idle()
    policy.refresh_from_db()
    assert (policy.state, policy.refund) == ("cancelled", 850_473)
    forged = caller.http.post(address, b"{}", "application/json")
    assert forged.status_code == 400
    settings.INSURER_DOORS = {}
    assert caller.http.post(address, message.body, "application/json").status_code == 404


def test_an_order_that_expires_has_its_policy_cancelled_by_the_worker(
    caller: Caller, order: Order
) -> None:
    caller.post(path_of(order), {"consents": CONSENTS}, status=201)
    Order.objects.filter(pk=order.pk).update(state="awaiting_deposit")
    assert expire_order(order=order.code, now=order.expires_at + timedelta(minutes=1))
    run_until_idle()
    assert InsurancePolicy.objects.get().state == "cancelled"
