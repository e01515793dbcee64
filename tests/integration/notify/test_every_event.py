"""Every event of the table becomes exactly one notice an audience, in both languages, however often it is delivered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from checkout.events import (
    DeliveryStageReached,
    FinanceMoved,
    HandoverBooked,
    LockReminded,
    OrderLocked,
    OrderMoved,
    PolicyMoved,
)
from checkout.services.withdrawing import begin_withdrawal
from kernel import eventbus, jobs
from kernel.models import Job
from kernel.money import shown
from storefront.notify import handlers
from storefront.notify.models import NoticeLog
from storefront.notify.sending import deliver
from storefront.notify.table import NOTICES, TEMPLATES, Audience
from storefront.notify.telling import facts_of, look_up
from tests.factories.happenings import happenings
from tests.factories.ordering import LI, placed, quoted
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.factories.withdrawn import bought, withdrawn

pytestmark = pytest.mark.django_db
DESKS = {"*": {"*": "desk@example.com"}}
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""Eleven at night there."""


@pytest.fixture(autouse=True)
def on_sale(db: None, settings: Any) -> Iterator[None]:
    forget()
    put_on_sale()
    settings.NOTICE_DESKS = DESKS
    settings.SMS_DOOR = {"door": "console"}
    yield
    forget()


def order_in(language: str, **buyer: str) -> str:
    """A placed order whose own notices are out of the way."""
    code = placed(quoted(finance=None), language=language, buyer=LI | buyer).order
    Job.objects.all().delete()
    NoticeLog.objects.all().delete()
    return code


def publish(event: Any) -> str:
    """What others make of the event is their matter."""
    with transaction.atomic():
        event_id = eventbus.publish(event)
    others = Job.objects.filter(task=eventbus.deliver.module_path)
    others.exclude(kwargs__handler="storefront.notify.handlers.on_event").delete()
    return event_id


def deliver_again() -> None:
    """Every event that was delivered is delivered once more, as after a worker died."""
    Job.objects.filter(task=eventbus.deliver.module_path).update(state="ready", run_at=None)


