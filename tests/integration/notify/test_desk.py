"""The notice desk and the webhook desk: who gets in, what they see in both languages, and what they may set off."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from cms.services.roles import make_roles
from kernel import jobs
from kernel.models import Job
from storefront.notify.desk_words import LETTERS
from storefront.notify.models import NoticeLog, WebhookDelivery, WebhookEndpoint
from storefront.notify.samples import sample
from storefront.notify.table import TEMPLATES, row_of
from storefront.notify.typesetting import typeset
from storefront.notify.urls import urlpatterns
from tests.factories.receivers import receiving
from tests.integration.cms.people import admin, staff

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def a_notice(**changed: Any) -> NoticeLog:
    facts = {
        "event_id": "e1", "template": "order_placed", "order": "C26-TEST", "market": "CN",
        "zone": "Asia/Shanghai", "language": "zh-hans", "subject": "订单已提交", "sent_to": "l***@example.com",
        "sealed": '{"to": "li@example.com", "text": "secret words", "html": "<p>"}', "state": "failed",
        "error": "OSError", "happened_at": NOW, "at": NOW, "due_at": NOW,
    }  # fmt: skip
    return NoticeLog.objects.create(**(facts | changed))


def an_endpoint() -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        name="erp", url="https://erp.example/hook", secret="whsec_x", kinds=["order.placed"], made_at=NOW
    )  # fmt: skip


def addresses() -> list[str]:
    """Every address of the desks, with numbers that exist."""
    notice, endpoint = a_notice(), an_endpoint()
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event_id="e1", kind="order.placed", body="{}", at=NOW, since=NOW
    )
    known = {
        "notice": notice.pk,
        "endpoint": endpoint.pk,
        "delivery": delivery.pk,
        "template": "order_placed",
        "language": "en",
    }
    found = []
    for pattern in urlpatterns:
        wanted = pattern.pattern.converters
        found.append(reverse(str(pattern.name), kwargs={name: known[name] for name in wanted}))
    return found


def test_nobody_gets_in_without_the_permission() -> None:
    marketer, stranger = staff("Marketers"), type(admin())()
    for address in addresses():
        for method in ("get", "post"):
            for client in (marketer, stranger):
                answer = getattr(client, method)(address)
                assert answer.status_code in {302, 405}, address
    assert Job.objects.count() == 0
    assert WebhookEndpoint.objects.get().secret == "whsec_x"


def test_the_menu_leads_those_who_may_to_the_desks() -> None:
    make_roles()
    home = staff("Sales desk").get("/cms/").content.decode()
    assert reverse("notice_desk") in home
    assert reverse("webhook_desk") not in home
    assert reverse("webhook_desk") in admin().get("/cms/").content.decode()
    assert reverse("notice_desk") not in staff("Marketers").get("/cms/").content.decode()
    assert json.dumps("通知")[1:-1] in admin("zh-hans").get("/cms/").content.decode()


def test_the_log_shows_no_letter_and_no_address_and_is_filtered() -> None:
    a_notice()
    a_notice(event_id="e2", state="sent", sent_at=NOW, order="C26-OTHER", error="")
    desk = staff("Sales desk")
    page = desk.get(reverse("notice_desk")).content.decode()
    assert "l***@example.com" in page
    assert "OSError" in page
    for secret in ("secret words", "li@example.com"):
        assert secret not in page
    only = desk.get(reverse("notice_desk"), {"state": "sent"}).content.decode()
    assert "C26-OTHER" in only
    assert "C26-TEST" not in only
    assert "C26-OTHER" not in desk.get(reverse("notice_desk"), {"q": "c26-test"}).content.decode()
    assert "发送失败" in staff("Sales desk", "zh-hans").get(reverse("notice_desk")).content.decode()


def test_a_failed_notice_is_sent_again_by_one_button(mailoutbox: Any) -> None:
    notice = a_notice()
    desk = staff("Sales desk")
    assert desk.post(reverse("notice_again", args=[notice.pk])).status_code == 302
    jobs.run_until_idle(raise_errors=True)
    assert [letter.to for letter in mailoutbox] == [["li@example.com"]]
    NoticeLog.objects.update(sealed=None)
    page = desk.post(reverse("notice_again", args=[notice.pk]), follow=True)
    assert "emptied" in page.content.decode()
    assert desk.post(reverse("notice_again", args=[9999])).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_letter_can_be_looked_at_before_it_is_sent(language: str) -> None:
    assert set(LETTERS) == set(TEMPLATES)
    for template in TEMPLATES:
        facts = sample(language)
        mail = typeset(
            template=template,
            audience=row_of(template).audience,
            language=language,
            facts=facts,
        )
        for text in (mail.subject, mail.text, mail.sms):
            assert "{" not in text
        assert mail.html.count("<h1") == 1
        assert "viewport" in mail.html
    desk = staff("Sales desk", language)
    page = desk.get(reverse("notice_letters")).content.decode()
    assert all(LETTERS[name][language].replace("'", "&#x27;") in page for name in TEMPLATES)
    page = desk.get(reverse("notice_letter", args=["handover_changed"])).content.decode()
    assert "【鹭行汽车销售（厦门）有限公司】" in page
    sheet = desk.get(reverse("notice_sheet", args=["handover_changed", language]))
    assert sheet.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert desk.get(reverse("notice_letter", args=["no_letter"])).status_code == 404
    assert desk.get(reverse("notice_sheet", args=["handed_over", "fr"])).status_code == 404


def test_an_endpoint_is_made_changed_and_given_a_new_secret(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = False
    desk = admin()
    form = {"name": "erp", "url": "http://10.0.0.1/", "kinds": ["order.placed"]}
    page = desk.post(reverse("webhook_new"), form).content.decode()
    assert "https only" in page
    form["url"] = "https://erp.example/hook"
    page = desk.post(reverse("webhook_new"), form).content.decode()
    row = WebhookEndpoint.objects.get()
    assert str(row.secret) in page
    assert "of this name" in desk.post(reverse("webhook_new"), form).content.decode()
    assert "name" in desk.post(reverse("webhook_new"), form | {"name": " "}).content.decode()
    here = reverse("webhook_endpoint", args=[row.pk])
    assert str(row.secret) not in desk.get(here).content.decode()
    desk.post(here, {"url": "https://erp.example/two", "kinds": ["order.locked"]})
    row.refresh_from_db()
    assert (row.url, row.kinds, row.active) == ("https://erp.example/two", ["order.locked"], False)
    assert "there are" in desk.post(here, {"url": row.url, "kinds": []}).content.decode()
    before = row.secret
    page = desk.post(reverse("webhook_secret", args=[row.pk])).content.decode()
    row.refresh_from_db()
    assert row.secret != before
    assert str(row.secret) in page


def test_deliveries_are_looked_at_and_sent_again(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True
    desk = admin()
    with receiving() as receiver:
        row = an_endpoint()
        WebhookEndpoint.objects.update(url=receiver.url)
        delivery = WebhookDelivery.objects.create(
            endpoint=row, event_id="e1", kind="order.placed", order="C26-A", body='{"id":"e1"}',
            state="dead", attempts=13, last_status=500, error="", at=NOW, since=NOW,
        )  # fmt: skip
        page = desk.get(reverse("webhook_endpoint", args=[row.pk]), {"state": "dead"})
        assert "C26-A" in page.content.decode()
        desk.post(reverse("webhook_again", args=[delivery.pk]))
        jobs.run_until_idle(raise_errors=True)
        since = reverse("webhook_since", args=[row.pk])
        page = desk.post(since, {"since": "2026-11-16T09:00"}, follow=True)
        assert "1 deliveries are sent again" in page.content.decode()
        jobs.run_until_idle(raise_errors=True)
        assert len(receiver.got) == 2
        for nonsense in ("", "yesterday", "0001-01-01T00:00"):
            page = desk.post(since, {"since": nonsense}, follow=True)
            assert "Say since when" in page.content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
