"""One notice from its log to its reader: planned once, held at night, sent, tried again, sent again by staff.

At least once: a worker that dies between sending and writing it down sends again, with the same Message-ID and the
same key, so that mail programs and senders of text messages can tell that it is the same.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from smtplib import SMTPRecipientsRefused
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from checkout.services.locking import reminder_sent
from kernel import audit
from kernel.crypto import mask
from kernel.jobs import MAX_ATTEMPTS, task
from storefront.notify.models import NoticeLog
from storefront.notify.quiet import hours_of, may_go
from storefront.notify.sms import open_sms
from storefront.notify.sms.ports import LONGEST, SmsRefused
from storefront.notify.table import Audience, Channel, Notice, Urgency
from storefront.notify.typesetting import LANG_TAGS, Mail

log = logging.getLogger("storefront.notify")
State = NoticeLog.State
WAITING = (State.QUEUED, State.HELD)
ENDED = (State.SENT, State.NO_ADDRESS, State.DROPPED)


def _reminded(order: str, at: datetime) -> None:
    reminder_sent(order=order, at=at)


AFTER_SENDING: dict[str, Callable[[str, datetime], None]] = {"lock_reminder": _reminded}
"""What else is done once a notice of that template really went out, given its order and the moment."""


class LetterForgotten(Exception):
    """The letter was emptied after its retention; it cannot be sent again."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is written to: where (an empty address reaches nobody), in which language, on which clock."""

    audience: Audience
    channel: Channel
    address: str
    language: str
    market: str
    place: ZoneInfo


@dataclass(frozen=True, slots=True)
class When:
    """When a notice happened, and when it may go: not before `due_at`, not after `void_at`."""

    happened_at: datetime
    now: datetime
    due_at: datetime | None = None
    void_at: datetime | None = None


def plan(
    *,
    notice: Notice,
    urgency: Urgency,
    key: str,
    order: str,
    reader: Reader,
    mail: Mail,
    when: When,
) -> bool:
    """Log one notice and have the worker send it, in the caller's transaction; whether it is new.

    The same `key` for the same template, audience and channel is one notice.
    """
    due = when.due_at or when.now
    if urgency is Urgency.CALM:
        due = _after_quiet(due, reader.market, reader.place)
    row, made = NoticeLog.objects.get_or_create(
        event_id=key[:64],
        template=notice.template,
        audience=reader.audience,
        channel=reader.channel,
        again=0,
        defaults={
            "order": order,
            "market": reader.market,
            "zone": reader.place.key,
            "language": reader.language,
            "urgency": urgency,
            "subject": mail.subject[:255],
            "sent_to": mask(reader.address) if reader.address else "",
            "sealed": _sealed(reader, mail),
            "state": _first_state(reader, due, when.now),
            "happened_at": when.happened_at,
            "at": when.now,
            "due_at": due,
            "void_at": when.void_at,
        },
    )
    if made and row.state != State.NO_ADDRESS:
        _enqueue(row, when.now)
    return made


def drop(*, order: str, templates: tuple[str, ...], but: str) -> int:
    """Notices of these templates that still wait are overtaken by event `but` and not sent; gives how many."""
    waiting = NoticeLog.objects.filter(order=order, template__in=templates, state__in=WAITING)
    return waiting.exclude(event_id=but).update(state=State.DROPPED)


@transaction.atomic
def send_again(*, notice: int, actor: str, now: datetime) -> NoticeLog:
    """A copy of a notice, sent at once whatever the hour; raises NoticeLog.DoesNotExist, LetterForgotten."""
    row = NoticeLog.objects.select_for_update().get(pk=notice)
    if not row.sealed or not row.sent_to:
        raise LetterForgotten(f"notice {notice} has no letter or no address")
    family = NoticeLog.objects.filter(
        event_id=row.event_id,
        template=row.template,
        audience=row.audience,
        channel=row.channel,
    )
    again = (family.aggregate(last=Max("again"))["last"] or 0) + 1
    copy = NoticeLog.objects.create(
        event_id=row.event_id,
        template=row.template,
        audience=row.audience,
        channel=row.channel,
        again=again,
        order=row.order,
        market=row.market,
        zone=row.zone,
        language=row.language,
        urgency=Urgency.ANSWER,
        subject=row.subject,
        sent_to=row.sent_to,
        sealed=row.sealed,
        happened_at=row.happened_at,
        at=now,
        due_at=now,
    )
    audit.record(
        subject=f"order:{row.order}",
        action="notice-sent-again",
        actor=actor,
        facts={"template": row.template, "channel": row.channel},
        now=now,
    )
    _enqueue(copy, now)
    return copy


