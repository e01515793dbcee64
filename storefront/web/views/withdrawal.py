"""Withdrawing from a contract: name what was ordered, check the statement, confirm, keep the receipt. No script needed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse

from storefront.web import formatting
from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page

Json = Mapping[str, Any]
FIELDS = ("order", "name", "contact")
WORDS: Mapping[str, str] = {
    "no-such-purchase": "withdraw.no",
    "invalid-field": "withdraw.no",
    "unknown-order": "withdraw.no",
    "order-state-conflict": "withdraw.moved",
    "statement-expired": "withdraw.expired",
    "not-our-statement": "withdraw.expired",
    "stale-preview": "withdraw.changed",
    "no-calendar": "withdraw.calendar",
}
"""What a refusal of the API is called on the page."""


@page
def withdraw(shop: Shop) -> HttpResponse:
    """The form; POST shows the statement, and POST with the statement confirms it and shows the receipt."""
    given = shop.request.POST if shop.request.method == "POST" else shop.request.GET
    asked = {name: given.get(name, "").strip()[:254] for name in FIELDS}
    asked["order"] = asked["order"].upper()[:32]
    if shop.request.method != "POST":
        return _form(shop, asked)
    try:
        if given.get("statement"):
            return _confirmed(shop, asked["order"], given)
        return _read(shop, asked)
    except ApiProblem as error:
        words = _words(shop, error)
        if not words:
            raise
        return _form(shop, asked, words=words, status=error.status)


def _form(shop: Shop, asked: Json, *, words: str = "", status: int = 200) -> HttpResponse:
    known = bool(shop.order_token(asked["order"])) if asked["order"] else False
    about = {"asked": asked, "words": words, "known": known, "nav": "account"}
    return shop.render("withdraw", about, status=status)


def _read(shop: Shop, asked: Json) -> HttpResponse:
    """The first step: by the order's own address where this browser holds its token, else by the three names."""
    code = asked["order"]
    if shop.order_token(code):
        shop.order = code
        named = {key: asked[key] for key in ("name", "contact") if asked[key]}
        said = shop.api.post(f"/orders/{code}/withdrawal/preview", named)
    else:
        said = shop.api.post("/withdrawals", asked)
    return shop.render(
        "withdraw",
        {
            "asked": asked,
            "said": said,
            "key": secrets.token_urlsafe(24),
            "valid": formatting.moment(said["valid_until"], shop.lang),
            "nav": "account",
        },
    )


def _confirmed(shop: Shop, code: str, given: Any) -> HttpResponse:
    body = {"statement": given["statement"][:4000], "fingerprint": given.get("fingerprint", "")}
    key = given.get("key") or secrets.token_urlsafe(24)
    if shop.order_token(code):
        shop.order = code
        receipt = shop.api.post(f"/orders/{code}/withdrawal", body, key=key)
    else:
        receipt = shop.api.post("/withdrawals/confirmation", body, key=key)
    about = {
        "receipt": receipt,
        "received": _received(receipt, shop.lang),
        "known": bool(shop.order_token(code)),
        "nav": "account",
    }
    return shop.render("withdraw", about)


def _received(receipt: Json, lang: str) -> str:
    """Day, year, hour, minute and second in the zone of the order's market, wherever the visitor shops."""
    at = formatting.parse_moment(receipt["received_at"]).astimezone(ZoneInfo(receipt["zone"]))
    return f"{formatting.full_day(at.date(), lang)} {at:%H:%M:%S}"


def _words(shop: Shop, error: ApiProblem) -> str:
    """The refusal in words; empty for one that another page explains better."""
    if error.code == "withdrawal-not-possible":
        until = error.facts.get("until")
        late = shop.t("withdraw.late", formatting.full_day(until, shop.lang)) if until else ""
        return f"{error.facts['text']} {late}".strip()
    return shop.t(WORDS[error.code]) if error.code in WORDS else ""
