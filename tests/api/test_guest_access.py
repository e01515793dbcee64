"""A guest's order opens by its token, or for whoever has proved to own its e-mail address, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from kernel.jobs import run_until_idle
from storefront.accounts.models import User
from tests.api.caller import Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
GUEST = "xiaolu@example.com"
"""The address in `Caller.order_body`."""


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def order() -> str:
    return str(Caller().order()["order"]["code"])


def signed_in(email: str, *addresses: tuple[str, bool]) -> Caller:
    """A browser of somebody with that account and these addresses, each verified or not."""
    user = User.objects.create_user(email)
    for n, (address, verified) in enumerate(addresses):
        EmailAddress.objects.create(user=user, email=address, verified=verified, primary=n == 0)
    http = Client()
    http.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return Caller(http=http)


def sees(caller: Caller, order: str) -> bool:
    listed = [row["code"] for row in caller.get("/orders")["items"]]
    shown = caller.raw("GET", f"/orders/{order}").status_code
    assert shown in {200, 404}
    assert (shown == 200) == (order in listed)
    return bool(shown == 200)


def code_mailed() -> str:
    """The newest code that was sent; others may have been told other things meanwhile."""
    run_until_idle(raise_errors=True)
    texts = "\n".join(str(message.body) for message in mail.outbox)
    return str(re.findall(r"^\s+(\d{8})$", texts, re.MULTILINE)[-1])


@pytest.mark.parametrize("address", [GUEST, "XiaoLu@Example.com"])
def test_a_verified_address_opens_what_its_owner_ordered_as_a_guest(
    order: str, address: str
) -> None:
    buyer = signed_in("account@example.com", (address, True))
    assert sees(buyer, order)
    body = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/"}
    assert buyer.post(f"/orders/{order}/payments", body, status=201)["redirect_url"]


@pytest.mark.parametrize(
    "addresses",
    [
        [],
        [(GUEST, False)],
        [("other@example.com", True)],
        [("other@example.com", True), (GUEST, False)],
        [("xiaolu@example.com.evil.example", True)],
        [("", True)],
    ],
)
def test_an_address_that_is_not_verified_or_another_opens_nothing(
    order: str, addresses: list[tuple[str, bool]]
) -> None:
    stranger = signed_in(GUEST, *addresses)  # the account may say what it likes
    assert not sees(stranger, order)
    body = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/"}
    refused = stranger.post(f"/orders/{order}/payments", body, status=404)
    assert code_of(refused) == "unknown-order"


def test_an_order_of_an_account_is_not_opened_by_the_buyer_address_in_it() -> None:
    clerk = signed_in("clerk@example.com", ("clerk@example.com", True))
    order = clerk.order()["order"]["code"]
    clerk.token = ""
    assert sees(clerk, order)
    assert not sees(signed_in(GUEST, (GUEST, True)), order)


def test_an_order_with_a_telephone_alone_is_no_order_of_an_address() -> None:
    guest = Caller()
    body = guest.order_body(guest.quote())
    del body["buyer"]["email"]
    body["buyer"]["phone"] = "+8613800138000"
    order = guest.post("/orders", body, status=201)["order"]["code"]
    assert not sees(signed_in("a@example.com", ("a@example.com", True), ("", True)), order)


def test_a_contract_opens_for_the_verified_address_too(order: str) -> None:
    buyer = signed_in(GUEST, (GUEST, True))
    body = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/"}
    page = buyer.post(f"/orders/{order}/payments", body, status=201)["redirect_url"]
    buyer.http.post(page.removeprefix("http://testserver"), {"result": "succeed"})
    run_until_idle(raise_errors=True)
    number = buyer.get(f"/orders/{order}/contract")["number"]
    assert buyer.raw("GET", f"/contracts/{number}/pdf").status_code == 200
    stranger = signed_in("other@example.com", ("other@example.com", True))
    assert stranger.raw("GET", f"/contracts/{number}/pdf").status_code == 404


# ---- The mailed link on another device; a page calls the API in process, which a test's transaction forbids ----


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("page", ["", "/contract"])
def test_the_mailed_link_opens_the_order_on_another_device(language: str, page: str) -> None:
    guest = Caller(language)
    order = guest.order()["order"]["code"]
    run_until_idle(raise_errors=True)
    [letter] = [each for each in mail.outbox if order in each.subject]
    found = re.search(rf"http://[^/]+(/\S+/orders/{order})", str(letter.body))
    assert found
    assert guest.token not in letter.body
    browser = Client()
    asked = browser.get(found[1] + page)
    assert asked.status_code == 303
    signin = asked["Location"]
    assert signin == f"/{'zh' if language == 'zh-hans' else 'en'}/account?order={order}"
    assert order in browser.get(signin).content.decode()
    sent = browser.post(signin, {"do": "login", "email": GUEST.upper(), "order": order})
    assert sent["Location"] == signin
    code = code_mailed()
    wrong = browser.post(signin, {"do": "confirm", "code": "00000000", "order": order})
    assert wrong.status_code == 422
    opened = browser.post(signin, {"do": "confirm", "code": code, "order": order})
    assert opened["Location"] == found[1]
    assert order in browser.get(found[1]).content.decode()
    assert browser.get(signin)["Location"] == found[1]


@pytest.mark.django_db(transaction=True)
def test_somebody_else_signs_in_at_the_link_and_finds_nothing(order: str) -> None:
    User.objects.create_user("other@example.com")
    browser = Client()
    signin = f"/en/account?order={order}"
    browser.post(signin, {"do": "login", "email": "other@example.com", "order": order})
    browser.post(signin, {"do": "confirm", "code": code_mailed(), "order": order})
    assert browser.get(f"/en/orders/{order}").status_code == 404
    page = browser.get(signin)
    assert page.status_code == 200
    assert "does not belong to this address" in page.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "../../x", "A" * 40])
def test_the_sign_in_page_leads_to_orders_and_nowhere_else(order: str, evil: str) -> None:
    browser = Client()
    browser.post("/en/account", {"do": "login", "email": GUEST, "order": evil})
    done = browser.post("/en/account", {"do": "confirm", "code": code_mailed(), "order": evil})
    assert done["Location"] == "/en/account"


def test_asking_for_a_code_answers_alike_whether_somebody_ordered_or_not(order: str) -> None:
    answers = []
    for email in (GUEST, "nobody@example.com"):
        sent = Client().post(
            "/api/v1/auth/app/v1/auth/code/request", {"email": email}, "application/json"
        )
        told = sent.json()
        told["meta"].pop("session_token")
        answers.append((sent.status_code, told))
    assert answers[0] == answers[1]
    assert User.objects.filter(email=GUEST).count() == 1
    assert not User.objects.filter(email="nobody@example.com").exists()
    assert not EmailAddress.objects.filter(email=GUEST, verified=True).exists()


def test_an_account_that_was_shut_is_not_opened_again_by_a_guest_order(order: str) -> None:
    User.objects.create_user(GUEST, is_active=False)
    Client().post("/api/v1/auth/app/v1/auth/code/request", {"email": GUEST}, "application/json")
    run_until_idle(raise_errors=True)
    assert not any(re.search(r"^\s+\d{8}$", str(each.body), re.MULTILINE) for each in mail.outbox)
    assert User.objects.filter(email=GUEST).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_session_that_ended_is_forgotten_and_the_guest_order_still_opens(order: str) -> None:
    guest = Caller("en")
    mine: Any = guest.order()
    browser = Client()
    User.objects.create_user("b@example.com")
    browser.post("/en/account", {"do": "login", "email": "b@example.com"})
    browser.post("/en/account", {"do": "confirm", "code": code_mailed()})
    code = mine["order"]["code"]
    opened = browser.post("/en/orders", {"code": code, "token": guest.token})
    assert opened.status_code == 303
    User.objects.filter(email="b@example.com").update(is_active=False)
    page = browser.get(f"/en/orders/{code}", follow=True)
    assert (page.status_code, page.request["PATH_INFO"]) == (200, f"/en/orders/{code}")