@task(max_attempts=MAX_ATTEMPTS)
def deliver_notice(notice: int) -> str:
    """Send one notice now, unless it ended, is overtaken or must wait; gives its state."""
    return deliver(notice=notice, now=timezone.now())


def deliver(*, notice: int, now: datetime) -> str:
    """The state of the notice after this try; raises what made the sending fail, to be tried again."""
    row = NoticeLog.objects.get(pk=notice)
    if row.state in ENDED:
        return str(row.state)
    if row.void_at is not None and now >= row.void_at:
        return _write(row, State.DROPPED)
    due = _due(row, now)
    if due > now:
        with transaction.atomic():
            NoticeLog.objects.filter(pk=row.pk).update(state=State.HELD, due_at=due)
            deliver_notice.enqueue_at(due, notice=row.pk)
        return str(State.HELD)
    NoticeLog.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
    row.attempts += 1
    try:
        reference = _send(row)
    except (SmsRefused, SMTPRecipientsRefused) as refusal:  # for good
        return _write(row, State.FAILED, error=_reason(refusal))
    except Exception as error:
        last = row.attempts >= MAX_ATTEMPTS
        _write(row, State.FAILED if last else State.QUEUED, error=_reason(error))
        raise
    _sent(row, reference, now)
    return str(State.SENT)


def _due(row: NoticeLog, now: datetime) -> datetime:
    if row.due_at > now:
        return row.due_at
    if row.urgency != Urgency.CALM:
        return now
    return _after_quiet(now, row.market, ZoneInfo(row.zone))


def _after_quiet(moment: datetime, market: str, place: ZoneInfo) -> datetime:
    return may_go(moment, hours_of(market, settings.NOTICE_QUIET_HOURS), place)


def _sealed(reader: Reader, mail: Mail) -> str | None:
    if not reader.address:
        return None
    letter = {"to": reader.address}
    if reader.channel is Channel.SMS:
        return json.dumps(letter | {"text": mail.sms[:LONGEST]}, ensure_ascii=False)
    return json.dumps(letter | {"text": mail.text, "html": mail.html}, ensure_ascii=False)


def _first_state(reader: Reader, due: datetime, now: datetime) -> State:
    if not reader.address:
        return State.NO_ADDRESS
    return State.HELD if due > now else State.QUEUED


def _enqueue(row: NoticeLog, now: datetime) -> None:
    sending = deliver_notice.using(priority=10)
    if row.due_at > now:
        sending = sending.using(run_after=row.due_at)
    sending.enqueue(notice=row.pk)


def _send(row: NoticeLog) -> str:
    letter = json.loads(row.sealed or "{}")
    if row.channel == Channel.SMS:
        return _text(row, letter)
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = EmailMultiAlternatives(
        row.subject,
        letter["text"],
        settings.DEFAULT_FROM_EMAIL,
        [letter["to"]],
        headers={
            "Message-ID": f"<{key_of(row)}@{sender.rpartition('@')[2] or 'localhost'}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": LANG_TAGS[row.language],
        },
    )
    message.attach_alternative(letter["html"], "text/html")
    message.send()
    return ""


def _text(row: NoticeLog, letter: Mapping[str, str]) -> str:
    door = open_sms()
    if door is None:
        raise SmsRefused("no-door")
    return door.send(to=letter["to"], text=letter["text"], key=key_of(row))


def key_of(row: NoticeLog) -> str:
    """What names this very notice to the world outside; the same however often it is tried."""
    whole = f"{row.event_id} {row.template} {row.audience} {row.channel} {row.again}"
    return f"notice-{hashlib.sha256(whole.encode()).hexdigest()[:32]}"


@transaction.atomic
def _sent(row: NoticeLog, reference: str, now: datetime) -> None:
    NoticeLog.objects.filter(pk=row.pk).update(
        state=State.SENT, sent_at=now, error="", reference=reference[:128]
    )
    after = AFTER_SENDING.get(row.template)
    if after is not None:
        after(row.order, now)


def _write(row: NoticeLog, state: State, *, error: str = "") -> str:
    NoticeLog.objects.filter(pk=row.pk).update(state=state, error=error)
    return str(state)


def _reason(error: Exception) -> str:
    """What is shown at the desk: the kind of failure and its code, no address and no text of the letter."""
    reason = getattr(error, "reason", "") or getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {reason}".strip()[:255]
