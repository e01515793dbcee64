"""Whose quote it is: another buyer's quote does not exist (docs/decisions/0008-quote-owner.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest

from checkout.errors import NotYourQuote, UnknownQuote
from checkout.queries.quotes import Owner, check_owner, token_holds_quotes
from kernel.crypto import new_token
from storefront.api.auth import caller_of, quote_token_of

LONGEST_CODE = 32


def new_owner(request: HttpRequest) -> tuple[Owner, str | None]:
    """Whom a new quote is made for, and the token to tell the guest: one that holds quotes already is kept untold.

    Raises WrongToken, CsrfFailed.
    """
    user = caller_of(request).user
    if user is not None:
        return Owner(customer=user), None
    token = quote_token_of(request)
    if token and token_holds_quotes(token):
        return Owner(token=token), None
    token = new_token()
    return Owner(token=token), token


def asker_of(request: HttpRequest) -> Owner:
    """Who asks for a quote; raises WrongToken, CsrfFailed."""
    return Owner(customer=caller_of(request).user, token=quote_token_of(request))


def check_own_quote(request: HttpRequest, code: str) -> None:
    """Raises UnknownQuote, for another buyer's too; WrongToken, CsrfFailed."""
    with told_alike(code):
        check_owner(code[:LONGEST_CODE], asker_of(request))


@contextmanager
def told_alike(code: str) -> Iterator[None]:
    """Another buyer's quote is answered word for word as one that does not exist: nobody learns which codes exist."""
    try:
        yield
    except (UnknownQuote, NotYourQuote):
        shown = code[:LONGEST_CODE]
        raise UnknownQuote(f"quote: there is no {shown!r}", facts={"quote": shown}) from None
