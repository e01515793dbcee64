"""Whether an order can be withdrawn from, and what a withdrawal left behind: for buyer, store, notices and desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from catalog.domain.law import Law
from catalog.errors import CatalogError
from catalog.queries.on_sale import on_sale
from checkout.domain.calendars import Calendar, calendar_of, day_of, ends_at, region_of
from checkout.domain.order import Move, State, moves_from
from checkout.domain.withdrawal import (
    VALUE_NOTE,
    WHY,
    Purchase,
    Reason,
    Right,
    closed_because,
    right_of,
    withdrawal_law,
)
from checkout.errors import NoCalendar
from checkout.models import Order, OrderEvent, WithdrawalReceipt
from checkout.queries.order_facts import OrderFacts
from kernel.crypto import mask
from kernel.money import Money
from kernel.text import LANGUAGES, Text

ACCEPTED, BUYER_SIGNED, RECEIVED = "contract-accepted", "contract-buyer-signed", "handed-over"
"""Events of an order that the right asks for: the contract with its instruction accepted, the key handed over."""


@dataclass(frozen=True, slots=True)
class ReasonFacts:
    """Why there is no right now, in words that say what can be done instead."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of the two buttons; `local` where the law of the market fixes them in a language of its own."""

    begin: Text
    confirm: Text
    local: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A withdrawal as it was confirmed: `received_at` in UTC, `zone` of the market; the contact is masked.

    `refund_by` None: not before the car is back.
    """

    number: str
    order: str
    contract: str
    name: str
    contact: str
    received_at: datetime
    zone: str
    refund: Money
    refund_by: date | None
    hold_back: bool
    finance_by: date | None
    fingerprint: str
    language: str


@dataclass(frozen=True, slots=True)
class WithdrawalSection:
    """The right on the order's page: `right` whether it can be used now; `until` its last day, `ends_at` the moment.

    Both are None while the car is not received, and where no calendar states the day.
    """

    right: bool
    until: date | None
    ends_at: datetime | None
    labels: Labels
    reason_none: ReasonFacts | None
    note: Text | None
    receipt: ReceiptFacts | None


@lru_cache(maxsize=4)
def _calendar(law: Law) -> Calendar:
    return calendar_of(law)


def calendar_now() -> Calendar:
    """The calendars of the release on sale; raises NothingOnSale."""
    return _calendar(on_sale().catalogue.law)


def zone_of(document: Mapping[str, Any]) -> str:
    """The time zone of an order's market, as its frozen document names it."""
    return str(document["market"]["timezone"])


def purchase_of_row(row: Order) -> Purchase:
    """What the law asks about an order's row; one statement for its events."""
    told = OrderEvent.objects.filter(
        order=row, kind__in=[ACCEPTED, BUYER_SIGNED, RECEIVED]
    ).order_by("number")
    return _purchase(
        market=row.market,
        document=row.document,
        buyer=row.buyer_kind,
        address=row.buyer_address,
        placed_at=row.placed_at,
        told=((event.kind, event.at) for event in told),
    )


def purchase_of(facts: OrderFacts) -> Purchase:
    """As `purchase_of_row`, of facts in memory."""
    return _purchase(
        market=facts.market,
        document=facts.document,
        buyer=facts.buyer.kind,
        address=facts.buyer.address,
        placed_at=facts.placed_at,
        told=((event.kind, event.at) for event in facts.events),
    )


def _purchase(
    *,
    market: str,
    document: Mapping[str, Any],
    buyer: str,
    address: Mapping[str, str],
    placed_at: datetime,
    told: Iterable[tuple[str, datetime]],
) -> Purchase:
    zone = zone_of(document)
    first: dict[str, date] = {}
    for kind, at in told:
        first.setdefault(kind, day_of(at, zone))
    return Purchase(
        market=market,
        zone=zone,
        buyer=buyer,
        configured=not document["car"].get("vin"),
        region=region_of(market=market, address=address),
        contracted_on=day_of(placed_at, zone),
        received_on=first.get(RECEIVED),
        instructed_on=first.get(ACCEPTED) or first.get(BUYER_SIGNED),
        exception_confirmed=bool((document.get("withdrawal") or {}).get("exception_confirmed")),
    )


