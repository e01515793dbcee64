"""What the buyer is told by e-mail: in the order's language, once per event, with a way to the order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from checkout.events import DepositPaid, OrderPlaced
from checkout.queries.quotes import quote
from checkout.services.orders import PlacedOrder, deposit_received, place_order
from checkout.services.quotes import create_quote
from contracts.events import ContractIssued
from kernel import jobs
from kernel.eventbus import check_subscriptions, subscribers
from kernel.models import Job
from kernel.money import Money
from storefront.notify import handlers
from storefront.notify.models import NoticeLog
from storefront.notify.sending import deliver_notice
from tests.factories.shelf import NOON, forget, put_on_sale, saved_build

pytestmark = pytest.mark.django_db
BUYER = {
    "kind": "person",
    "name": "李明",
    "email": "li@example.com",
    "phone": "13800138000",
    "address": {"city": "厦门", "street": "鹭行路 1 号"},
    "document": {"kind": "id-card", "number": "350211199001011234"},
}


@pytest.fixture(autouse=True)
def on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def placed(language: str = "en", **buyer: Any) -> PlacedOrder:
    made = create_quote(
        market="CN",
        build=saved_build(),
        vin=None,
        finance=None,
        insurance=None,
        insurance_facts={"driver_age": 35, "no_claims_class": None, "seats": None},
        place=None,
        now=NOON,
    )
    version = quote(made.code, NOON).document["terms"]["version"]
    return place_order(
        quote=made.code,
        buyer=BUYER | buyer,
        terms={"version": version, "accepted": True},
        language=language,
        customer=None,
        now=NOON,
    )


def letters() -> list[Any]:
    """The mails sent since the last time; contracts are another package's matter."""
    Job.objects.exclude(task__startswith="storefront.notify").exclude(
        kwargs__handler__startswith="storefront.notify"
    ).delete()
    jobs.run_until_idle(raise_errors=True)
    sent = list(mail.outbox)
    mail.outbox.clear()
    return sent


@pytest.mark.parametrize(
    ("language", "subject", "link"),
    [
        (
            "en",
            "Your order {order}: Egretta Haven Voyage",
            "http://localhost:8000/en/orders/{order}",
        ),
        ("zh-hans", "订单 {order} 已提交：", "http://localhost:8000/zh/orders/{order}"),
    ],
)
def test_an_order_is_confirmed_with_its_link_in_its_language(
    language: str, subject: str, link: str, settings: Any
) -> None:
    settings.WAGTAILADMIN_BASE_URL = "http://localhost:8000"
    order = placed(language).order
    [letter] = letters()
    assert letter.subject.startswith(subject.format(order=order))
    assert link.format(order=order) in letter.body.splitlines()
    assert letter.to == ["li@example.com"]
    assert "¥416,232.30" in letter.body
    assert "¥5,000.00" in letter.body
    assert "2026-11-22 12:30" in letter.body
    assert "李明" in letter.body


def test_the_deposit_is_confirmed_with_amount_and_next_step() -> None:
    made = placed()
    letters()
    deposit_received(order=made.order, payment=made.payment, now=NOON)
    [letter] = letters()
    assert letter.subject == f"Deposit received for order {made.order}"
    assert "What comes next: " in letter.body
    assert "2026-11-22 12:00" in letter.body


@pytest.mark.parametrize(("language", "place"), [("en", "en"), ("zh-hans", "zh")])
def test_a_contract_that_is_ready_is_announced_with_its_fingerprint(
    language: str, place: str
) -> None:
    order = placed(language).order
    letters()
    event = ContractIssued("FC-2026-K7Q2M4XW", order, "ab" * 32, NOON)
    handlers.on_event(event, event_id="e1")
    [letter] = letters()
    assert "FC-2026-K7Q2M4XW" in letter.subject
    assert f"/{place}/orders/{order}/contract" in letter.body
    assert f"/{place}/verify/FC-2026-K7Q2M4XW" in letter.body
    assert "ab" * 32 in letter.body


def test_an_event_that_is_delivered_again_is_told_once() -> None:
    order = placed().order
    letters()
    event = DepositPaid(order, "PAY00001", Money(1, "CNY"), NOON)
    for _ in range(2):
        handlers.on_event(event, event_id="e1")
    assert len(letters()) == 1
    assert NoticeLog.objects.filter(event_id="e1").count() == 1


def test_a_buyer_without_an_address_gets_no_mail_and_that_is_remembered() -> None:
    made = placed(email="")
    assert letters() == []
    assert NoticeLog.objects.get(order=made.order).sent_to == ""


def test_the_log_keeps_the_address_masked() -> None:
    placed()
    letters()
    notice = NoticeLog.objects.get()
    assert (notice.template, notice.sent_to, notice.language) == (
        "order_placed",
        "l***@example.com",
        "en",
    )
    assert str(notice) == f"order_placed {notice.order}"


def test_a_letter_waits_encrypted_and_is_sent_before_other_work() -> None:
    placed()
    Job.objects.exclude(kwargs__handler__startswith="storefront.notify").delete()
    jobs.run(jobs.claim(worker="w", lease=jobs.KEPT, now=jobs.clock()))  # type: ignore[arg-type]
    waiting = Job.objects.get(task=deliver_notice.module_path)
    assert waiting.priority > 0
    notice = NoticeLog.objects.get()
    assert waiting.kwargs == {"notice": notice.pk}
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed, subject, sent_to FROM notify_noticelog")
        [stored] = cursor.fetchall()
    assert "李明" in str(notice.sealed)
    assert "李明" not in str(stored)
    assert "li@example.com" not in str(stored)


def test_notices_are_subscribed_to_what_buyers_care_about() -> None:
    for event in (OrderPlaced, DepositPaid, ContractIssued):
        assert any(path.startswith("storefront.notify.") for path in subscribers(event))
    check_subscriptions()
