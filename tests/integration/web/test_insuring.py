"""Insuring an order's car on the store's pages, as a browser without script gets them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from checkout.models import InsurancePolicy
from kernel.jobs import run_until_idle
from storefront.web import memory
from tests.factories.insurers import DECLINED
from tests.integration.web.test_store import body, hidden, ordered, paid

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> None:
    memory.forget()
    settings.SANDBOX_DIR = tmp_path


@pytest.fixture
def page(client: Client) -> str:
    """The address of the insurance of an order with its deposit."""
    code = ordered(client)
    paid(client, code)
    run_until_idle()
    return f"/en/orders/{code}/insurance"


def form(**changes: Any) -> dict[str, Any]:
    return {
        "do": "take_out",
        "insurer": "qinghe",
        "product": ["cn-compulsory", "cn-damage"],
        "age": "35",
        "consent": "1",
    } | changes


def test_a_buyer_compares_insurers_takes_a_policy_out_and_gives_it_up(
    client: Client, page: str
) -> None:
    order = body(client.get(page.removesuffix("/insurance")))
    assert "Insure the car" in order
    html = body(client.get(page))
    assert "Qinghe Insurance (fictional)" in html
    assert "Yunquan Insurance (fictional)" in html
    assert "pay for nothing" in html
    assert not re.search(r'name="consent"[^>]* checked', html)
    assert client.post(page, form(key=hidden(client.get(page), "key"))).headers["Location"] == page
    policy = InsurancePolicy.objects.get()
    assert (policy.state, policy.insurer) == ("bound", "qinghe")
    html = body(client.get(page))
    assert policy.proof in html
    assert "aged 35" in html
    assert "Compare and choose one" not in html
    assert policy.proof in body(client.get(page.removesuffix("/insurance")))
    assert "保单凭证号" in body(client.get(page.replace("/en/", "/zh/")))
    client.post(page, {"do": "cancel", "key": hidden(client.get(page), "key")})
    policy.refresh_from_db()
    assert policy.state == "cancelled"
    html = body(client.get(page))
    assert "Earlier policies" in html
    assert "Compare and choose one" in html


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (form(consent=""), 422, "Tick the consent"),
        (form(age="17"), 422, "Check what you entered"),
        (form(product=["cn-moon"]), 422, "Check what you entered"),
        (form(insurer="nobody"), 409, "Something has just changed"),
        ({"do": "prove", "insurer": "X", "number": "!"}, 422, "is not right"),
        ({"do": "dance"}, 400, "Compare and choose one"),
    ],
)
def test_what_is_refused_is_said_on_the_page(
    client: Client, page: str, sent: dict[str, Any], status: int, words: str
) -> None:
    answer = client.post(page, sent)
    assert answer.status_code == status
    assert words in body(answer)
    assert not InsurancePolicy.objects.exists()


def test_a_declined_buyer_sees_it_and_may_show_a_policy_from_elsewhere(
    client: Client, page: str
) -> None:
    client.post(page, form(age=str(DECLINED)))
    assert "Not taken out" in body(client.get(page))
    client.post(page, {"do": "prove", "insurer": "平安产险", "number": "PDZA20260001"})
    html = body(client.get(page))
    assert "********0001" in html
    assert "the key can be handed over" in html


def test_a_stranger_sees_nothing_of_it(page: str) -> None:
    assert Client().get(page).status_code in {302, 303}
