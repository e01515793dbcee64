"""All costs of a quote's loan, shown before the order and confirmed after the time the law gives to read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.views.quote import car_view, quote_of

Json = Mapping[str, Any]
TOO_EARLY, CHANGED, NO_SHEET = "cost-sheet-too-early", "cost-sheet-changed", "no-cost-sheet"


def open_sheet(shop: Shop, quote: Json) -> Any:
    """The sheet of the quote's loan that waits to be confirmed; None without a loan, without such a law, or once it was."""
    if not quote.get("finance") or quote["state"] != "open":
        return None
    try:
        made = shop.api.post("/finance/cost-sheets", {"quote": quote["code"]})
    except ApiProblem as error:
        if error.code == NO_SHEET:
            return None
        raise
    return None if made["state"] == "confirmed" else made


def _page(
    shop: Shop, quote: Json, made: Json, *, words: str = "", status: int = 200
) -> HttpResponse:
    view = car_view(shop, quote)
    return shop.render(
        "credit",
        {
            "quote": quote,
            "car": view,
            "made": made,
            "sheet": made["sheet"],
            "left": made["seconds_left"],
            "words": words,
            "tones": [view["tone"]],
        },
        status=status,
    )


@page
def sheet(shop: Shop, code: str) -> HttpResponse:
    """The sheet to read; POST confirms it, and the server refuses that while there was no time to read."""
    quote = quote_of(shop, code)
    made = open_sheet(shop, quote)
    if made is None:
        return shop.go("checkout" if quote["state"] == "open" else "quote", code)
    if shop.request.method != "POST":
        return _page(shop, quote, made)
    said = {"fingerprint": shop.request.POST.get("fingerprint", ""), "accepted": True}
    try:
        shop.api.post(f"/finance/cost-sheets/{made['code']}/confirmation", said)
    except ApiProblem as error:
        if error.code == TOO_EARLY:
            words = shop.t("credit.early", error.facts["seconds"])
        elif error.code == CHANGED or error.status == 422:
            words = shop.t("credit.changed")
        else:
            raise
        return _page(shop, quote, made, words=words, status=409)
    return shop.go("checkout", code)
