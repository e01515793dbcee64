"""Paying what an order asks for now: choose how, go to the vendor, come back; waiting, declined, done are states of one page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse

from storefront.web import brand, security
from storefront.web.order_page import charge_of
from storefront.web.shop import Shop, page
from storefront.web.views.quote import before_handover, car_view, order_of

Json = Mapping[str, Any]
WAITING = frozenset({"requires_action", "processing"})
FAILED = frozenset({"failed", "canceled"})


def state_of(order: Json, *, came_back: bool) -> str:
    """What the page shows: choose, waiting, declined, done or expired."""
    if order["state"] == "expired":
        return "expired"
    asked = charge_of(order)
    if asked is None:
        return "done"
    latest = latest_of(order, asked["purpose"])
    if latest is None:
        return "choose"
    if latest["state"] in FAILED:
        return "declined"
    return "waiting" if came_back and latest["state"] in WAITING else "choose"


def latest_of(order: Json, purpose: str) -> Json | None:
    """The newest attempt for a purpose that was begun at all."""
    begun = [p for p in order["payments"] if p["purpose"] == purpose and p["state"] != "created"]
    return begun[-1] if begun else None


@page
def pay(shop: Shop, code: str) -> HttpResponse:
    """The page of what is due; POST starts a payment and leaves for the vendor."""
    order = order_of(shop, code)
    asked = charge_of(order)
    if shop.request.method == "POST" and asked is not None:
        return _start(shop, order, asked)
    state = state_of(order, came_back="back" in shop.request.GET)
    if state == "done":
        return shop.go("order", code)
    return _page(shop, order, state)


def _page(
    shop: Shop, order: Any, state: str, extra: Mapping[str, Any] | None = None
) -> HttpResponse:
    view = car_view(shop, order)
    asked = charge_of(order) or {
        "purpose": "deposit",
        "amount": order["deposit"]["amount"],
    }
    latest = latest_of(order, asked["purpose"])
    methods = brand.methods(order["market"])
    return shop.render(
        "pay",
        {
            "order": order,
            "car": view,
            "state": state,
            "before": before_handover(order),
            "due": asked["amount"],
            "purpose": asked["purpose"],
            "kind": order["deposit"]["kind_name"]
            if asked["purpose"] == "deposit"
            else shop.t(f"order.kind.{asked['purpose']}").lower(),
            "sandbox": settings.PAYMENT_DOOR == "sandbox",
            "methods": methods,
            "chosen": (latest or {}).get("method")
            if (latest or {}).get("method") in methods
            else methods[0],
            "key": secrets.token_urlsafe(24),
            "stripe_js": security.stripe_js_url(),
            "tones": [view["tone"]],
            **(extra or {}),
        },
    )


def _start(shop: Shop, order: Any, asked: Json) -> HttpResponse:
    """Starts a payment: away to the vendor's page, or on to its card form."""
    post = shop.request.POST
    methods = brand.methods(order["market"])
    method = post.get("method", methods[0])
    back = shop.request.build_absolute_uri(shop.url("pay", order["code"])) + "?back=1"
    started = shop.api.post(
        f"/orders/{order['code']}/payments",
        {
            "purpose": asked["purpose"],
            "method": method if method in methods else methods[0],
            "return_url": back,
        },
        key=post.get("key") or secrets.token_urlsafe(24),
    )
    if started.get("redirect_url"):
        return shop.go_to(_in_language(started["redirect_url"], shop.lang))
    if started.get("client_secret"):
        return _page(shop, order, "card", {"started": started, "back": back})
    return shop.go_to(f"{shop.url('pay', order['code'])}?back=1")


def _in_language(address: str, lang: str) -> str:
    """The sandbox's page in the visitor's language; a real vendor knows its own way."""
    return (
        f"{address}{'&' if '?' in address else '?'}lang={lang}"
        if "/sandbox/pay/" in address
        else address
    )


@page
def pay_state(shop: Shop, code: str) -> HttpResponse:
    """For the waiting page's script: where to go once the vendor has spoken."""
    order = order_of(shop, code)
    state = state_of(order, came_back=True)
    go = {
        "done": shop.url("order", code),
        "declined": shop.url("pay", code),
        "expired": shop.url("pay", code),
    }
    return JsonResponse({"state": state, "go": go.get(state)})
