"""Cancelling an order: what comes back first, a reason if one likes, the preview, and the receipt; works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from storefront.web import formatting
from storefront.web.api_client import ApiProblem
from storefront.web.order_page import fresh_key
from storefront.web.shop import Shop, page
from storefront.web.views.quote import car_view, order_of

Json = Mapping[str, Any]
USUAL = "changed-mind"
"""The reason of a buyer who gives none."""


@page
def cancel(shop: Shop, code: str) -> HttpResponse:
    """What cancelling would mean, for the reason in the query; POST does exactly what was shown, and shows the receipt."""
    shop.order = code
    if shop.request.method != "POST":
        return _show(shop, code, shop.request.GET.get("reason", "")[:64])
    post = shop.request.POST
    reason = post.get("reason", "")[:64]
    said = {
        "reason": reason or USUAL,
        "fingerprint": post.get("fingerprint", "")[:64],
        "confirm": True,
    }
    try:
        done = shop.api.post(
            f"/orders/{code}/cancellation", said, key=post.get("key") or fresh_key()
        )
    except ApiProblem as error:
        if error.status not in {409, 422}:
            raise
        return _show(shop, code, reason or USUAL, words=_words(shop, error), status=409)
    return shop.render(
        "cancelled",
        {"nav": "account", "order": done["order"], "done": done["cancellation"]},
    )


def _show(
    shop: Shop, code: str, reason: str, *, words: str = "", status: int = 200
) -> HttpResponse:
    order = order_of(shop, code)
    if "cancel_by_buyer" not in order["moves"]:
        return shop.go("order", code)
    try:
        shown = _preview(shop, code, reason)
    except ApiProblem as error:
        if error.status not in {409, 422} or not reason:
            raise
        words, reason, status = _words(shop, error), "", error.status
        shown = _preview(shop, code, reason)
    view = car_view(shop, order)
    return shop.render(
        "cancel",
        {
            "nav": "account",
            "order": order,
            "car": view,
            "shown": shown,
            "reason": reason,
            "usual": USUAL,
            "lines": [line for line in shown["lines"] if not line["amount"]],
            "sums": [line for line in shown["lines"] if line["amount"]],
            "words": words,
            "key": fresh_key(),
            "tones": [view["tone"]],
        },
        status=status,
    )


def _preview(shop: Shop, code: str, reason: str) -> Any:
    asked = {"reason": reason} if reason else {}
    return shop.api.post(f"/orders/{code}/cancellation/preview", asked)


def _words(shop: Shop, error: ApiProblem) -> str:
    if error.code == "not-late-enough":
        first = error.facts.get("rescind_from")
        if not first:
            return shop.t("cancel.ontime")
        return shop.t("cancel.notlate", formatting.day(first, shop.lang))
    if error.status == 409:
        return shop.t("cancel.changed")
    return shop.t("cancel.reason.bad")
