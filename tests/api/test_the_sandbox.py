"""The made-up vendor's page and its messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from checkout.gateways.sandbox import SandboxWorld
from checkout.gateways.signatures import sign
from kernel.jobs import run_until_idle
from tests.api.caller import API, Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def world() -> SandboxWorld:
    return SandboxWorld(Path(django_settings.SANDBOX_DIR))


@pytest.fixture
def page(settings: Any) -> tuple[Caller, str, str]:
    """A caller, an order, and the address of the pay page of its deposit."""
    settings.API_CORS_ORIGINS = ["https://front.example"]
    caller = Caller()
    order = caller.order()["order"]["code"]
    body = {"purpose": "deposit", "method": "card", "return_url": "https://front.example/back?x=1"}
    step = caller.post(f"/orders/{order}/payments", body, status=201)
    return caller, order, step["redirect_url"].removeprefix("http://testserver")


def path_of(address: str) -> str:
    return address.split("?")[0]


@pytest.mark.parametrize(
    ("lang", "label", "html_lang"),
    [("zh", "演示支付，不是真实付款", "zh-Hans"), ("en", "Demo, not a real payment", "en")],
)
def test_the_page_says_that_it_is_not_real(
    page: tuple[Caller, str, str], lang: str, label: str, html_lang: str
) -> None:
    _, order, address = page
    answer = Client().get(f"{path_of(address)}?lang={lang}")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert label in html
    assert f'<html lang="{html_lang}">' in html
    assert order in html
    assert [f'value="{button}"' in html for button in ("succeed", "decline", "delay")] == [True] * 3
    assert "https://" not in html.replace("https://front.example/back?x=1", "")
    assert answer["X-Robots-Tag"] == "noindex"


def test_the_buttons_go_back_to_the_shop_that_asked(page: tuple[Caller, str, str]) -> None:
    _, _, address = page
    answer = Client().post(
        f"{path_of(address)}?return=https://evil.example/", {"result": "succeed"}
    )
    assert answer["Location"] == "https://front.example/back?x=1"
    again = Client().post(path_of(address), {"result": "succeed"})
    assert again.status_code == 409
    assert b'value="succeed"' not in again.content


def test_a_button_that_does_not_exist_does_nothing(page: tuple[Caller, str, str]) -> None:
    _, _, address = page
    assert Client().post(path_of(address), {"result": "steal"}).status_code == 400
    assert world().payment(path_of(address).rsplit("/", 1)[-1])["state"] == "requires_action"


def test_a_form_of_another_site_cannot_press_a_button(page: tuple[Caller, str, str]) -> None:
    _, _, address = page
    assert (
        Client(enforce_csrf_checks=True).post(path_of(address), {"result": "succeed"}).status_code
        == 403
    )


def test_a_slow_payment_is_on_its_way_until_it_has_come(page: tuple[Caller, str, str]) -> None:
    caller, order, address = page
    assert Client().post(path_of(address), {"result": "delay"}).status_code == 302
    run_until_idle()
    [payment] = caller.get(f"/orders/{order}")["payments"]
    assert payment["state"] == "processing"


def test_a_foreign_address_to_return_to_is_refused() -> None:
    caller = Caller()
    order = caller.order()["order"]["code"]
    for address in ("https://evil.example/", "http://testserver@evil.example/", "http://[::1/"):
        body = {"purpose": "deposit", "method": "card", "return_url": address}
        refused = caller.post(f"/orders/{order}/payments", body, status=422)
        assert refused["errors"][0]["field"] == "return_url"


@pytest.mark.parametrize("code", ["sbx_nosuch", "../../etc/passwd", "x"])
def test_an_unknown_payment_has_no_page(code: str) -> None:
    assert Client().get(f"/sandbox/pay/{code}").status_code == 404


def test_with_another_door_there_is_no_page(page: tuple[Caller, str, str], settings: Any) -> None:
    settings.PAYMENT_DOOR = "stripe"
    assert Client().get(path_of(page[2])).status_code == 404


# ---- Messages ----


def deliver(body: bytes, headers: dict[str, str], provider: str = "sandbox") -> Any:
    return Client().post(f"{API}/webhooks/{provider}", body, "application/json", headers=headers)


def message(page: tuple[Caller, str, str]) -> tuple[bytes, dict[str, str]]:
    sent = world().succeed(path_of(page[2]).rsplit("/", 1)[-1])
    return sent.body, {
        name: value for name, value in sent.headers.items() if name != "Content-Type"
    }


def test_a_signed_message_is_stored_once_and_answered_at_once(
    page: tuple[Caller, str, str],
) -> None:
    body, headers = message(page)
    for _ in range(2):
        answer = deliver(body, headers)
        assert (answer.status_code, answer.json()) == (200, {"received": True})


@pytest.mark.parametrize("fault", ["tampered", "unsigned", "stale", "garbage", "other-secret"])
def test_a_message_that_the_vendor_did_not_sign_is_refused(
    page: tuple[Caller, str, str], fault: str
) -> None:
    caller, order, _ = page
    body, headers = message(page)
    [name] = headers
    now = timezone.now()
    bad = {
        "tampered": (body.replace(b"succeeded", b"failed   "), headers),
        "unsigned": (body, {}),
        "stale": (body, {name: sign(body, secret=world().secret, at=now.replace(year=2025))}),
        "garbage": (b"\xff\x00", {name: "t=x,v1=y"}),
        "other-secret": (body, {name: sign(body, secret="whsec_other", at=now)}),
    }[fault]
    answer = deliver(*bad)
    assert answer.status_code == 400
    assert code_of(json.loads(answer.content)) == "webhook-rejected"
    assert caller.get(f"/orders/{order}")["state"] == "awaiting_deposit"


def test_a_vendor_whose_door_is_closed_does_not_deliver_here(page: tuple[Caller, str, str]) -> None:
    body, headers = message(page)
    assert deliver(body, headers, provider="stripe").status_code == 404
