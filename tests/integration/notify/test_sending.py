"""A notice on its way: tried again, given up, sent again by staff, forgotten; and a worker that dies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from kernel import jobs
from kernel.jobs import MAX_ATTEMPTS
from kernel.models import AuditEntry, Job
from storefront.notify import sending
from storefront.notify.models import NoticeLog
from storefront.notify.sending import LetterForgotten, Reader, When, deliver, plan, send_again
from storefront.notify.sms.ports import SmsRefused, SmsUnavailable
from storefront.notify.table import Audience, Channel, Urgency, row_of
from storefront.notify.tasks import forget_letters
from storefront.notify.typesetting import Mail

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
LETTER = Mail("Subject", "Text\n", "<p>Text</p>", "Short")


def planned(
    template: str = "order_placed", channel: Channel = Channel.MAIL, to: str = "li@example.com"
) -> NoticeLog:
    plan(
        notice=row_of(template),
        urgency=Urgency.ANSWER,
        key="event-1",
        order="C26-TEST",
        reader=Reader(Audience.BUYER, channel, to, "en", "CN", ZoneInfo("Asia/Shanghai")),
        mail=LETTER,
        when=When(happened_at=NOW, now=NOW),
    )
    return NoticeLog.objects.get(channel=channel, template=template)


def break_mail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(self: Any) -> int:
        raise error

    monkeypatch.setattr(EmailMultiAlternatives, "send", fail)


def test_a_mail_server_that_is_away_is_tried_again_and_the_log_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notice = planned()
    with monkeypatch.context() as broken:
        break_mail(broken, SMTPServerDisconnected("li@example.com is away"))
        jobs.run_until_idle(now=NOW)
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("queued", 1)
    assert notice.error == "SMTPServerDisconnected"
    jobs.run_until_idle(now=NOW + timedelta(minutes=1))
    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.error) == ("sent", 2, "")
    assert len(mail.outbox) == 1


def test_after_the_last_attempt_the_notice_has_failed_and_the_job_is_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notice = planned()
    break_mail(monkeypatch, OSError("down"))
    for hour in range(MAX_ATTEMPTS + 1):
        jobs.run_until_idle(now=NOW + timedelta(hours=2 * hour))
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("failed", MAX_ATTEMPTS)
    assert Job.objects.get().state == "dead"


def test_an_address_that_is_refused_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    notice = planned()
    break_mail(monkeypatch, SMTPRecipientsRefused({"li@example.com": (550, b"no")}))
    assert deliver(notice=notice.pk, now=NOW) == "failed"
    notice.refresh_from_db()
    assert "li@" not in notice.error


def test_a_worker_that_dies_after_sending_sends_the_same_message_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notice = planned()

    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(sending, "_sent", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(notice=notice.pk, now=NOW)
    notice.refresh_from_db()
    assert (notice.state, len(mail.outbox)) == ("queued", 1)
    deliver(notice=notice.pk, now=NOW)
    first, second = (letter.extra_headers["Message-ID"] for letter in mail.outbox)
    assert first == second
    assert NoticeLog.objects.count() == 1


class Sender:
    """A sender of text messages whose line is cut after the first message."""

    real = True

    def __init__(self) -> None:
        self.keys: list[str] = []

    def send(self, *, to: str, text: str, key: str) -> str:
        self.keys.append(key)
        if len(self.keys) == 1:
            raise SmsUnavailable("cut")
        return "sm_1"


def test_a_text_message_is_tried_again_under_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Sender()
    monkeypatch.setattr(sending, "open_sms", lambda: sender)
    notice = planned(channel=Channel.SMS, to="+8613800138000")
    jobs.run_until_idle(now=NOW)
    jobs.run_until_idle(now=NOW + timedelta(minutes=1))
    notice.refresh_from_db()
    assert (notice.state, notice.reference) == ("sent", "sm_1")
    assert len(sender.keys) == 2
    assert len(set(sender.keys)) == 1


def test_a_text_message_without_a_door_fails_for_good(settings: Any) -> None:
    settings.SMS_DOOR = {}
    notice = planned(channel=Channel.SMS, to="+8613800138000")
    assert deliver(notice=notice.pk, now=NOW) == "failed"
    notice.refresh_from_db()
    assert notice.error == "SmsRefused no-door"
    assert SmsRefused("x").reason == "x"


def test_staff_send_a_letter_again_and_the_chain_knows() -> None:
    notice = planned()
    jobs.run_until_idle(now=NOW)
    for again in (1, 2):
        copy = send_again(notice=notice.pk, actor="staff:anna", now=NOW)
        assert copy.again == again
    jobs.run_until_idle(now=NOW)
    assert [letter.body for letter in mail.outbox] == ["Text\n"] * 3
    assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == 3
    entries = AuditEntry.objects.filter(subject="order:C26-TEST", action="notice-sent-again")
    assert [entry.actor for entry in entries] == ["staff:anna"] * 2


def test_a_letter_is_forgotten_after_its_retention_but_not_while_it_waits(settings: Any) -> None:
    settings.NOTICE_RETENTION_DAYS = 30
    sent, waiting = planned(), planned("deposit_paid")
    NoticeLog.objects.filter(pk=sent.pk).update(state="sent", at=NOW - timedelta(days=400))
    NoticeLog.objects.filter(pk=waiting.pk).update(state="held", at=NOW - timedelta(days=400))
    assert forget_letters.call() == 1
    sent.refresh_from_db()
    assert sent.sealed is None
    with pytest.raises(LetterForgotten):
        send_again(notice=sent.pk, actor="staff:anna", now=NOW)


def test_what_follows_a_sent_notice_happens_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, datetime]] = []
    monkeypatch.setitem(sending.AFTER_SENDING, "lock_reminder", lambda o, at: done.append((o, at)))
    notice = planned("lock_reminder")
    deliver(notice=notice.pk, now=NOW)
    deliver(notice=notice.pk, now=NOW)
    assert done == [("C26-TEST", NOW)]
