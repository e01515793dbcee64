"""Quotes as frozen facts: what was promised, until when, and a fall of the price since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.errors import CatalogError
from checkout.domain.amounts import Json, difference, money_of
from checkout.domain.asking import Asked, read_asked
from checkout.errors import CheckoutError, UnknownQuote
from checkout.models.quotes import Quote
from checkout.queries.quoting import worked_out

EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """A quote: `state` is open, expired or ordered; `fall` says what became cheaper since it was made, or None.

    `document` is the frozen document, or the cheaper one of today while the quote is open.
    """

    code: str
    market: str
    state: str
    release: str
    created_at: datetime
    expires_at: datetime
    document: Mapping[str, Any]
    fall: Mapping[str, Any] | None
    order: str | None


def quote(code: str, now: datetime) -> QuoteFacts:
    """The quote of that code as it stands now; raises UnknownQuote."""
    row = Quote.objects.select_related("order").filter(code=code).first()
    if row is None:
        raise UnknownQuote(f"there is no quote {code!r}", facts={"quote": code})
    return facts_of(row, now)


def facts_of(row: Quote, now: datetime) -> QuoteFacts:
    """The facts of a stored quote at a moment."""
    promised = as_promised(row)
    if row.state != Quote.State.OPEN:
        return replace(promised, order=row.order.code)
    if row.expires_at <= now:
        return replace(promised, state=EXPIRED)
    document, fall = best_document(row, now)
    return replace(promised, document=document, fall=fall, release=document["release"])


def as_promised(row: Quote) -> QuoteFacts:
    """The facts of a stored quote as it was made, whatever the time and today's price."""
    return QuoteFacts(
        code=row.code,
        market=row.market,
        state=row.state,
        release=row.release,
        created_at=row.created_at,
        expires_at=row.expires_at,
        document=row.document,
        fall=None,
        order=None,
    )


def asked_of(row: Quote) -> Asked:
    """What the quote was asked for."""
    given = row.request
    return read_asked(
        market=row.market,
        currency=row.currency,
        build=given["build"],
        vin=given["vin"],
        finance=given["finance"],
        insurance=given["insurance"],
        insurance_facts=given["insurance_facts"],
        place=given["place"],
    )


def present_document(row: Quote, now: datetime) -> Json | None:
    """The quote worked out again today; None where that car or offer cannot be had any more."""
    try:
        return worked_out(asked=asked_of(row), now=now)
    except (CatalogError, CheckoutError):
        return None


def best_document(row: Quote, now: datetime) -> tuple[Mapping[str, Any], Json | None]:
    """The promised document, or today's with its difference where the price has fallen.

    A rise is ignored, and so is a car or offer that is gone: the promise stands until its expiry.
    """
    today = present_document(row, now)
    if today is None or not _cheaper(today, row.document):
        return row.document, None
    return today, difference(was=row.document, now=today)


def expired_difference(row: Quote, now: datetime) -> Json | None:
    """What an expired quote's car costs today, line by line; None where it cannot be had any more."""
    today = present_document(row, now)
    return None if today is None else difference(was=row.document, now=today)


def _cheaper(today: Mapping[str, Any], promised: Mapping[str, Any]) -> bool:
    return money_of(today["price_sheet"]["total"]) < money_of(promised["price_sheet"]["total"])
