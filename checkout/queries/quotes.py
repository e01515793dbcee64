"""Quotes as frozen facts: what was promised, until when, and a fall of the price since."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.errors import CatalogError
from checkout.domain.amounts import Json, difference, money_of
from checkout.domain.asking import Asked, read_asked
from checkout.domain.leaving_out import without_offers, without_what_is_gone
from checkout.errors import CheckoutError, NotYourQuote, UnknownQuote
from checkout.models.quotes import Quote
from checkout.queries.quoting import worked_out
from kernel.crypto import token_digest

EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Owner:
    """For whom a quote is made, and who asks for one: an account, or a guest by token; nobody for our own staff."""

    customer: int | None = None
    token: str | None = None


NOBODY = Owner()


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


def check_owner(code: str, owner: Owner) -> None:
    """Raises UnknownQuote, or NotYourQuote unless it belongs to that account or token (docs/decisions/0008-quote-owner.md)."""
    fields = ("code", "customer_id", "token_digest")
    row = Quote.objects.only(*fields).filter(code=code).first()
    if row is None:
        raise UnknownQuote(f"quote: there is no {code!r}", facts={"quote": code})
    refuse_others(row, owner)


def refuse_others(row: Quote, owner: Owner) -> None:
    """Raises NotYourQuote unless the stored quote belongs to that account or token, or to nobody."""
    if row.customer_id is not None:
        theirs = row.customer_id == owner.customer
    else:
        theirs = not row.token_digest or _opens(owner.token, row.token_digest)
    if not theirs:
        raise NotYourQuote("quote: it belongs to somebody else", facts={"quote": row.code})


def _opens(token: str | None, digest: str) -> bool:
    return bool(token) and hmac.compare_digest(token_digest(token or ""), digest)


def token_holds_quotes(token: str) -> bool:
    """Whether some quote was made for the guest with this token: only then another one is."""
    return Quote.objects.filter(token_digest=token_digest(token)).exists()


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
        vouchers=given.get("vouchers"),
        proofs=given.get("proofs"),
        extras=given.get("extras"),
        trade_in=given.get("trade_in"),
    )


def present_document(row: Quote, now: datetime) -> Json | None:
    """The quote worked out again today; None where that car, loan, cover or extra cannot be had any more.

    A code word or proof that no offer knows any more is left out: the price without it may still have fallen.
    """
    return _again(asked_of(row), now, without_offers)


def _again(
    asked: Asked, now: datetime, without: Callable[[Asked, Exception], Asked | None]
) -> Json | None:
    try:
        return worked_out(asked=asked, now=now)
    except (CatalogError, CheckoutError) as error:
        less = without(asked, error)
    return None if less is None else _again(less, now, without)


def best_document(row: Quote, now: datetime) -> tuple[Mapping[str, Any], Json | None]:
    """The promised document, or today's with its difference where the price has fallen.

    A rise is ignored, and so is a car or offer that is gone: the promise stands until its expiry.
    """
    today = present_document(row, now)
    if today is None or not _cheaper(today, row.document):
        return row.document, None
    return today, difference(was=row.document, now=today)


def expired_difference(row: Quote, now: datetime) -> Json | None:
    """What an expired quote's car costs today, line by line; None where the car cannot be had any more.

    A loan, cover or extra that is gone is left out of today's side.
    """
    today = _again(asked_of(row), now, without_what_is_gone)
    return None if today is None else difference(was=row.document, now=today)


def _cheaper(today: Mapping[str, Any], promised: Mapping[str, Any]) -> bool:
    return money_of(today["price_sheet"]["total"]) < money_of(promised["price_sheet"]["total"])
