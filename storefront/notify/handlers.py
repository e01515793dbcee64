"""An event becomes notices by the table: each once, whatever is delivered twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from checkout.events import HandoverBooked
from checkout.queries.withdrawals import withdrawal_contact
from storefront.notify.models import NoticeLog
from storefront.notify.phones import international
from storefront.notify.quiet import day_before
from storefront.notify.sending import Reader, When, drop, plan
from storefront.notify.sms import open_sms
from storefront.notify.table import REMINDER, Audience, Channel, Notice, Urgency, notices_for
from storefront.notify.telling import Order, facts_of, look_up
from storefront.notify.typesetting import Mail, typeset

NEAR = timedelta(hours=24)
HANDOVER = ("handover_booked", "handover_changed", "handover_given_up")
_ON_THE_WAY = ("lock_reminder", "promise_changed", "stage_reached", "balance_due", *HANDOVER)

OVERTAKES: Mapping[str, tuple[str, ...]] = {
    "OrderLocked": ("lock_reminder",),
    "BalancePaid": ("balance_due",),
    "HandoverBooked": (*HANDOVER, REMINDER.template),
    "OrderHandedOver": (*_ON_THE_WAY, REMINDER.template),
    "OrderCancelled": (*_ON_THE_WAY, REMINDER.template),
    "OrderWithdrawn": (*_ON_THE_WAY, REMINDER.template),
}
"""Notices that still wait when such an event comes, and would be untrue after it."""


class AboutAnOrder(Protocol):
    """Every event of the table names its order and its moment."""

    @property
    def order(self) -> str:
        """The order's code."""

    @property
    def at(self) -> datetime:
        """When it happened."""


def on_event(event: AboutAnOrder, *, event_id: str) -> None:
    """Log every notice of this event and have it sent; a second delivery of the event adds nothing."""
    tell(event, event_id=event_id, now=timezone.now())


@transaction.atomic
def tell(event: AboutAnOrder, *, event_id: str, now: datetime) -> int:
    """How many notices are new."""
    about = look_up(event.order, now=now)
    extra = _handover(event, event_id) if isinstance(event, HandoverBooked) else {}
    if extra is None:  # a later appointment has been told already
        return 0
    kind = type(event)
    drop(order=event.order, templates=OVERTAKES.get(kind.__qualname__, ()), but=event_id)
    told = sum(
        _tell(row, event, event_id, about, extra, now)
        for row in notices_for(f"{kind.__module__}.{kind.__qualname__}")
    )
    if isinstance(event, HandoverBooked) and event.starts_at is not None:
        told += _remind(event, event.starts_at, event_id, about, now)
    return told


def notice_sent(*, order: str, template: str) -> datetime | None:
    """When the buyer was last sent a notice of that template about the order; None when none went out."""
    rows = NoticeLog.objects.filter(
        order=order, template=template, audience=Audience.BUYER, sent_at__isnull=False
    )
    return rows.order_by("-sent_at").values_list("sent_at", flat=True).first()


def _tell(
    row: Notice, event: AboutAnOrder, key: str, about: Order, extra: dict[str, str], now: datetime
) -> int:
    language = _language(row, about)
    facts = facts_of(event, about, language) | extra
    if row.only and not facts[row.only]:
        return 0
    mail = typeset(template=row.template, audience=row.audience, language=language, facts=facts)
    when = When(happened_at=event.at, now=now)
    return sum(
        plan(
            notice=row,
            urgency=_urgency(row, event, now),
            key=facts.get("once") or key,
            order=event.order,
            reader=reader,
            mail=_short(mail, facts),
            when=when,
        )
        for reader in _readers(row, about, language)
    )


def _remind(
    event: HandoverBooked, starts_at: datetime, key: str, about: Order, now: datetime
) -> int:
    """Plan the reminder of the day before; nothing when that moment has passed."""
    due = day_before(starts_at, about.place)
    if due <= now:
        return 0
    language = _language(REMINDER, about)
    facts = facts_of(event, about, language)
    mail = typeset(
        template=REMINDER.template, audience=Audience.BUYER, language=language, facts=facts
    )
    midnight = starts_at.astimezone(about.place).replace(hour=0, minute=0, second=0, microsecond=0)
    when = When(happened_at=event.at, now=now, due_at=due, void_at=midnight)
    return sum(
        plan(
            notice=REMINDER,
            urgency=REMINDER.urgency,
            key=key,
            order=event.order,
            reader=reader,
            mail=_short(mail, facts),
            when=when,
        )
        for reader in _readers(REMINDER, about, language)
    )


def _handover(event: HandoverBooked, event_id: str) -> dict[str, str] | None:
    """Whether this appointment is a first one, another one, or none; None for one that a later one has overtaken."""
    rows = NoticeLog.objects.filter(order=event.order, template__in=HANDOVER)
    last = rows.exclude(event_id=event_id).order_by("-happened_at", "-pk").first()
    if last is not None and last.happened_at > event.at:
        return None
    booked = last is not None and last.template != "handover_given_up"
    stands = event.starts_at is not None
    return {
        "booked": "yes" if stands and not booked else "",
        "changed": "yes" if stands and booked else "",
        "given_up": "" if stands else "yes",
    }


def _urgency(row: Notice, event: AboutAnOrder, now: datetime) -> Urgency:
    if row.urgency is not Urgency.NEAR:
        return row.urgency
    starts_at = cast(HandoverBooked, event).starts_at
    near = starts_at is None or starts_at - now < NEAR
    return Urgency.URGENT if near else Urgency.CALM


def _language(row: Notice, about: Order) -> str:
    if row.audience is Audience.BUYER:
        return about.language
    languages = settings.NOTICE_DESK_LANGUAGES
    return str(languages.get(about.page.market) or languages["*"])


def _readers(row: Notice, about: Order, language: str) -> list[Reader]:
    """Whom the row is for; a buyer without an e-mail address is told by text message where that is possible."""
    market, place = about.page.market, about.place
    if row.audience is Audience.DESK:
        to = desk_address(row.desk, market)
        return [Reader(Audience.DESK, Channel.MAIL, to, language, market, place)] if to else []
    email, number = about.agreed.buyer.email, about.agreed.buyer.phone
    if row.template == "withdrawal_receipt":
        # Whoever withdraws says where the receipt goes.
        said = withdrawal_contact(about.page.code)
        email, number = (said, number) if "@" in said else (email, said or number)
    phone = international(number, market) if open_sms() is not None else ""

    def reader(channel: Channel, address: str) -> Reader:
        return Reader(Audience.BUYER, channel, address, language, market, place)

    found = [reader(Channel.MAIL, email)] if email or not phone else []
    if phone and (Channel.SMS in row.channels or not email):
        found.append(reader(Channel.SMS, phone))
    return found


def _short(mail: Mail, facts: Mapping[str, str]) -> Mail:
    """The mail with a text message: the letter's own, else its subject and where to read on."""
    sms = mail.sms or f"{facts['seller']}: {mail.subject} {facts['order_url']}"
    return Mail(mail.subject, mail.text, mail.html, sms)


def desk_address(desk: str, market: str) -> str:
    """The e-mail address of a desk in a market by `settings.NOTICE_DESKS`; an empty string where it wants no mail."""
    desks: Mapping[str, Mapping[str, str]] = settings.NOTICE_DESKS
    for row in (desks.get(market, {}), desks.get("*", {})):
        if desk in row or "*" in row:
            return str(row.get(desk, row.get("*", "")))
    return ""
