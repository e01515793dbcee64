"""The contract of an order: five lines that matter, the text, the PDF, and signing (or accepting) it."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.views.quote import car_view, order_of

CODE_DIGITS = 6


@page
def contract(shop: Shop, code: str) -> HttpResponse:
    """The contract: five lines, the text, the PDF; POST signs (or accepts) the file that was shown, or says no to it."""
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
        act = _ACTS.get(shop.request.POST.get("do", ""), _accept)
        return act(shop, found, deal)
    return _read(shop, found, deal, "")


def _read(
    shop: Shop, found: Any, deal: Any, error: str, status: int = 200, **more: Any
) -> HttpResponse:
    # `more`: which field the error stands at, and what was typed.
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
            "accepted": deal["state"] in {"accepted", "buyer_signed", "countersigned"},
            "ended": deal["state"] in {"declined", "expired"},
            "signing": _signing(shop, deal),
            "key": secrets.token_urlsafe(24),
            "error": error,
            "lang_of_deal": "zh-Hans" if deal["language"].startswith("zh") else "en",
            "typed": shop.request.POST,
            **more,
        },
        status=status,
    )


def _signing(shop: Shop, deal: Any) -> Any:
    """What signing asks for, while it is the buyer's turn; nothing where a click accepts."""
    if settings.CONTRACT_AGREEMENT != "signature" or deal["state"] != "viewed":
        return None
    return shop.api.get(f"/contracts/{deal['number']}/signing")


def _send_code(shop: Shop, found: Any, deal: Any) -> HttpResponse:
    post = shop.request.POST
    channel = post.get("channel") if post.get("channel") in {"mail", "sms"} else "mail"
    try:
        shop.api.post(
            f"/contracts/{deal['number']}/code",
            {"channel": channel},
            key=secrets.token_urlsafe(24),
        )
    except ApiProblem as problem:
        if problem.status not in {409, 422, 429}:
            raise
        words = _said(shop, problem)
        return _read(shop, found, deal, words, problem.status, at="code")
    return _read(shop, found, deal, "")


def _sign(shop: Shop, found: Any, deal: Any) -> HttpResponse:
    post = shop.request.POST
    if not post.get("accept"):
        return _read(shop, found, deal, shop.t("deal.need"), 422, at="accept")
    code = "".join(post.get("code", "").split())
    if len(code) != CODE_DIGITS or not code.isdecimal():
        return _read(shop, found, deal, shop.t("sign.six"), 422, at="code")
    body = {
        "pdf_sha256": post.get("sha256", ""),
        "code": code,
        "consent_version": post.get("consent", ""),
        "name": post.get("name", "").strip(),
        "capacity": post.get("capacity", "").strip(),
        "drawn_name": post.get("drawn", ""),
    }
    if body["pdf_sha256"] != deal["pdf_sha256"]:
        return _read(shop, found, deal, shop.t("deal.changed"), 409, at="accept")
    key = post.get("key") or secrets.token_urlsafe(24)
    try:
        shop.api.post(f"/contracts/{deal['number']}/signature", body, key=key)
    except ApiProblem as problem:
        if problem.status not in {409, 422, 429}:
            raise
        at = "name" if problem.code == "unusable-signature" else "code"
        return _read(shop, found, deal, _said(shop, problem), problem.status, at=at)
    return shop.go("contract", found["code"])


def _decline(shop: Shop, found: Any, deal: Any) -> HttpResponse:
    reason = shop.request.POST.get("reason", "").strip()[:500]
    shop.api.post(
        f"/contracts/{deal['number']}/decline",
        {"reason": reason},
        key=secrets.token_urlsafe(24),
    )
    return shop.go("contract", found["code"])


def _again(shop: Shop, found: Any, deal: Any) -> HttpResponse:
    shop.api.post(f"/orders/{found['code']}/contract", {}, key=secrets.token_urlsafe(24))
    return shop.go("contract", found["code"])


def _said(shop: Shop, problem: ApiProblem) -> str:
    """A refusal of the signing in the buyer's words."""
    facts = problem.facts
    if problem.code == "code-too-soon":
        return shop.t("sign.soon", facts.get("retry_after", ""))
    if problem.code == "code-refused":
        reason = facts.get("reason", "wrong")
        return shop.t(f"sign.refused.{reason}", facts.get("tries_left", ""))
    known = {"nobody-to-reach": "sign.nobody", "unusable-signature": "sign.name.wrong"}
    return shop.t(known.get(problem.code, "sign.failed"))


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


_ACTS = {"code": _send_code, "sign": _sign, "decline": _decline, "again": _again}


@page
def contract_pdf(shop: Shop, code: str) -> HttpResponse:
    """The archived PDF, byte for byte."""
    shop.order = code
    deal = shop.api.get(f"/orders/{code}/contract")
    asked = "?file=issued" if shop.request.GET.get("file") == "issued" else ""
    data, kind = shop.api.bytes(f"/contracts/{deal['number']}/pdf{asked}")
    response = HttpResponse(data, content_type=kind)
    response.headers["Content-Disposition"] = f'inline; filename="{deal["number"]}.pdf"'
    return response