def right_now(purchase: Purchase, now: datetime) -> Right:
    """The right by the law of the release on sale; raises NothingOnSale, NoLawRow."""
    law = on_sale().catalogue.law
    found = withdrawal_law(law, purchase, today=day_of(now, purchase.zone))
    return right_of(purchase, found, _calendar(law))


def withdrawal_section(facts: OrderFacts, now: datetime) -> WithdrawalSection | None:
    """The right of an order for its page; None where the law cannot be read. A page never fails for it."""
    try:
        purchase = purchase_of(facts)
        right = right_now(purchase, now)
    except (CatalogError, KeyError):
        return None
    reason = _reason(facts, right, purchase, now)
    return WithdrawalSection(
        right=reason is None,
        until=right.until,
        ends_at=ends_at(right.until, purchase.zone) if right.until else None,
        labels=labels_of(right.law.label, right.law.confirm),
        reason_none=reason,
        note=VALUE_NOTE if reason is None and purchase.received_on else None,
        receipt=withdrawal_receipt(facts.code) if facts.state == State.WITHDRAWN else None,
    )


_NOT_BOUND: Text = {
    "zh-hans": "订金到账之前没有合同约束你：直接取消即可，不收任何费用。",
    "en": "Before the deposit nothing binds you: cancel the order, it costs nothing.",
}
_ENDED: Text = {"zh-hans": "订单已经结束。", "en": "The order has ended."}
_NO_CALENDAR: Text = {
    "zh-hans": "这一年的节假日历还没有公布，无法给出确切的截止日；请联系我们，由人工判定。",
    "en": "No calendar of holidays is loaded for that year, so we cannot state the last day; write to us and a person "
    "decides.",
}


def _reason(
    facts: OrderFacts, right: Right, purchase: Purchase, now: datetime
) -> ReasonFacts | None:
    if Move.WITHDRAW not in moves_from(State(facts.state)):
        if facts.state == State.AWAITING_DEPOSIT:
            return ReasonFacts("not_bound", _NOT_BOUND)
        return ReasonFacts("ended", _ENDED)
    try:
        found = closed_because(right, purchase=purchase, sent_at=now)
    except NoCalendar:
        return ReasonFacts("no_calendar", _NO_CALENDAR)
    return None if found is None else reason_facts(found)


def reason_facts(reason: Reason) -> ReasonFacts:
    """A reason with its words."""
    return ReasonFacts(str(reason), WHY[reason])


def labels_of(label: Text, confirm: Text) -> Labels:
    """The words of the buttons in the languages of the store, and apart from them those of the law."""
    own = sorted(set(label) - set(LANGUAGES))
    local = {"begin": label[own[0]], "confirm": confirm[own[0]]} if own else None
    return Labels(_shown(label), _shown(confirm), local)


def _shown(text: Text) -> Text:
    return {code: text[code] for code in LANGUAGES if code in text}


def withdrawal_labels(*, law: Law, market: str, day: date) -> Labels | None:
    """The words of the entry that the law of a market asks for on every page; None where no law asks for one."""
    rows = [
        row
        for row in law.rows
        if (row.market, row.key) == (market, "withdrawal.function") and row.covers(day)
    ]
    if not rows:
        return None
    said = max(rows, key=lambda row: row.valid_from).value
    return labels_of(said["label"], said["confirm"])


def withdrawal_receipt(order: str) -> ReceiptFacts | None:
    """The receipt of an order that was withdrawn from; None where it was not."""
    row = WithdrawalReceipt.objects.filter(order__code=order).first()
    return None if row is None else receipt_facts(row, order)


def withdrawal_contact(order: str) -> str:
    """Where the receipt of a withdrawal goes, as its buyer gave it, in clear; empty where nobody withdrew or gave one."""
    row = WithdrawalReceipt.objects.filter(order__code=order).first()
    return "" if row is None else row.contact or ""


def receipt_facts(row: WithdrawalReceipt, order: str) -> ReceiptFacts:
    """A receipt's row as facts."""
    return ReceiptFacts(
        number=row.number,
        order=order,
        contract=row.contract,
        name=row.name or "",
        contact=mask(row.contact) if row.contact else "",
        received_at=row.received_at,
        zone=row.zone,
        refund=row.money,
        refund_by=row.refund_by,
        hold_back=row.hold_back,
        finance_by=row.finance_by,
        fingerprint=row.fingerprint,
        language=row.language,
    )
