"""Signing in with a code by e-mail, as an app of the public API does, and the orders of an account."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpResponse

from storefront.web import showroom
from storefront.web.api_client import Api, ApiProblem
from storefront.web.shop import Shop, page

AUTH = "/auth/app/v1"
FLOWS = {
    "login": ("/auth/code/request", "/auth/code/confirm", "code"),
    "signup": ("/auth/signup", "/auth/email/verify", "key"),
}
"""How a flow starts, how it ends, and what the last call names the code."""


_ORDER = re.compile(r"[0-9A-Za-z-]{1,32}")


def target(shop: Shop) -> str:
    """The order somebody came to see: its number, or empty. Only ever a number, never an address."""
    asked = shop.request.POST.get("order") or shop.request.GET.get("order", "")
    return asked.upper() if _ORDER.fullmatch(asked) else ""


def onward(shop: Shop) -> HttpResponse:
    """To the order somebody came to see, else to the account."""
    wanted = target(shop)
    return shop.go("order", wanted) if wanted else shop.go("account")


def again(shop: Shop) -> HttpResponse:
    """To the next step of signing in, with the order still in mind."""
    wanted = target(shop)
    return shop.go_to(shop.url("account") + (f"?order={wanted}" if wanted else ""))


def who(shop: Shop) -> str | None:
    """The e-mail address of the signed-in visitor, or None."""
    if not shop.session_token():
        return None
    try:
        user = shop.api.get(f"{AUTH}/auth/session")["data"]["user"]
    except (ApiProblem, KeyError):
        return None
    return str(user.get("email") or user.get("display") or "")


def _pending(shop: Shop) -> dict[str, str]:
    """A sign-in that waits for its code: token, flow and address."""
    found = shop.kept_signin()
    try:
        given = json.loads(found or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _with_session(shop: Shop, token: str) -> Api:
    return Api(shop.caller_with(session_token=token))


@page
def account(shop: Shop) -> HttpResponse:
    """My orders; without a session, the way to one."""
    if shop.request.method == "POST":
        return _act(shop)
    email = who(shop)
    if email is None:
        return _signin(shop, _pending(shop))
    wanted = target(shop)
    if wanted and _opens(shop, wanted):
        return onward(shop)
    orders = shop.api.every("/orders")
    shown = [{**o, "title": showroom.short(o["title"])} for o in orders]
    return shop.render(
        "account",
        {
            "nav": "account",
            "email": email,
            "orders": shown,
            "known": shop.known_orders(),
            "wanted": wanted,
        },
    )


def _opens(shop: Shop, order: str) -> bool:
    try:
        shop.api.get(f"/orders/{order}")
    except ApiProblem as error:
        if error.status in {401, 403, 404}:
            return False
        raise
    return True


def _act(shop: Shop) -> HttpResponse:
    do = shop.request.POST.get("do", "")
    if do == "out":
        return _leave(shop)
    if do == "other":
        shop.remember_signin(None)
        return again(shop)
    if do in FLOWS:
        return _ask(shop, do)
    return _confirm(shop)


def _signin(
    shop: Shop, pending: dict[str, str], error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "nav": "account",
        "pending": pending,
        "error": error,
        "known": shop.known_orders(),
        "wanted": target(shop),
    }
    return shop.render("signin", context, status=status)


def _ask(shop: Shop, flow: str) -> HttpResponse:
    """Asks for a code; the API answers 401 with the session that waits for it."""
    email = shop.request.POST.get("email", "").strip()[:254]
    try:
        shop.api.post(AUTH + FLOWS[flow][0], {"email": email})
    except ApiProblem as error:
        token = (error.facts.get("meta") or {}).get("session_token")
        if error.status == 401:
            shop.remember_signin(json.dumps({"token": token or "", "flow": flow, "email": email}))
            return again(shop)
        if error.status == 429:
            raise
        return _signin(shop, {}, shop.t("check.need.email"), 422)
    return again(shop)


def _confirm(shop: Shop) -> HttpResponse:
    """Sends the code; what comes back is the visitor's session."""
    pending = _pending(shop)
    if not pending.get("token"):
        return again(shop)
    _, last, name = FLOWS[pending["flow"]]
    code = "".join(shop.request.POST.get("code", "").split())[:20]
    try:
        answer: Any = _with_session(shop, pending["token"]).post(AUTH + last, {name: code})
    except ApiProblem as error:
        if error.status in {400, 403, 409}:
            return _signin(shop, pending, shop.t("account.wrong"), 422)
        raise
    shop.remember_session((answer.get("meta") or {}).get("session_token") or pending["token"])
    shop.remember_signin(None)
    return onward(shop)


def _leave(shop: Shop) -> HttpResponse:
    """Ends the session at the API and forgets it here."""
    try:
        shop.api.delete(f"{AUTH}/auth/session")
    except ApiProblem as error:
        if error.status != 401:  # 401 is how the API says that nobody is signed in any more
            raise
    shop.remember_session(None)
    return shop.go("account")
