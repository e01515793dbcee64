"""Withdrawing on the store's pages, as a browser without script gets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from checkout.domain.order import State
from checkout.models import Order, WithdrawalReceipt
from storefront.web import memory
from tests.factories.shelf import forget, put_on_sale
from tests.factories.withdrawn import bought, handed_over

pytestmark = pytest.mark.django_db(transaction=True)
HIDDEN = re.compile(r'type="hidden" name="([a-z]+)" value="([^"]*)"')
LINK = {"en": "Withdraw from contract here", "zh": "在此撤销合同"}


@pytest.fixture(autouse=True)
def _shop(transactional_db: None) -> Iterator[None]:
    memory.forget()
    forget()
    put_on_sale()
    yield
    forget()


def body(answer: Any) -> str:
    return str(answer.content.decode())


def sold(market: str = "DE", state: State = State.RESERVED) -> Order:
    return bought(market, state, now=timezone.now() - timedelta(minutes=5))


def form(sale: Order, **changes: str) -> dict[str, str]:
    return {"order": sale.code, "name": "Erika Muster", "contact": "erika@example.com"} | changes


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_entry_stands_at_the_foot_of_every_page_in_germany_only(
    client: Client, lang: str
) -> None:
    for path in ("/", "/stock", "/legal", "/withdraw"):
        html = body(client.get(f"/{lang}{path}"))
        assert "Vertrag widerrufen" not in html, path
    client.cookies["market"] = "DE"
    for path in ("/", "/stock", "/legal", "/withdraw", "/no-such-page"):
        html = body(client.get(f"/{lang}{path}"))
        assert f'<span lang="de">Vertrag widerrufen</span> / {LINK[lang]}' in html, path


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_guest_withdraws_in_two_clicks_without_script_or_sign_in(
    client: Client, lang: str
) -> None:
    order = sold()
    page = f"/{lang}/withdraw"
    assert 'name="contact"' in body(client.get(page))
    read = body(client.post(page, form(order)))
    assert "Widerruf bestätigen" in read
    assert "€" in read
    order.refresh_from_db()
    assert order.state == "reserved"
    done = body(client.post(page, dict(HIDDEN.findall(read))))
    receipt = WithdrawalReceipt.objects.get(order=order)
    assert receipt.number in done
    assert "Europe/Berlin" in done
    order.refresh_from_db()
    assert (order.state, receipt.language) == ("withdrawn", "en" if lang == "en" else "zh-hans")


def test_a_second_press_of_the_button_shows_the_same_receipt(client: Client) -> None:
    order = sold()
    said = dict(HIDDEN.findall(body(client.post("/en/withdraw", form(order)))))
    first, again = (body(client.post("/en/withdraw", said)) for _ in range(2))
    number = WithdrawalReceipt.objects.get().number
    assert number in first
    assert number in again


@pytest.mark.parametrize(
    "changes", [{"name": "Somebody"}, {"contact": "other@example.com"}, {"order": "C26-NONE"}]
)
def test_a_wrong_name_contact_or_code_gets_one_answer(
    client: Client, changes: dict[str, str]
) -> None:
    answer = client.post("/en/withdraw", form(sold(), **changes))
    assert answer.status_code == 404
    assert "Nothing found. Check order number, name and contact" in body(answer)


def test_empty_fields_are_asked_for_again(client: Client) -> None:
    answer = client.post("/en/withdraw", {"order": "", "name": "", "contact": ""})
    assert answer.status_code == 422
    assert 'role="alert"' in body(answer)


def test_a_late_withdrawal_says_until_when_it_was_possible(client: Client) -> None:
    order = sold("DE", State.BALANCE_PAID)
    past = timezone.now() - timedelta(days=40)
    order.events.update(at=past)
    handed_over(order, past)
    answer = client.post("/en/withdraw", form(order))
    assert answer.status_code == 409
    assert "It was possible until" in body(answer)
    assert "rights for defects" in body(answer)


def test_a_statement_that_was_changed_on_the_way_is_begun_again(client: Client) -> None:
    order = sold()
    said = dict(HIDDEN.findall(body(client.post("/en/withdraw", form(order)))))
    answer = client.post("/en/withdraw", said | {"statement": said["statement"] + "x"})
    assert answer.status_code == 422
    assert "Please check it once more" in body(answer)
    order.refresh_from_db()
    assert order.state == "reserved"


def test_a_configured_car_in_china_says_why_there_is_no_right(client: Client) -> None:
    order = sold("CN", State.LOCKED)
    asked = {"order": order.code, "name": "李明", "contact": "13800138000"}
    answer = client.post("/zh/withdraw", asked)
    assert answer.status_code == 409
    assert "按你的选配定制" in body(answer)
