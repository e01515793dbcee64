"""Which language and market a request speaks.

Languages are `zh-hans` and `en`; `zh`, `zh-CN`, `zh-Hans-CN` and the like mean `zh-hans`, `en-GB` means
`en`. Anything else, or nothing, means the site's default. Never an error: a text is better than none.
"""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

DEFAULT_LANGUAGE = "zh-hans"
BY_FAMILY = {"zh": "zh-hans", "en": "en"}
LONGEST_HEADER = 400


@lru_cache(maxsize=1024)
def negotiated(header: str) -> str:
    """The language of an Accept-Language header: the best-rated one we speak."""
    for tag, _ in parse_accept_lang_header(header.lower()[:LONGEST_HEADER]):
        found = BY_FAMILY.get(tag.partition("-")[0])
        if found:
            return found
    return DEFAULT_LANGUAGE


def language_of(request: HttpRequest) -> str:
    """The language the request asks for."""
    return negotiated(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))


def market_or_default(market: str | None) -> str:
    """The market named, else the site's."""
    return market or str(settings.DEFAULT_MARKET)
