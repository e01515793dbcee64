"""The order's page of truth, and finding an order again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, JsonResponse

from storefront.web import order_page
from storefront.web.api_client import Api, ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.views.cover import insurance_of
from storefront.web.views.finance import loan_of
from storefront.web.views.quote import car_view, order_of

Json = Mapping[str, Any]


@page
def order(shop: Shop, code: str) -> HttpResponse:
    """One page of truth; its title is the next step."""
    try:
        found = order_of(shop, code)
    except ApiProblem as error:
        if error.status in {403, 404}:  # 401: nobody is known, and the sign-in page has the word
            return _ask(shop, code, error.status)
        raise
    view = car_view(shop, found)
    delivery = _delivery(shop, found)
    return shop.render(
        "order",
        {
            "nav": "account",
            "order": found,
            "car": view,
            "step": found["next_step"],
            "action": order_page.action_of(found),
            "charge": order_page.charge_of(found),
            "ways": order_page.ways_of(found),
            "line": order_page.line_of(shop, found),
            "delivery": delivery,
            "promises": order_page.promises(
                delivery.get("history") or [], delivery["from"], delivery["until"]
            ),
            "history": list(reversed(found["events"])),
            "payments": order_page.payments_of(found["payments"]),
            "before": order_page.before_of(found),
            "terms": _terms(shop, found),
            "may": _may(shop, found),
            "amendments": (found.get("amendments") or {}).get("history") or [],
            "ended": found["state"] in order_page.ENDED,
            "waiting": found["next_step"]["code"] == "await-contract",
            "token": shop.order_token(code),
            "loan": _loan(shop, found),
            "cover": _cover(shop, found),
            "key": order_page.fresh_key(),
            "tones": [view["tone"]],
        },
    )


def _delivery(shop: Shop, found: Json) -> Any:
    """Everything about the delivery once the order is reserved; before and after that what the order itself says."""
    if "stages" not in found["delivery"] or found["state"] in {"awaiting_deposit", "expired"}:
        return found["delivery"]
    return shop.api.get(f"/orders/{found['code']}/delivery")


def _terms(shop: Shop, found: Json) -> Any:
    """What cancelling would mean now, by the very preview that executes; None where nobody can cancel."""
    if "cancel_by_buyer" not in found["moves"] or found["state"] == "awaiting_deposit":
        return None
    return shop.api.post(f"/orders/{found['code']}/cancellation/preview", {})


def _may(shop: Shop, found: Json) -> str:
    """What of the order may change now, in words."""
    kinds = (found.get("amendments") or {}).get("may_change") or []
    return shop.t("list.sep").join(shop.t(f"amend.kind.{kind}") for kind in kinds)


def _cover(shop: Shop, found: Json) -> Any:
    """The insurance of an order that may have some: from its deposit on."""
    return None if found["state"] == "awaiting_deposit" else insurance_of(shop, found["code"])


def _loan(shop: Shop, found: Json) -> Any:
    """The loan of the order where it has or may have an application; None otherwise."""
    if found["states"]["finance"] == "none":
        return None
    loan = loan_of(shop, found["code"])
    return loan if loan["application"] or loan["form"] else None


def _ask(shop: Shop, code: str, status: int) -> HttpResponse:
    return shop.render(
        "find", {"nav": "account", "code": code, "need": True, "wrong": False}, status=status
    )


@page
def order_state(shop: Shop, code: str) -> HttpResponse:
    """For the waiting page's script: back to the order once its contract is there."""
    found = order_of(shop, code)
    ready = found["next_step"]["code"] != "await-contract"
    return JsonResponse({"state": found["state"], "go": shop.url("order", code) if ready else None})


@page
def find(shop: Shop) -> HttpResponse:
    """Opens an order by its number and token, and remembers it in this browser."""
    if shop.request.method != "POST":
        return shop.render(
            "find",
            {
                "nav": "account",
                "code": shop.request.GET.get("order", ""),
                "known": shop.known_orders(),
            },
        )
    code = shop.request.POST.get("code", "").strip().upper()[:32]
    token = shop.request.POST.get("token", "").strip()[:200]
    try:
        Api(shop.caller_with(order_token=token)).get(f"/orders/{code}")
    except ApiProblem as error:
        if error.status not in {401, 403, 404}:
            raise
        return shop.render("find", {"nav": "account", "code": code, "wrong": True}, status=404)
    shop.remember_order(code, token)
    return shop.go("order", code)
