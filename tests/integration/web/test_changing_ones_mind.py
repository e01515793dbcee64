"""Locking, cancelling and changing an order on the store's pages, as a browser without script gets them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from checkout.models import Order
from kernel.jobs import run_until_idle
from storefront.web import memory
from tests.integration.web.test_loan_sheet import read_already, with_loan
from tests.integration.web.test_store import body, hidden, ordered, paid

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    memory.forget()


@pytest.fixture
def order(client: Client) -> str:
    """An order with its deposit paid and its contract accepted."""
    code = ordered(client)
    paid(client, code)
    run_until_idle()
    deal = client.get(f"/en/orders/{code}/contract")
    sent = {"accept": "1", "sha256": hidden(deal, "sha256"), "key": hidden(deal, "key")}
    assert client.post(f"/en/orders/{code}/contract", sent).status_code == 303
    return code


def state(code: str) -> str:
    return str(Order.objects.get(code=code).state)


def fields(answer: Any, *names: str) -> dict[str, str]:
    return {name: hidden(answer, name) for name in names}


def test_an_order_is_locked_by_a_tick_of_its_own(client: Client, order: str) -> None:
    here = f"/en/orders/{order}"
    assert f'href="{here}/lock"' in body(client.get(here))
    shown = client.get(f"{here}/lock")
    html = body(shown)
    assert "refundable advance" in html
    assert "legal deposit" in html
    assert not re.search(r'name="confirm"[^>]* checked', html)
    sent = fields(shown, "fingerprint", "key")
    missing = client.post(f"{here}/lock", sent)
    assert (missing.status_code, state(order)) == (422, "reserved")
    assert "Please tick the box" in body(missing)
    stale = client.post(f"{here}/lock", sent | {"fingerprint": "0" * 64, "confirm": "1"})
    assert (stale.status_code, state(order)) == (409, "reserved")
    assert "This is what holds now" in body(stale)
    sent = fields(stale, "fingerprint", "key") | {"confirm": "1"}
    for _ in range(2):
        assert client.post(f"{here}/lock", sent).headers["Location"] == here
    assert state(order) == "locked"
    assert client.get(f"{here}/lock").headers["Location"] == here
    assert "锁单完成" in body(client.get(f"/zh/orders/{order}"))


def test_cancelling_shows_what_comes_back_and_gives_exactly_that(
    client: Client, order: str
) -> None:
    here = f"/en/orders/{order}/cancel"
    deposit = f"{Order.objects.get(code=order).deposit / 100:,.2f}"
    first = body(client.get(here))
    assert deposit in first
    assert "Cancel now and get back" in first
    assert 'name="fingerprint"' not in first
    check = client.get(here, {"reason": "price"})
    sent = fields(check, "reason", "fingerprint", "key")
    stale = client.post(here, sent | {"fingerprint": "0" * 64})
    assert (stale.status_code, state(order)) == (409, "reserved")
    assert "This is what it means now" in body(stale)
    sent = fields(stale, "reason", "fingerprint", "key")
    receipt = body(client.post(here, sent))
    assert "This is your receipt" in receipt
    assert deposit in receipt
    assert body(client.post(here, sent)).count("This is your receipt") == 1
    assert state(order) == "cancelled"
    run_until_idle()
    page = body(client.get(f"/en/orders/{order}"))
    assert "Refund" in page
    assert client.get(here).headers["Location"] == f"/en/orders/{order}"


def test_the_delay_is_no_reason_while_the_car_is_in_time(client: Client, order: str) -> None:
    answer = client.get(f"/en/orders/{order}/cancel", {"reason": "late"})
    assert answer.status_code in {409, 422}
    assert "not late" in body(answer)
    unknown = client.get(f"/en/orders/{order}/cancel", {"reason": "moon"})
    assert "Please choose a reason" in body(unknown)


def test_an_extra_is_added_by_one_preview(client: Client, order: str) -> None:
    here = f"/en/orders/{order}/change"
    page = client.get(here)
    asked = {"extra-care-basic": "yes", "version-care-basic": hidden(page, "version-care-basic")}
    shown = client.post(here, asked)
    html = body(shown)
    assert "more" in html
    sent = fields(shown, "extra-care-basic", "version-care-basic", "do", "fingerprint", "key")
    stale = client.post(here, sent | {"fingerprint": "0" * 64})
    assert stale.status_code == 409
    assert "This is what it does now" in body(stale)
    sent = fields(stale, "extra-care-basic", "version-care-basic", "do", "fingerprint", "key")
    for _ in range(2):
        assert client.post(here, sent).headers["Location"] == f"/en/orders/{order}"
    assert Order.objects.get(code=order).amendments.count() == 1
    run_until_idle()
    assert "Change 1" in body(client.get(f"/en/orders/{order}"))
    again = client.post(here, asked)
    assert "what you have already" in body(again)


def test_the_car_is_changed_in_the_configurator_and_checked_here(
    client: Client, order: str
) -> None:
    here = f"/en/orders/{order}/change"
    edit = re.search(r'href="(/en/models/[^"]+order=[^"]+)"', body(client.get(here)))
    assert edit, "the page leads to the configurator"
    configurator = client.get(edit.group(1).replace("&amp;", "&"))
    html = body(configurator)
    assert f"You are changing order {order}" in html
    choices = hidden(configurator, "choices")
    model = edit.group(1).split("/")[3]
    back = client.post(
        f"/en/models/{model}/quote",
        {"choices": f"{choices},paint-pine" if "paint" not in choices else choices, "order": order},
    )
    assert back.headers["Location"].startswith(f"{here}?build=")
    shown = client.get(back.headers["Location"])
    assert shown.status_code in {200, 422}


def test_an_account_cancels_the_order_that_was_placed_with_its_address(order: str) -> None:
    Order.objects.filter(code=order).update(buyer_email="lin@example.com")
    other, here = Client(), f"/en/orders/{order}/cancel"
    other.post("/en/account", {"do": "signup", "email": "lin@example.com"})
    run_until_idle()
    code = re.search(r"\b(\d{8})\b", str(mail.outbox[-1].body))
    assert code
    other.post("/en/account", {"do": "confirm", "code": code.group(1)})
    check = other.get(here, {"reason": "other"})
    sent = fields(check, "reason", "fingerprint", "key")
    assert "This is your receipt" in body(other.post(here, sent))
    assert state(order) == "cancelled"


def test_another_browser_sees_none_of_it(order: str) -> None:
    for page in ("lock", "cancel", "change", "handover"):
        assert Client().get(f"/en/orders/{order}/{page}").status_code in {302, 303, 401, 404}


def ordered_with_a_loan(client: Client) -> str:
    """An order with a loan, its sheet confirmed and its deposit paid."""
    quote = with_loan(client)
    sheet = f"/en/checkout/{quote}/loan"
    said = {"fingerprint": hidden(client.get(sheet), "fingerprint")}
    read_already()
    client.post(sheet, said)
    who = {"kind": "person", "name": "Lin", "phone": "138 1234 5678", "terms": "1"}
    form = client.get(f"/en/checkout/{quote}")
    placed = client.post(f"/en/checkout/{quote}", who | {"key": hidden(form, "key")})
    code = str(placed.headers["Location"]).rsplit("/", 1)[-1]
    paid(client, code)
    run_until_idle()
    return code


def test_a_loan_that_changes_with_the_car_is_read_before_it_is_agreed(client: Client) -> None:
    code = ordered_with_a_loan(client)
    here = f"/en/orders/{code}/change"
    changed = {"choices": "trim:voyage,paint-clearing", "order": code}
    back = client.post("/en/models/haven/quote", changed).headers["Location"]
    build = back.partition("build=")[2]
    shown = client.get(back)
    assert "First read all costs of the loan" in body(shown)
    sent = {"build": build} | fields(shown, "do", "fingerprint", "key")
    early = client.post(here, sent)
    assert early.status_code == 409
    assert "please read all its costs" in body(early)
    sheet = client.post(f"{here}/loan", {"build": build})
    read = {"build": build} | fields(sheet, "sheet", "read")
    assert client.post(f"{here}/loan", read).status_code == 409
    read_already()
    agreed = client.post(f"{here}/loan", read)
    sent = {"build": build} | fields(agreed, "do", "fingerprint", "key")
    assert client.post(here, sent).headers["Location"] == f"/en/orders/{code}"
    assert Order.objects.get(code=code).amendments.count() == 1
