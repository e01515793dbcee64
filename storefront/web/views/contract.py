"""The contract of an order: five lines that matter, the text, the PDF, and accepting it."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpResponse

from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.views.quote import car_view, order_of


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