def notices(order: str) -> list[NoticeLog]:
    return list(NoticeLog.objects.filter(order=order).order_by("pk"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_event_is_told_once_an_audience_in_full_words(language: str) -> None:
    order = order_in(language)
    told: set[str] = set()
    for template, event in happenings(order, datetime.now(UTC)).items():
        before = set(NoticeLog.objects.values_list("pk", flat=True))
        publish(event)
        jobs.run_until_idle(raise_errors=True)
        deliver_again()
        jobs.run_until_idle(raise_errors=True)
        new = [row for row in notices(order) if row.pk not in before]
        names = [(row.template, row.audience, row.channel) for row in new]
        assert len(names) == len(set(names)), names
        expected = {row.template for row in NOTICES if row.event.endswith(type(event).__qualname__)}
        assert template in {row.template for row in new}
        assert {row.template for row in new} <= expected | {"handover_reminder"}
        told |= {row.template for row in new}
    assert told == set(TEMPLATES)
    for row in notices(order):
        assert row.sealed
        assert "{" not in row.subject
        if row.channel == "mail":
            assert row.language == (language if row.audience == "buyer" else "zh-hans")
    for letter in mail.outbox:
        assert isinstance(letter, EmailMultiAlternatives)
        [(html, kind)] = letter.alternatives
        assert kind == "text/html"
        assert "{" not in str(letter.body)
        assert "None" not in str(letter.body)
        assert str(letter.subject) in unescape(str(html))


def test_the_same_news_by_two_events_is_told_once() -> None:
    order = order_in("en")
    publish(OrderMoved(order, "in_transit", MORNING))
    publish(DeliveryStageReached(order, 3, "departed", MORNING))
    publish(DeliveryStageReached(order, 4, "at_place", MORNING))
    publish(OrderMoved(order, "reserved", MORNING))
    jobs.run_until_idle(raise_errors=True)
    [notice] = notices(order)
    assert notice.subject == "Egretta Haven Voyage: it is on its way"


def test_a_defect_that_is_found_again_is_told_again() -> None:
    order = order_in("en")
    for number in (4, 6):
        publish(DeliveryStageReached(order, number, "defect_found", MORNING))
    jobs.run_until_idle(raise_errors=True)
    assert len(notices(order)) == 2


@pytest.mark.parametrize(
    "event",
    [
        lambda order: FinanceMoved(order, "F1", "sent", MORNING),
        lambda order: PolicyMoved(order, "P1", "quoted", MORNING),
    ],
)
def test_a_state_that_means_nothing_to_the_buyer_is_not_told(event: Any) -> None:
    order = order_in("en")
    publish(event(order))
    jobs.run_until_idle(raise_errors=True)
    assert notices(order) == []


def test_a_desk_without_an_address_is_not_told(settings: Any) -> None:
    settings.NOTICE_DESKS = {"DE": {"*": "berlin@example.com"}, "*": {"money": "m@example.com"}}
    assert handlers.desk_address("orders", "CN") == ""
    assert handlers.desk_address("money", "CN") == "m@example.com"
    assert handlers.desk_address("money", "DE") == "berlin@example.com"


def test_what_can_wait_waits_for_the_morning_and_an_answer_does_not() -> None:
    order = order_in("en")
    handlers.tell(LockReminded(order, None, NIGHT), event_id="calm", now=NIGHT)
    handlers.tell(OrderLocked(order, "buyer", NIGHT), event_id="answer", now=NIGHT)
    calm, answer = notices(order)
    assert (calm.state, answer.state) == ("dropped", "queued")
    handlers.tell(LockReminded(order, None, NIGHT), event_id="later", now=NIGHT)
    held = notices(order)[-1]
    assert (held.state, held.due_at) == ("held", datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    assert deliver(notice=held.pk, now=NIGHT + timedelta(hours=1)) == "held"
    assert mail.outbox == []
    assert deliver(notice=held.pk, now=held.due_at) == "sent"
    assert deliver(notice=held.pk, now=held.due_at) == "sent"
    assert len(mail.outbox) == 1
    assert handlers.notice_sent(order=order, template="lock_reminder") == held.due_at
    assert handlers.notice_sent(order=order, template="deposit_paid") is None


def test_a_calm_notice_that_is_late_still_waits_for_the_morning() -> None:
    order = order_in("en")
    handlers.tell(LockReminded(order, None, MORNING), event_id="e", now=MORNING)
    [notice] = notices(order)
    assert notice.state == "queued"
    assert deliver(notice=notice.pk, now=NIGHT) == "held"


def test_an_appointment_is_booked_moved_recalled_and_given_up() -> None:
    order = order_in("zh-hans")
    far, at = MORNING + timedelta(days=5), MORNING
    handlers.tell(HandoverBooked(order, far, "厦门", at), event_id="1", now=at)
    handlers.tell(
        HandoverBooked(order, far + timedelta(days=1), "厦门", at + timedelta(minutes=1)),
        event_id="2",
        now=at,
    )
    told = [(row.template, row.channel, row.state) for row in notices(order)]
    assert told == [
        ("handover_booked", "mail", "dropped"),
        ("handover_reminder", "mail", "dropped"),
        ("handover_reminder", "sms", "dropped"),
        ("handover_changed", "mail", "queued"),
        ("handover_changed", "sms", "queued"),
        ("handover_reminder", "mail", "held"),
        ("handover_reminder", "sms", "held"),
    ]
    reminder = notices(order)[-1]
    assert reminder.due_at == datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
    stale = HandoverBooked(order, far, "厦门", at)
    assert handlers.tell(stale, event_id="late", now=at) == 0
    handlers.tell(HandoverBooked(order, None, "", at + timedelta(minutes=2)), event_id="3", now=at)
    assert [row.template for row in notices(order)][7:] == ["handover_given_up"] * 2
    assert notices(order)[-1].urgency == "urgent"
    assert NoticeLog.objects.get(pk=reminder.pk).state == "dropped"
    again = HandoverBooked(order, far, "厦门", at + timedelta(minutes=3))
    handlers.tell(again, event_id="4", now=at)
    assert "handover_booked" in [row.template for row in notices(order)][9:]


def test_a_reminder_is_never_sent_late_nor_for_an_appointment_of_today() -> None:
    order = order_in("en")
    tomorrow = MORNING + timedelta(days=1, hours=3)
    early = MORNING - timedelta(hours=1)
    handlers.tell(HandoverBooked(order, tomorrow, "Xiamen", early), event_id="1", now=early)
    reminder = NoticeLog.objects.get(template="handover_reminder", channel="mail")
    assert reminder.due_at == MORNING
    assert deliver(notice=reminder.pk, now=tomorrow) == "dropped"
    handlers.tell(HandoverBooked(order, tomorrow, "X", MORNING), event_id="2", now=MORNING)
    assert NoticeLog.objects.filter(template="handover_reminder", event_id="2").count() == 0


def test_a_buyer_with_a_phone_only_is_told_everything_by_text_message(capsys: Any) -> None:
    order = order_in("zh-hans", email="")
    publish(happenings(order, MORNING)["withdrawal_receipt"])
    jobs.run_until_idle(raise_errors=True)
    [notice] = [row for row in notices(order) if row.audience == Audience.BUYER]
    assert (notice.channel, notice.state) == ("sms", "sent")
    printed = capsys.readouterr().out
    assert "[SMS, NOT SENT: console door] +8613800138000" in printed
    assert f"/zh/orders/{order}" in printed
    assert notice.reference.startswith("console-")


def test_the_place_of_a_handover_has_its_name_and_address() -> None:
    order = order_in("en")
    about = look_up(order, now=MORNING)
    place = about.page.delivery.place
    assert place is not None
    at_the_place = HandoverBooked(order, MORNING, place["code"], MORNING)
    assert place["name"]["en"] in facts_of(at_the_place, about, "en")["place"]
    elsewhere = HandoverBooked(order, MORNING, "Bremen", MORNING)
    assert facts_of(elsewhere, about, "en")["place"] == "Bremen"


def test_the_receipt_of_a_withdrawal_has_date_time_and_zone() -> None:
    order = order_in("en")
    publish(happenings(order, MORNING)["withdrawal_receipt"])
    jobs.run_until_idle(raise_errors=True)
    receipt = next(m for m in mail.outbox if m.to == ["li@example.com"])
    for words in ("W-2026-K7Q2M4XW", "2026-11-23 10:00 (UTC+08:00)", "李明", order):
        assert words in receipt.body


def test_a_real_withdrawal_is_confirmed_to_the_address_its_buyer_gave() -> None:
    order = bought("DE")
    Job.objects.all().delete()
    said = begin_withdrawal(
        order=order.code, name="Erika Muster", contact="erika@elsewhere.example", now=NOON
    )
    receipt = withdrawn(order, NOON, said)
    others = Job.objects.filter(task=eventbus.deliver.module_path)
    others.exclude(kwargs__handler="storefront.notify.handlers.on_event").delete()
    jobs.run_until_idle(raise_errors=True)
    [letter] = [m for m in mail.outbox if m.subject.startswith("Receipt")]
    assert letter.to == ["erika@elsewhere.example"]
    for words in (receipt.number, "Erika Muster", "2026-11-22 05:00 (UTC+01:00) Europe/Berlin"):
        assert words in letter.body
    assert str(receipt.refund_by) in letter.body
    assert shown(receipt.refund) in letter.body
