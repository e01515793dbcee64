"""The contract's page where contracts are signed: a code by text message, wrong entries, signing, sealing, saying no."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.models import Order
from contracts.models import Contract, SigningCode
from kernel.jobs import run_until_idle
from tests.integration.web.test_store import body, hidden, ordered, paid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]


@pytest.fixture
def deal(client: Client, settings: Any) -> str:
    """The address of a contract that is ready to be read; a person at the desk countersigns."""
    settings.CONTRACT_AGREEMENT = "signature"
    settings.CONTRACT_COUNTERSIGN = "desk"
    settings.SMS_DOOR = {"door": "console"}
    code = ordered(client)
    paid(client, code)
    run_until_idle()
    return f"/en/orders/{code}/contract"


def code_in_the_message(capsys: pytest.CaptureFixture[str]) -> str:
    """The digits of the text message that the console door printed: the buyer gave a telephone only."""
    run_until_idle()
    found = re.findall(r"验证码 (\d{6})|(\d{6}) signs", capsys.readouterr().out)
    assert found
    return "".join(found[-1])


def form(client: Client, deal: str) -> dict[str, str]:
    shown = client.get(deal)
    return {name: hidden(shown, name) for name in ("key", "sha256", "consent", "name")}


def test_a_buyer_asks_for_a_code_and_signs_with_it(
    client: Client, deal: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Send me a code" in body(client.get(deal))
    asked = client.post(deal, {**form(client, deal), "do": "code", "accept": "1"})
    contract = Contract.objects.get()
    assert contract.pdf_sha256[-8:] in body(asked)
    digits = code_in_the_message(capsys)

    signed = {**form(client, deal), "do": "sign", "accept": "1"}
    for sent, status, words in (
        ({"code": digits, "accept": ""}, 422, "tick the box"),
        ({"code": "12"}, 422, "six digits"),
        ({"code": f"{(int(digits) + 1) % 1_000_000:06d}"}, 422, "4 tries left"),
        ({"code": digits, "sha256": "0" * 64}, 409, "changed"),
        ({"code": digits, "name": "Otto"}, 422, "as in the contract"),
    ):
        answer = client.post(deal, {**signed, **sent, "key": hidden(client.get(deal), "key")})
        assert (answer.status_code, words in body(answer)) == (status, True), sent
    done = client.post(deal, {**signed, "code": f"{digits[:3]} {digits[3:]}"})
    assert done.headers["Location"] == deal
    assert "We are sealing" in body(client.get(deal))
    assert Order.objects.get().contract_state == "buyer_signed"
    page = body(client.get(deal.removesuffix("/contract")))
    assert "being sealed" in page


def test_a_second_code_waits_a_minute(client: Client, deal: str) -> None:
    client.post(deal, {**form(client, deal), "do": "code"})
    again = client.post(deal, {**form(client, deal), "do": "code"})
    assert (again.status_code, "try again in" in body(again)) == (429, True)
    SigningCode.objects.update(sent_at=timezone.now() - timedelta(minutes=11))
    assert "Send me a code" in body(client.get(deal))


def test_a_buyer_says_no_and_has_it_drawn_up_again(client: Client, deal: str) -> None:
    client.get(deal)
    client.post(deal, {"do": "decline", "reason": "<b>too dear</b>"})
    assert "You declined this contract" in body(client.get(deal))
    client.post(deal, {"do": "again"})
    run_until_idle()
    assert "Send me a code" in body(client.get(deal))
    assert sorted(Contract.objects.values_list("state", flat=True)) == ["declined", "viewed"]
