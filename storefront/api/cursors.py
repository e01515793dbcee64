"""Cursors of lists: opaque, signed, and bound to the query they belong to; another query's cursor is 422."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.http import HttpRequest

from kernel.text import fingerprint
from storefront.api.errors import InvalidField

SALT = "storefront.api.cursor"
LONGEST = 1000


def signed_cursor(position: str | None, *, query: Mapping[str, Any]) -> str | None:
    """The cursor a client sends back for the page after `position`; None stays None: there is no next page."""
    if position is None:
        return None
    return signing.dumps([fingerprint(dict(query))[:16], position], salt=SALT)


def position_of(cursor: str | None, *, query: Mapping[str, Any]) -> str | None:
    """What was signed; raises InvalidField when it is damaged or belongs to another query."""
    if not cursor:
        return None
    try:
        belongs, position = signing.loads(cursor[:LONGEST], salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise _bad() from error
    if belongs != fingerprint(dict(query))[:16] or not isinstance(position, str):
        raise _bad()
    return position


def _bad() -> InvalidField:
    message = "this cursor belongs to another query or is damaged; start again without it"
    return InvalidField(
        f"cursor: {message}.", facts={"errors": [{"field": "cursor", "message": message}]}
    )


def query_of(
    request: HttpRequest, *, without: frozenset[str] = frozenset({"cursor", "limit"})
) -> dict[str, Any]:
    """The request's query parameters that decide what a list holds and in which order."""
    return {name: request.GET.getlist(name) for name in sorted(request.GET) if name not in without}
