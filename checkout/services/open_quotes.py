"""The quote that somebody is about to act on, locked until the transaction ends."""

from __future__ import annotations

from datetime import datetime

from checkout.errors import QuoteAlreadyOrdered, QuoteExpired, UnknownQuote
from checkout.models.quotes import Quote
from checkout.queries.quotes import Owner, expired_difference, refuse_others


def open_quote(code: str, now: datetime, *, owner: Owner | None = None) -> Quote:
    """The open quote of that code, its row locked; with `owner`, only if it is theirs.

    Raises UnknownQuote, NotYourQuote, QuoteAlreadyOrdered, QuoteExpired.
    """
    row = Quote.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise UnknownQuote(f"quote: there is no {code!r}", facts={"quote": code})
    if owner is not None:
        refuse_others(row, owner)
    if row.state == Quote.State.ORDERED:
        raise QuoteAlreadyOrdered(
            f"quote {code} was ordered already; make a new one", facts={"quote": code}
        )
    if row.expires_at <= now:
        raise QuoteExpired(
            f"quote {code} was valid until {row.expires_at.isoformat()}; make a new one",
            facts={
                "quote": code,
                "expired_at": row.expires_at.isoformat(),
                "difference": expired_difference(row, now),
            },
        )
    return row
