"""The insurance of an order: compare insurers, take a policy out, show one from elsewhere, give it up; works without scripts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse

from storefront.web import brand
from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.views.quote import order_of

Json = Mapping[str, Any]
OPEN = frozenset({"quoted", "bound", "active"})
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WORDS: Mapping[str, str] = {
    "consent-missing": "cover.consent.need",
    "cover-not-offered": "cover.bad.class",
    "bad-cover-proof": "cover.bad.number",
}
"""Refusals with words of their own."""


def insurance_of(shop: Shop, code: str) -> Any:
    """Policies, proofs, the gate and the offers, for whoever this browser proves to be."""
    shop.order = code
    return shop.api.get(f"/orders/{code}/insurance")


def offers_of(found: Json, order: Json) -> list[dict[str, Any]]:
    """What each insurer offers; lines the quote held are ticked, since the buyer chose them there."""
    quoted = {line["product"] for line in (order.get("insurance") or {}).get("lines", ())}
    return [
        {
            **offer,
            "lines": [
                {
                    **line,
                    "must": line["kind"] == "compulsory",
                    "ticked": line["cover"] in quoted,
                }
                for line in offer["lines"]
            ],
        }
        for offer in found["offers"]
    ]


@page
def cover(shop: Shop, code: str) -> HttpResponse:
    """How the car is insured, and what can be done about it; POST does it."""
    shop.order = code
    if shop.request.method != "POST":
        return _show(shop, code, "")
    act = ACTIONS.get(shop.request.POST.get("do", ""))
    if act is None:
        return _show(shop, code, "", status=400)
    try:
        act(shop, code)
    except ApiProblem as error:
        if error.status not in {409, 422}:
            raise
        words = WORDS.get(error.code, "cover.changed" if error.status == 409 else "cover.bad")
        return _show(shop, code, shop.t(words), status=error.status)
    return shop.go("cover", code)


def _show(shop: Shop, code: str, error: str, *, status: int = 200) -> HttpResponse:
    found = insurance_of(shop, code)
    order = order_of(shop, code)
    current = next((each for each in found["policies"] if each["state"] in OPEN), None)
    facts = (order.get("insurance") or {}).get("facts") or {}
    return shop.render(
        "cover",
        {
            "nav": "account",
            "code": code,
            "order": order,
            "cover": found,
            "policy": current,
            "earlier": [each for each in found["policies"] if each is not current],
            "offers": offers_of(found, order) if "take_out" in found["moves"] else [],
            "age": facts.get("driver_age") or 30,
            "class": facts.get("no_claims_class") or "",
            "classes": bool(brand.driver_facts(str(order["market"]))),
            "error": error,
            # The kept answer of a key may be a refusal: what is sent next is a new intent.
            "key": secrets.token_urlsafe(24),
        },
        status=status,
    )


def _take_out(shop: Shop, code: str) -> None:
    post = shop.request.POST
    insurer = post.get("insurer", "")[:64]
    driver: dict[str, Any] = {}
    age = post.get("age", "")
    if age.isascii() and age.isdigit() and len(age) < 4:
        driver["age"] = int(age)
    if post.get("class", "").strip():
        driver["no_claims_class"] = post["class"].strip().upper()[:32]
    body: dict[str, Any] = {
        "insurer": insurer,
        "products": [each[:64] for each in post.getlist("product")][:30],
        "driver": driver,
        "consents": [{"receiver": insurer, "accepted": bool(post.get("consent"))}],
    }
    if DAY.fullmatch(post.get("start_on", "")):
        body["start_on"] = post["start_on"]
    shop.api.post(f"/orders/{code}/insurance", body, key=_key(shop))


def _prove(shop: Shop, code: str) -> None:
    post = shop.request.POST
    body = {"insurer": post.get("insurer", "")[:200], "number": post.get("number", "")[:60]}
    shop.api.post(f"/orders/{code}/insurance/proof", body, key=_key(shop))


def _cancel(shop: Shop, code: str) -> None:
    shop.api.post(f"/orders/{code}/insurance/cancel", {}, key=_key(shop))


def _key(shop: Shop) -> str:
    return shop.request.POST.get("key") or secrets.token_urlsafe(24)


ACTIONS: Mapping[str, Callable[[Shop, str], None]] = {
    "take_out": _take_out,
    "prove": _prove,
    "cancel": _cancel,
}
