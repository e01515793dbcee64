"""The pages of the desks: one readable page for each thing, in both languages, for those who may see it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from catalog.models import StockVehicle
from checkout.models import LedgerEntry, LedgerLeg, Order, Payment, Quote, WebhookMessage
from cms.desks.pages import page_of
from contracts.models import Contract
from tests.integration.cms.people import admin, staff
from tests.journeys.people import Buyer

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db]


@dataclass
class Sale:
    """An order with its deposit paid."""

    order: str
    quote: str
    contract: str


@pytest.fixture
def sale(shop: None) -> Sale:
    buyer = Buyer()
    build = buyer.post("/builds", {"model": "rill", "choices": ["trim:plus"]}, 201)
    quote = buyer.post("/quotes", {"build": build["code"]}, 201)
    order = buyer.order(quote)["order"]["code"]
    buyer.pay(order)
    return Sale(order, quote["code"], Order.objects.get(code=order).contract_number)


def page(model: type[Any], client: Any, **lookup: Any) -> str:
    """The page of a row as text; 200."""
    ((by, value),) = lookup.items()
    answer = client.get(page_of(model, value, by))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_order_is_one_readable_page(sale: Sale) -> None:
    told = page(Order, admin(), code=sale.order)
    for words in (
        "Egretta Rill Plus",
        "reserved",
        "¥79,800.00",
        "Read and accept the contract",
        "x***@example.com",
        "CN 厦门 思明区鹭江道 1 号",
        sale.quote,
        sale.contract,
        "Never changed since the order.",
        "Deposit terms",
        "payment received",
        "Customer deposits",
        "contract issued",
        "Standard equipment",
    ):
        assert words in told, words
    for secret in ("xiaolu@example.com", "13800138000", "{&#x27;", "{&quot;"):
        assert secret not in told, secret


def test_an_order_speaks_chinese(sale: Sale) -> None:
    told = page(Order, admin("zh-hans"), code=sale.order)
    for words in ("鹭行 小溪", "已预订", "下一步", "阅读并接受合同", "订（定）金条款", "收到付款", "审计记录", "买方"):  # fmt: skip
        assert words in told, words
    for english in ("Next step", "reserved", "Buyer", "payment received", "Audit"):
        assert english not in told, english


def test_each_role_sees_its_part_of_an_order(sale: Sale) -> None:
    sales = page(Order, staff("Sales desk"), code=sale.order)
    assert "desk/payment/inspect" in sales
    assert "Customer deposits" not in sales
    legal = page(Order, staff("Legal"), code=sale.order)
    assert sale.contract in legal
    assert "desk/payment/inspect" not in legal
    assert "Customer deposits" in page(Order, staff("Finance clerks"), code=sale.order)
    assert staff("Marketers").get(page_of(Order, sale.order)).status_code in {302, 403}


def test_a_contract_shows_its_fingerprints_and_what_happened(sale: Sale) -> None:
    contract = Contract.objects.get(number=sale.contract)
    told = page(Contract, staff("Legal"), number=sale.contract)
    for words in (contract.pdf_sha256, contract.facts_fingerprint, sale.order, "drafted", "issued", "contract drafted"):  # fmt: skip
        assert words in told, words
    assert "已起草" in page(Contract, admin("zh-hans"), number=sale.contract)


def test_staff_download_the_archived_pdf(sale: Sale) -> None:
    contract = Contract.objects.get(number=sale.contract)
    answer = staff("Legal").get(f"/cms/desk/contract/{sale.contract}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert f"{sale.contract}.pdf" in answer["Content-Disposition"]
    assert hashlib.sha256(answer.content).hexdigest() == contract.pdf_sha256
    assert staff("Marketers").get(f"/cms/desk/contract/{sale.contract}/pdf/").status_code == 302
    assert admin().get("/cms/desk/contract/FC-0000/pdf/").status_code == 404


def test_a_pdf_that_the_archive_lost_is_not_given(sale: Sale) -> None:
    contract = Contract.objects.get(number=sale.contract)
    for kept in Path(settings.ARCHIVE_DIR).rglob(f"*{contract.pdf_sha256[4:]}*"):
        kept.chmod(0o600)
        kept.unlink()
    answer = admin().get(f"/cms/desk/contract/{sale.contract}/pdf/", follow=True)
    assert "unharmed" in answer.content.decode()


def test_a_payment_shows_its_calls_messages_and_entries(sale: Sale) -> None:
    payment = Payment.objects.get(order__code=sale.order)
    told = page(Payment, staff("Finance clerks"), pk=payment.pk)
    for words in ("¥1,000.00", "¥29.30", "create the payment", f"create-{payment.code}-1", "payment.succeeded", "payment received", sale.order):  # fmt: skip
        assert words in told, words
    sales = page(Payment, staff("Sales desk"), pk=payment.pk)
    assert "payment received" not in sales
    assert "payment.succeeded" not in sales


def test_a_declined_payment_says_why(shop: None) -> None:
    buyer = Buyer()
    build = buyer.post("/builds", {"model": "rill", "choices": ["trim:plus"]}, 201)
    order = buyer.order(buyer.post("/quotes", {"build": build["code"]}, 201))["order"]["code"]
    buyer.pay(order, "decline")
    told = page(Payment, admin(), order__code=order)
    assert "Declined because" in told
    assert "failed" in told


def test_a_held_car_names_its_order_and_when_it_is_free(shop: None) -> None:
    buyer = Buyer()
    car = buyer.get("/stock")["items"][0]
    order = buyer.order(buyer.post("/quotes", {"vin": car["vin"]}, 201))["order"]["code"]
    told = page(StockVehicle, staff("Sales desk"), vin=car["vin"])
    for words in (order, "held", "Free again at", car["vin"], "Price book"):
        assert words in told, words
    assert car["vin"] in page(Order, admin(), code=order)
    free = StockVehicle.objects.exclude(vin=car["vin"]).filter(status="in_stock").first()
    assert free is not None
    assert "没有人预留过这辆车" in page(StockVehicle, admin("zh-hans"), pk=free.pk)


def test_a_quote_says_what_was_promised_and_what_became_of_it(sale: Sale) -> None:
    told = page(Quote, staff("Sales desk"), code=sale.quote)
    for words in ("Egretta Rill Plus", "ordered", sale.order, "On the road", "¥1,000.00"):
        assert words in told, words


def test_an_entry_and_a_message_are_pages_too(sale: Sale) -> None:
    entry = LedgerEntry.objects.get(order__code=sale.order)
    assert "Balance at the payment provider" in page(LedgerEntry, admin(), pk=entry.pk)
    message = WebhookMessage.objects.latest("pk")
    told = page(WebhookMessage, admin(), pk=message.pk)
    assert "<dt>livemode</dt>" in told
    assert str(Payment.objects.get(order__code=sale.order).provider_id) in told
    leg = page(LedgerLeg, admin("zh-hans"), pk=entry.legs.first().pk)  # type: ignore[union-attr]
    assert "科目" in leg


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_lists_show_words_and_money_and_can_be_filtered(sale: Sale, language: str) -> None:
    client = admin(language)
    said = {"en": ("reserved", "deposit paid"), "zh-hans": ("已预订", "订（定）金已付")}[language]
    listed = client.get("/cms/desk/order/").content.decode()
    for words in (sale.order, "¥79,800.00", *said):
        assert words in listed
    assert sale.order in client.get("/cms/desk/order/?state=reserved").content.decode()
    assert sale.order not in client.get("/cms/desk/order/?state=locked").content.decode()
    assert sale.order in client.get(f"/cms/desk/order/?q={sale.order[:8]}").content.decode()
    for table in ("contract", "stockvehicle", "quote", "payment", "ledgerentry", "ledgerleg", "webhookmessage"):  # fmt: skip
        assert client.get(f"/cms/desk/{table}/").status_code == 200, table


def test_lists_take_few_queries(sale: Sale, django_assert_max_num_queries: Any) -> None:
    client = admin()
    for table in ("stockvehicle", "order", "payment", "ledgerleg"):
        client.get(f"/cms/desk/{table}/")
        with django_assert_max_num_queries(30):
            client.get(f"/cms/desk/{table}/")


def test_the_first_page_shows_each_role_its_numbers(sale: Sale) -> None:
    everything = admin().get("/cms/").content.decode()
    for words in ("R000001", "orders today", "¥1,000.00", "contracts wait for the buyer", "cars in stock"):  # fmt: skip
        assert words in everything, words
    marketer = staff("Marketers").get("/cms/").content.decode()
    assert "R000001" in marketer
    for hidden in ("orders today", "¥1,000.00", "contracts wait"):
        assert hidden not in marketer, hidden
    clerk = staff("Finance clerks").get("/cms/").content.decode()
    assert "¥1,000.00" in clerk
    assert "on sale since" not in clerk


def test_the_first_page_of_a_shop_without_deposits_says_so() -> None:
    told = admin("zh-hans").get("/cms/").content.decode()
    assert "今日收款" in told
    for noise in ("wagtail.org", "releases.wagtail", "gravatar"):
        assert noise not in told, noise
