"""Extras, code word and trade-in on the quote's page, and what an expired quote shows instead of an order."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.models import Quote
from storefront.web import formatting, wished
from storefront.web.api_client import ApiProblem
from tests.integration.web.test_store import body, quote_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


@pytest.fixture
def client() -> Client:
    return Client()


def last_request() -> dict[str, Any]:
    found: dict[str, Any] = Quote.objects.latest("pk").request
    return found


def test_no_extra_is_chosen_for_the_visitor(client: Client) -> None:
    html = body(client.get(quote_of(client)))
    radios = re.findall(r'<input type="radio" name="extra-[^>]*>', html)
    assert len(radios) >= 12
    assert not [radio for radio in radios if "checked" in radio]
    assert 'name="voucher"' in html
    assert 'name="words"' in html


def test_answers_a_code_word_and_a_trade_in_make_a_new_quote(client: Client) -> None:
    address = quote_of(client)
    sent = {
        "wishes": "1",
        "extra-care-plus": "yes",
        "extra-warranty-plus": "no",
        "voucher": "lujiang-2026",
        "words": "2019 SUV",
        "wished": "45,000",
        "proof": "1",
    }
    answer = client.post(f"{address}/change", sent)
    assert answer.status_code == 303
    asked = last_request()
    assert {row["code"]: row["wanted"] for row in asked["extras"]} == {
        "care-plus": True,
        "warranty-plus": False,
    }
    assert (asked["vouchers"], asked["proofs"]) == (["lujiang-2026"], ["trade-in-proof"])
    assert asked["trade_in"]["wished"] == {"amount": 4500000, "currency": "CNY"}
    html = body(client.get(answer.headers["Location"]))
    assert "4,280.00" in html
    assert "2019 SUV" in html
    assert len(re.findall(r"<input[^>]*extra-[^>]*checked", html)) == 2


def test_another_way_to_pay_keeps_what_was_wished(client: Client) -> None:
    address = quote_of(client)
    sent = {"wishes": "1", "extra-care-plus": "yes", "voucher": "LUJIANG-2026", "words": "SUV"}
    second = client.post(f"{address}/change", sent).headers["Location"]
    client.post(f"{second}/change", {"finance": "luyin-60"})
    asked = last_request()
    assert asked["finance"]["product"] == "luyin-60"
    assert [row["code"] for row in asked["extras"]] == ["care-plus"]
    assert asked["vouchers"] == ["LUJIANG-2026"]
    assert asked["trade_in"]["words"] == "SUV"


def test_the_loan_on_the_card_is_the_loan_of_the_quote_it_makes(client: Client) -> None:
    address = quote_of(client)
    sent = {"wishes": "1", "extra-care-plus": "yes", "voucher": "LUJIANG-2026", "proof": "1"}
    second = client.post(f"{address}/change", sent).headers["Location"]
    cards = body(client.get(second))
    client.post(f"{second}/change", {"finance": "luyin-60"})
    loan = Quote.objects.latest("pk").document["finance"]
    for part in ("instalment", "down_payment", "interest", "in_all"):
        assert formatting.plain(loan[part], cents=True) in re.sub(r"<[^>]+>", "", cards), part


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"voucher": "NO-SUCH-WORD"}, "knows that word"),
        ({"voucher": " ".join(f"w{n}" for n in range(11))}, "knows that word"),
        ({"words": "x" * 600}, "up to 500 characters"),
        ({"words": "SUV", "wished": "a lot"}, "Give an amount"),
        ({"wished": "5"}, "up to 500 characters"),
        ({"extra-care-plus": "yes", "version-care-plus": "old"}, "have changed"),
    ],
)
def test_a_bad_wish_is_told_at_its_place_and_what_was_typed_stays(
    client: Client, sent: dict[str, str], words: str
) -> None:
    address = quote_of(client)
    count = Quote.objects.count()
    answer = client.post(f"{address}/change", {"wishes": "1", "extra-plate-service": "no", **sent})
    assert answer.status_code == 422
    html = body(answer)
    assert words in html
    assert re.search(r'extra-plate-service" value="no" checked', html)
    assert Quote.objects.count() == count


def test_an_expired_quote_shows_the_difference_and_orders_nothing(client: Client) -> None:
    address = quote_of(client)
    code = address.rsplit("/", 1)[-1]
    form = body(client.get(f"/en/checkout/{code}"))
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key
    past = timezone.now() - timedelta(days=8)
    Quote.objects.filter(code=code).update(created_at=past, expires_at=past + timedelta(days=7))
    sent = {"name": "Li", "email": "li@example.com", "terms": "1", "key": key[1], "kind": "person"}
    answer = client.post(f"/en/checkout/{code}", sent)
    assert answer.status_code == 409
    html = body(answer)
    assert "The quote has expired" in html
    assert f"{address}/change" in html
    made = client.post(f"{address}/change")
    assert made.status_code == 303


def test_another_browser_does_not_see_the_quote(client: Client) -> None:
    address = quote_of(client)
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("45,000", "CNY", 4500000),
        ("1.5", "EUR", 150),
        ("1.555", "EUR", -1),
        ("1500", "JPY", 1500),
        ("1.5", "JPY", -1),
        ("1.255", "KWD", 1255),
        ("-3", "CNY", -1),
        ("1e9", "CNY", -1),
        ("²", "CNY", -1),
        ("9" * 40, "CNY", -1),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, currency: str, minor: int) -> None:
    assert wished.minor_of(text, currency) == minor


def test_a_refusal_about_something_else_is_no_fault_of_a_wish() -> None:
    assert wished.fault(ApiProblem(409, {"type": "/vehicle-not-available"})) is None
    other = {"type": "/invalid-field", "errors": [{"field": "build"}]}
    assert wished.fault(ApiProblem(422, other)) is None
