"""The builds a visitor saved in this browser: their codes in a cookie that the page's script may write too."""

from __future__ import annotations

import re

from django.http import HttpResponse

from storefront.web.shop import Shop

COOKIE, SECONDS, MOST = "builds", 365 * 24 * 3600, 8
CODE = re.compile(r"^[A-Z0-9]{6,12}$")


def clean(codes: list[str]) -> list[str]:
    """Codes that can be build codes, in capitals, each once."""
    found = (code.strip().upper().replace("-", "") for code in codes)
    return list(dict.fromkeys(code for code in found if CODE.match(code)))


def kept(shop: Shop) -> list[str]:
    """The codes, the one saved last first."""
    return clean(shop.request.COOKIES.get(COOKIE, "").split("."))[:MOST]


def remember(shop: Shop, response: HttpResponse, code: str) -> HttpResponse:
    """The response that also keeps a code."""
    codes = clean([code, *kept(shop)])[:MOST]
    return write(shop, response, codes)


def write(shop: Shop, response: HttpResponse, codes: list[str]) -> HttpResponse:
    """The response that keeps these codes and no others."""
    response.set_cookie(
        COOKIE,
        ".".join(codes),
        max_age=SECONDS,
        samesite="Lax",
        secure=shop.request.is_secure(),
    )
    return response
