"""Ready bytes: what a release says, written once per release x market x language x interval.

An interval is the time between two moments at which the release itself changes its answer (a price book
starts, a rule or an incentive ends). The bytes live in the release's own memory (`OnSale.memo`), so a new
release starts with an empty shelf, and serving them asks the database nothing inside the poll interval of
the pointer. These are plain Django views: ninja only describes them. See docs/decisions/0005-ready-bytes.md.
"""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.request import QueryDict

from catalog.errors import CatalogError, MarketNotOnSale, UnknownMarket
from catalog.queries.on_sale import OnSale, on_sale
from catalog.queries.pricing import quotas_used
from storefront.api.answers import JSON, encode
from storefront.api.errors import answer_for, from_status
from storefront.api.language import negotiated

CACHE_CONTROL = "public, max-age=0, must-revalidate"
"""Everybody may keep it, nobody may show it without asking: a price changes at a moment, not after a minute."""
MOMENT_FIELDS = frozenset({"valid_from", "valid_until", "from", "until", "on_sale_from"})
FOREVER = float("inf")
Make = Callable[[OnSale, str, str, str, datetime], Any]
"""(release, code, market, language, moment) -> what to write."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Bytes and their strong ETag, true for `since` <= moment < `until` (seconds since 1970)."""

    body: bytes
    etag: str
    since: float
    until: float


@lru_cache(maxsize=256)
def market_of(query: str) -> str:
    """The `market` of a query string; the site's when it names none."""
    return QueryDict(query).get("market") or str(settings.DEFAULT_MARKET)


def moments_of(release: OnSale, market: str) -> list[float]:
    """Every moment at which this release may answer differently in that market, ascending."""
    key = ("api.moments", market)
    known: list[float] | None = release.memo.get(key)
    if known is None:
        zone = ZoneInfo(release.catalogue.markets[market].timezone)
        seconds = (_seconds(text, zone) for text in _dated(release.document))
        known = sorted({at for at in seconds if at is not None})
        release.memo[key] = known
    return known


def _dated(value: Any) -> Iterator[str]:
    """Every dated text of the document: a superset of what matters costs a rewrite, not a wrong price."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            waiting.extend(part for part in item.values() if isinstance(part, (Mapping, list)))
            yield from (
                part
                for name, part in item.items()
                if name in MOMENT_FIELDS and isinstance(part, str)
            )
        elif isinstance(item, list):
            waiting.extend(item)


def _seconds(text: str, zone: ZoneInfo) -> float | None:
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None


def written(
    release: OnSale, noun: str, code: str, market: str, language: str, *, at: float, make: Make
) -> Ready:
    """The ready bytes for that moment, from the shelf or written now; raises what `make` raises.

    Others once an offer that decides prices is used up.
    """
    sold = market in release.catalogue.markets
    key = ("api", noun, code, market, language, *(quotas_used(release, market) if sold else ()))
    found: Ready | None = release.memo.get(key)
    if found is not None and found.since <= at < found.until:
        return found
    if not sold:
        raise UnknownMarket(
            f"market: there is no market {market!r}.",
            facts={"markets": sorted(release.catalogue.markets)},
        )
    if not release.catalogue.markets[market].on_sale:
        raise MarketNotOnSale(f"market: nothing is sold in {market} yet.", facts={"market": market})
    moments = moments_of(release, market)
    number = bisect_right(moments, at)
    body = encode(make(release, code, market, language, datetime.fromtimestamp(at, UTC)))
    ready = Ready(
        body=body,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        since=moments[number - 1] if number else 0.0,
        until=moments[number] if number < len(moments) else FOREVER,
    )
    release.memo[key] = ready
    return ready


def matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match header names this ETag (weak comparison, RFC 9110 section 13.1.2)."""
    if header == etag:
        return True
    return header.strip() == "*" or etag in (
        part.strip().removeprefix("W/") for part in header.split(",")
    )


def serve(request: HttpRequest, noun: str, code: str, make: Make) -> HttpResponse:
    """The ready bytes, or 304 when the client has them already, or the problem."""
    if request.method not in {"GET", "HEAD"}:
        return from_status(405, headers={"Allow": "GET, HEAD"})
    meta = request.META
    language = negotiated(meta.get("HTTP_ACCEPT_LANGUAGE", ""))
    try:
        ready = written(
            on_sale(),
            noun,
            code,
            market_of(meta.get("QUERY_STRING", "")),
            language,
            at=time.time(),
            make=make,
        )
    except CatalogError as error:
        return answer_for(error, language=language)
    known = meta.get("HTTP_IF_NONE_MATCH")
    response: HttpResponse
    if known is not None and matches(known, ready.etag):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(ready.body, content_type=JSON)
        response["Content-Language"] = language
    response["ETag"] = ready.etag
    response["Cache-Control"] = CACHE_CONTROL
    response["Vary"] = "Accept-Language"
    return response
