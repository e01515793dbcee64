"""From a quote to an order: who buys, what the deposit is, and the terms; nothing is charged here."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.texts import API_LANGUAGES
from storefront.web.views.account import who
from storefront.web.views.credit import open_sheet
from storefront.web.views.quote import before_handover, car_view, quote_of

Json = Mapping[str, Any]
FIELDS = ("kind", "name", "phone", "email", "province", "city", "street", "postal_code")
ADDRESS = ("province", "city", "street", "postal_code")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_PHONE = re.compile(r"^\+?[0-9 ()-]{6,25}$")


def check(values: Mapping[str, str]) -> dict[str, str]:
    """What is missing, as field -> key of the words that say so."""
    errors: dict[str, str] = {}
    if not values["name"]:
        errors["name"] = "check.need.name"
    if not values["phone"] and not values["email"]:
        errors["phone"] = "check.need.reach"
    if values["email"] and not _EMAIL.match(values["email"]):
        errors["email"] = "check.need.email"
    if values["phone"] and not _PHONE.match(values["phone"]):
        errors["phone"] = "check.need.phone"
    if not values["terms"]:
        errors["terms"] = "check.need.terms"
    return errors


def buyer_of(values: Mapping[str, str]) -> dict[str, Any]:
    """The buyer as the API takes it."""
    address = {name: values[name] for name in ADDRESS if values[name]}
    found: dict[str, Any] = {
        "kind": "company" if values["kind"] == "company" else "person",
        "name": values["name"],
    }
    found |= {name: values[name] for name in ("phone", "email") if values[name]}
    return found | ({"address": address} if address else {})


def _values(shop: Shop) -> dict[str, str]:
    post = shop.request.POST
    found = {name: " ".join(post.get(name, "").split())[:200] for name in FIELDS}
    return found | {"terms": post.get("terms", ""), "key": post.get("key", "")}


def _page(
    shop: Shop, quote: Any, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> HttpResponse:
    view = car_view(shop, quote)
    deposit = quote["deposit"]
    legal = next((s["kind_name"] for s in deposit["stages"] if s["kind"] == "dingjin-legal"), None)
    return shop.render(
        "checkout",
        {
            "quote": quote,
            "car": view,
            "deposit": deposit,
            "before": before_handover(quote),
            "legal": legal,
            "terms": quote["terms"],
            "values": values,
            "errors": {field: shop.t(key) for field, key in errors.items()},
            "key": values.get("key") or secrets.token_urlsafe(24),
            "who": who(shop),
            "tones": [view["tone"]],
        },
        status=status,
    )


@page
def checkout(shop: Shop, code: str) -> HttpResponse:
    """The buyer's details and the terms; POST places the order."""
    quote = quote_of(shop, code)
    if shop.request.method != "POST":
        if quote["state"] != "open":
            return shop.go("quote", code)
        if open_sheet(shop, quote) is not None:
            return shop.go("credit", code)
        known = who(shop)
        empty = dict.fromkeys(FIELDS, "") | {"kind": "person", "terms": "", "email": known or ""}
        return _page(shop, quote, empty, {})
    values = _values(shop)
    errors = check(
        values
    )  # the state is asked of the API below: the same form sent twice gets the same order
    if errors:
        return _page(shop, quote, values, errors, 422)
    return _place(shop, quote, values)


def _place(shop: Shop, quote: Any, values: Mapping[str, str]) -> HttpResponse:
    body = {
        "quote": quote["code"],
        "buyer": buyer_of(values),
        "terms": {"version": quote["terms"]["version"], "accepted": True},
        "language": API_LANGUAGES[shop.lang],
    }
    try:
        placed = shop.api.post("/orders", body, key=values["key"] or secrets.token_urlsafe(24))
    except ApiProblem as error:
        return _refused(shop, quote, values, error)
    order = placed["order"]["code"]
    if placed.get("token"):
        shop.remember_order(order, placed["token"])
    return shop.go("pay", order)


def _refused(shop: Shop, quote: Any, values: Mapping[str, str], error: ApiProblem) -> HttpResponse:
    """A wrong field is shown at its place; a quote that is no longer open sends back to it."""
    if error.status == 422 and error.code == "bad-buyer":
        fields = {str(e["field"]).removeprefix("buyer.") for e in error.facts.get("errors") or ()}
        words = {
            "name": "check.need.name",
            "phone": "check.need.phone",
            "email": "check.need.email",
        }
        errors = {name: words[name] for name in fields if name in words} or {
            "name": "check.need.name"
        }
        return _page(shop, quote, values, errors, 422)
    if error.code == "cost-sheet-needed":
        return shop.go("credit", quote["code"])
    if error.code == "quote-expired":
        facts = {"quote": quote, "difference": error.facts.get("difference")}
        return shop.render("difference", facts, status=409)
    if error.code == "quote-already-ordered":
        return shop.go("quote", quote["code"])
    if error.code in {"vehicle-not-available", "quota-taken", "terms-not-accepted"}:
        return shop.render("problem", {"error": error, "detail": ""}, status=409)
    raise error
