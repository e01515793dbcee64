"""Paying what an order asks for now: choose how, go to the vendor, come back; every state is one page. And receipts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse, JsonResponse

from storefront.web import pay_page, security
from storefront.web.api_client import ApiProblem, ApiUnreachable
from storefront.web.shop import Shop, page
from storefront.web.views.quote import before_handover, car_view, order_of

Json = Mapping[str, Any]


@page
def pay(shop: Shop, code: str) -> HttpResponse:
    """The page of what is due; POST starts a payment and leaves for the vendor."""
    order, get = order_of(shop, code), shop.request.GET
    paying = _asked(shop, code) if "again" in get else shop.api.get(f"/orders/{code}/payments")
    if shop.request.method == "POST" and paying["due"] is not None:
        return _start(shop, order, paying)
    state = pay_page.state_of(order, paying, came_back="back" in get)
    if state == "done":
        return shop.go("order", code)
    if state == "transfer" and "other" in get:
        state = "choose"
    if state == "choose" and pay_page.begun_with(paying, get.get("at", "")):
        return _form(shop, order, paying, get["at"])
    return _page(shop, order, paying, state)


def _asked(shop: Shop, code: str) -> Any:
    """Each cent of the order, its vendor asked about the payment that is waited for."""
    paying = shop.api.get(f"/orders/{code}/payments")
    latest = pay_page.latest_of(paying)
    if latest is None or latest["state"] not in pay_page.WAITING or latest["transfer"]:
        return paying
    try:
        return shop.api.post(f"/orders/{code}/payments/{latest['code']}/check", {})
    except (ApiProblem, ApiUnreachable):
        return paying  # nobody knows more now; the page goes on waiting


def _page(
    shop: Shop,
    order: Any,
    paying: Any,
    state: str,
    extra: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    view = car_view(shop, order)
    deposit = {"purpose": "deposit", "name": "", "amount": order["deposit"]["amount"]}
    due = paying["due"] or deposit
    latest = pay_page.latest_of(paying)
    ways = pay_page.ways_of(shop, order, paying)
    transfer: Any = (latest or {}).get("transfer")
    return shop.render(
        "pay",
        {
            "order": order,
            "car": view,
            "state": state,
            "before": before_handover(order),
            "due": due["amount"],
            "purpose": due["purpose"],
            "kind": _called(shop, order, due),
            "lines": pay_page.lines_of(shop, order, due),
            "sandbox": settings.PAYMENT_DOOR == "sandbox",
            "ways": ways,
            "chosen": pay_page.chosen_of(ways, latest),
            "why": pay_page.why_of(latest),
            "transfer": transfer,
            "transfer_amount": (latest or {}).get("amount"),
            "transfer_code": pay_page.transfer_code(transfer, latest["amount"])
            if transfer and latest
            else "",
            "transfer_iban": bool(transfer) and transfer["number"][:2].isalpha(),
            "transfer_shown": pay_page.grouped(transfer["number"]) if transfer else "",
            "key": secrets.token_urlsafe(24),
            "stripe_js": security.stripe_js_url(),
            "tones": [view["tone"]],
            **(extra or {}),
        },
        status=status,
    )


def _called(shop: Shop, order: Any, due: Json) -> str:
    if due["purpose"] == "deposit":
        return str(order["deposit"]["kind_name"])
    return shop.t(f"order.kind.{due['purpose']}").lower()


def _start(shop: Shop, order: Any, paying: Any) -> HttpResponse:
    """Starts a payment: away to the vendor's page, on to its form, or the words for a transfer."""
    post, code = shop.request.POST, order["code"]
    open_ways = [way["method"] for way in pay_page.ways_of(shop, order, paying) if not way["off"]]
    method = post.get("method", "")
    method = method if method in open_ways else next(iter(open_ways), "card")
    try:
        started = _begin(shop, code, paying, method, post.get("key", ""))
    except ApiProblem as error:
        if error.code not in pay_page.TROUBLES:
            raise
        return _page(shop, order, paying, "choose", {"trouble": error.code}, status=error.status)
    if started.get("redirect_url"):
        return _away(shop, order, paying, method, str(started["redirect_url"]))
    if started.get("client_secret") and started["state"] == "requires_action":
        # By a page of its own that can be gone back to: the form belongs to no second sending.
        return shop.go_to(f"{shop.url('pay', code)}?at={method}")
    return shop.go_to(shop.url("pay", code) + ("" if started.get("transfer") else "?back=1"))


def _begin(shop: Shop, code: str, paying: Json, method: str, key: str) -> Any:
    return shop.api.post(
        f"/orders/{code}/payments",
        {"purpose": paying["due"]["purpose"], "method": method, "return_url": _back(shop, code)},
        key=key or secrets.token_urlsafe(24),
    )


def _back(shop: Shop, code: str) -> str:
    return shop.request.build_absolute_uri(shop.url("pay", code)) + "?back=1"


def _form(shop: Shop, order: Any, paying: Any, method: str) -> HttpResponse:
    """The vendor's form for a payment that was begun; asked for again it is the same payment."""
    code = order["code"]
    try:
        started = _begin(shop, code, paying, method, "")
    except ApiProblem as error:
        if error.code not in pay_page.TROUBLES:
            raise
        return _page(shop, order, paying, "choose", {"trouble": error.code}, status=error.status)
    if not started.get("client_secret") or started["state"] != "requires_action":
        return shop.go_to(f"{shop.url('pay', code)}?back=1")
    names = {way["method"]: way["name"] for way in pay_page.ways_of(shop, order, paying)}
    about = {"started": started, "back": _back(shop, code), "method": method}
    about["reasons"] = pay_page.reasons(shop)
    return _page(shop, order, paying, "card", {**about, "method_name": names.get(method, method)})


def _away(shop: Shop, order: Any, paying: Any, method: str, address: str) -> HttpResponse:
    """To the vendor's page; another host gets a page of ours between, since a form may only lead to our own."""
    if urlsplit(address).netloc in {"", shop.request.get_host()} | _own_hosts():
        return shop.go_to(_in_language(address, shop.lang))
    names = {way["method"]: way["name"] for way in pay_page.ways_of(shop, order, paying)}
    about = {"away": address, "method_name": names.get(method, method)}
    return _page(shop, order, paying, "away", about)


def _own_hosts() -> set[str]:
    """The API's host, where the sandbox has its page."""
    return {urlsplit(security.public_api_base()).netloc}


def _in_language(address: str, lang: str) -> str:
    """The sandbox's page in the visitor's language; a real vendor knows its own way."""
    return (
        f"{address}{'&' if '?' in address else '?'}lang={lang}"
        if "/sandbox/pay/" in address
        else address
    )


@page
def pay_state(shop: Shop, code: str) -> HttpResponse:
    """For the waiting page's script: where to go once the vendor has spoken; it is asked now and then."""
    order = order_of(shop, code)
    paying = _asked(shop, code)
    state = pay_page.state_of(order, paying, came_back=True)
    if state in {"waiting", "transfer"}:
        return JsonResponse({"state": state, "go": None})
    return JsonResponse(
        {"state": state, "go": shop.url("order" if state == "done" else "pay", code)}
    )


@page
def receipt(shop: Shop, code: str, number: str) -> HttpResponse:
    """A receipt to print: who paid whom what, for what, how and when."""
    shop.order = code
    found = shop.api.get(f"/orders/{code}/receipts/{number}")
    return shop.render(
        "receipt",
        {"nav": "account", "order": {"code": code, "market": found["market"]}, "receipt": found},
    )
