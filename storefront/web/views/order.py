"""The order's page of truth, its contract, and finding an order again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpResponse, JsonResponse

from storefront.web import formatting
from storefront.web.api_client import Api, ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.views.cover import insurance_of
from storefront.web.views.finance import loan_of
from storefront.web.views.quote import before_handover, car_view, order_of

Json = Mapping[str, Any]
LINE = ("placed", "deposit", "contract", "lock", "build", "inspect", "handover")
REACHED: Mapping[str, int] = {
    "awaiting_deposit": 1,
    "locked": 4,
    "in_production": 4,
    "allocated": 4,
    "in_transit": 5,
    "inspection_ready": 5,
    "balance_paid": 6,
    "handed_over": 7,
}
"""How many steps of the line are behind an order in a state; a reserved one stands at its contract."""
ENDED = frozenset({"expired", "cancelled", "withdrawn"})


def reached(order: Json) -> int:
    """How many steps of the line are done."""
    if order["state"] == "reserved":
        accepted = (order.get("contract") or {}).get("state") in {"accepted", "signed"}
        return 3 if accepted else 2
    return REACHED.get(order["state"], 1)


def line_of(shop: Shop, order: Json) -> list[dict[str, Any]]:
    """The line of progress: each step done, here or to come, with its date where there is one."""
    here = reached(order)
    dates = _dates(shop, order)
    if order["state"] in ENDED:
        return [{"name": shop.t("line.placed"), "state": "done", "when": dates.get("placed")}]
    return [
        {
            "name": shop.t(f"line.{name}"),
            "state": "done" if i < here else "here" if i == here else "",
            "when": dates.get(name),
        }
        for i, name in enumerate(LINE)
    ]


KIND_STEP: Mapping[str, str] = {
    "order-placed": "placed",
    "deposit-paid": "deposit",
    "contract-accepted": "contract",
}


def _dates(shop: Shop, order: Json) -> dict[str, str]:
    found = {
        KIND_STEP[e["kind"]]: formatting.moment(e["at"], shop.lang)
        for e in order["events"]
        if e["kind"] in KIND_STEP
    }
    found.setdefault("placed", formatting.moment(order["placed_at"], shop.lang))
    delivery = order["delivery"]
    found["handover"] = formatting.day_range(delivery["from"], delivery["until"], shop.lang)
    return found


def promises(history: list[Any], now_from: str, now_until: str) -> list[dict[str, Any]]:
    """Every promise as a bar on one axis of 100, oldest first; the last one is in force."""
    rows = history or [{"from": now_from, "until": now_until, "reason": None, "at": None}]
    first = min(formatting.parse_day(r["from"]) for r in rows)
    last = max(formatting.parse_day(r["until"]) for r in rows)
    span = max((last - first).days, 1) * 1.6

    def place(day: date) -> float:
        return round(12 + (day - first).days / span * 100, 1)

    return [
        {
            **r,
            "x": place(formatting.parse_day(r["from"])),
            "width": max(
                4.0,
                round(
                    place(formatting.parse_day(r["until"]))
                    - place(formatting.parse_day(r["from"])),
                    1,
                ),
            ),
            "now": i == len(rows) - 1,
            "first": i == 0,
        }
        for i, r in enumerate(rows)
    ]


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
    delivery = found["delivery"]
    return shop.render(
        "order",
        {
            "nav": "account",
            "order": found,
            "car": view,
            "step": found["next_step"],
            "line": line_of(shop, found),
            "promises": promises(
                delivery.get("history") or [], delivery["from"], delivery["until"]
            ),
            "before": before_handover(found),
            "history": list(reversed(found["events"])),
            "paid": [p for p in found["payments"] if p["state"] in {"succeeded", "refunded"}],
            "ended": found["state"] in ENDED,
            "waiting": found["next_step"]["code"] == "await-contract",
            "token": shop.order_token(code),
            "loan": _loan(shop, found),
            "cover": _cover(shop, found),
            "tones": [view["tone"]],
        },
    )


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


@page
def contract(shop: Shop, code: str) -> HttpResponse:
    """The contract: five lines, the text, the PDF; POST accepts the file that was shown."""
    found = order_of(shop, code)
    try:
        deal = shop.api.get(f"/orders/{code}/contract")
    except ApiProblem as error:
        if error.status != 404:
            raise
        deal = None
    if deal is None or not deal.get("pdf_sha256"):
        view = car_view(shop, found)
        return shop.render("contract_wait", {"order": found, "car": view, "tones": [view["tone"]]})
    if shop.request.method == "POST":
        return _accept(shop, found, deal)
    return _read(shop, found, deal, "")


def _read(shop: Shop, found: Any, deal: Any, error: str, status: int = 200) -> HttpResponse:
    if deal["state"] == "issued":
        deal = {
            **deal,
            **{
                k: v
                for k, v in shop.api.post(f"/contracts/{deal['number']}/viewed", {}).items()
                if v is not None
            },
        }
    return shop.render(
        "contract",
        {
            "nav": "account",
            "order": found,
            "deal": deal,
            "document": deal.get("document") or {},
            "accepted": deal["state"] in {"accepted", "signed"},
            "key": secrets.token_urlsafe(24),
            "error": error,
            "lang_of_deal": "zh-Hans" if deal["language"].startswith("zh") else "en",
        },
        status=status,
    )


def _accept(shop: Shop, found: Any, deal: Any) -> HttpResponse:
    post = shop.request.POST
    if not post.get("accept"):
        return _read(shop, found, deal, shop.t("deal.need"), 422)
    if post.get("sha256") != deal["pdf_sha256"]:
        return _read(shop, found, deal, shop.t("deal.changed"), 409)
    shop.api.post(
        f"/contracts/{deal['number']}/acceptance",
        {"accepted": True, "pdf_sha256": deal["pdf_sha256"]},
        key=post.get("key") or secrets.token_urlsafe(24),
    )
    return shop.go("order", found["code"])


@page
def contract_pdf(shop: Shop, code: str) -> HttpResponse:
    """The archived PDF, byte for byte."""
    shop.order = code
    deal = shop.api.get(f"/orders/{code}/contract")
    data, kind = shop.api.bytes(f"/contracts/{deal['number']}/pdf")
    response = HttpResponse(data, content_type=kind)
    response.headers["Content-Disposition"] = f'inline; filename="{deal["number"]}.pdf"'
    return response
