"""The deposit: choose how, go to the vendor, come back; waiting, declined and done are states of one page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse

from storefront.web import brand, security
from storefront.web.shop import Shop, page
from storefront.web.views.quote import before_handover, car_view, order_of

Json = Mapping[str, Any]
WAITING = frozenset({"requires_action", "processing"})
FAILED = frozenset({"failed", "canceled"})


def state_of(order: Json, *, came_back: bool) -> str:
    """What the page shows: choose, waiting, declined, done or expired."""
    if order["state"] == "expired":
        return "expired"
    if order["state"] != "awaiting_deposit":
        return "done"
    latest = next((p for p in reversed(order["payments"]) if p["state"] != "created"), None)
    if latest is None:
        return "choose"
    if latest["state"] in FAILED:
        return "declined"
    return "waiting" if came_back and latest["state"] in WAITING else "choose"


@page
def pay(shop: Shop, code: str) -> HttpResponse:
    """The page of the deposit; POST starts a payment and leaves for the vendor."""
    order = order_of(shop, code)
    if shop.request.method == "POST" and order["state"] == "awaiting_deposit":
        return _start(shop, order)
    state = state_of(order, came_back="back" in shop.request.GET)
    if state == "done":
        return shop.go("order", code)
    return _page(shop, order, state)


def _page(
    shop: Shop, order: Any, state: str, extra: Mapping[str, Any] | None = None
) -> HttpResponse:
    view = car_view(shop, order)
    latest = next(iter(reversed(order["payments"])), None)
    methods = brand.methods(order["market"])
    return shop.render(
        "pay",
        {
            "order": order,
            "car": view,
            "state": state,
            "before": before_handover(order),
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


def _start(shop: Shop, order: Any) -> HttpResponse:
    """Starts a payment: away to the vendor's page, or on to its card form."""
    post = shop.request.POST
    methods = brand.methods(order["market"])
    method = post.get("method", methods[0])
    back = shop.request.build_absolute_uri(shop.url("pay", order["code"])) + "?back=1"
    started = shop.api.post(
        f"/orders/{order['code']}/payments",
        {
            "purpose": "deposit",
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
