"""A worker that dies after any of its writes: each notice and each delivery is there once, and none is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail

from checkout.events import HandoverBooked, OrderPlaced
from kernel.models import Job
from storefront.notify import handlers
from storefront.notify.models import NoticeLog, WebhookDelivery
from storefront.notify.sending import deliver, deliver_notice
from storefront.notify.webhooks import sending
from storefront.notify.webhooks.calling import Answer
from storefront.notify.webhooks.sending import deliver_webhook, open_endpoint
from storefront.notify.webhooks.table import KINDS, body_of
from tests.factories.ordering import placed, quoted
from tests.factories.shelf import forget, put_on_sale
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


@pytest.fixture
def order(db: None, settings: Any) -> Iterator[str]:
    forget()
    put_on_sale()
    settings.NOTICE_DESKS = {"*": {"*": "desk@example.com"}}
    settings.SMS_DOOR = {"door": "console"}
    code = placed(quoted(finance=None)).order
    Job.objects.all().delete()
    yield code
    forget()


def jobs_of(task: Any) -> int:
    return Job.objects.filter(task=task.module_path).count()


def test_every_notice_of_an_event_is_logged_with_its_job_or_not_at_all(order: str) -> None:
    event = HandoverBooked(order, datetime(2026, 11, 25, 2, 0, tzinfo=UTC), "Xiamen", NOW)

    def act() -> None:
        handlers.tell(event, event_id="e1", now=NOW)

    def whole_or_nothing() -> None:
        assert NoticeLog.objects.count() in {0, 3}
        assert jobs_of(deliver_notice) == NoticeLog.objects.count()

    def once() -> None:
        told = sorted(NoticeLog.objects.values_list("template", "channel"))
        assert told == [
            ("handover_booked", "mail"),
            ("handover_reminder", "mail"),
            ("handover_reminder", "sms"),
        ]
        assert jobs_of(deliver_notice) == 3

    assert for_every_write(act, died=whole_or_nothing, done=once) >= 6


def test_a_worker_that_dies_while_it_sends_loses_no_notice(order: str) -> None:
    handlers.tell(OrderPlaced(order, NOW), event_id="e1", now=NOW)
    notice = NoticeLog.objects.get(audience="buyer")

    def act() -> None:
        mail.outbox.clear()
        deliver(notice=notice.pk, now=NOW)

    def told() -> None:
        row = NoticeLog.objects.get(pk=notice.pk)
        assert (row.state, row.sent_at) == ("sent", NOW)

    assert for_every_write(act, done=told) == 2


def test_deliveries_are_stored_with_their_jobs_and_sent_at_least_once(order: str) -> None:
    for name in ("erp", "crm"):
        open_endpoint(name=name, url="https://erp.example/", kinds=KINDS, actor="a", now=NOW)
    body = body_of(OrderPlaced(order, NOW), event_id="e1", api="https://s/api/v1")

    def once() -> None:
        assert WebhookDelivery.objects.count() == 2
        assert jobs_of(deliver_webhook) == 2

    assert for_every_write(lambda: sending.store(body=body, now=NOW), done=once) == 4
    sending.store(body=body, now=NOW)
    row = WebhookDelivery.objects.first()
    assert row is not None
    heard: list[bytes] = []

    def receive(url: str, raw: bytes, headers: dict[str, str]) -> Answer:
        heard.append(raw)
        return Answer(500 if len(heard) == 1 else 200)

    def act() -> None:
        heard.clear()
        while attempt(row.pk) != "delivered":
            pass

    def attempt(pk: int) -> str:
        found = WebhookDelivery.objects.get(pk=pk)
        return sending.deliver(delivery=pk, now=found.next_at or NOW, send=receive)

    def delivered() -> None:
        assert WebhookDelivery.objects.get(pk=row.pk).state == "delivered"
        assert set(heard) <= {row.body.encode()}

    assert for_every_write(act, done=delivered) >= 3
