"""Locking an order: everything it means on one page, confirmed by a tick of its own; works without scripts."""

from __future__ import annotations

from django.http import HttpResponse

from storefront.web.api_client import ApiProblem
from storefront.web.order_page import fresh_key
from storefront.web.shop import Shop, page
from storefront.web.views.quote import car_view, order_of


@page
def lock(shop: Shop, code: str) -> HttpResponse:
    """What locking means now; POST locks what was shown, or shows what is true instead."""
    if shop.request.method != "POST":
        return _show(shop, code)
    post = shop.request.POST
    if not post.get("confirm"):
        return _show(shop, code, words=shop.t("lock.need"), status=422)
    said = {"fingerprint": post.get("fingerprint", "")[:64], "confirm": True}
    shop.order = code
    try:
        shop.api.post(f"/orders/{code}/lock", said, key=post.get("key") or fresh_key())
    except ApiProblem as error:
        if error.status not in {409, 422}:
            raise
        return _show(shop, code, words=shop.t("lock.changed"), status=409)
    return shop.go("order", code)


def _show(shop: Shop, code: str, *, words: str = "", status: int = 200) -> HttpResponse:
    order = order_of(shop, code)
    shown = shop.api.get(f"/orders/{code}/lock")
    if not shown["possible"]:
        return shop.go("order", code)
    view = car_view(shop, order)
    return shop.render(
        "lock",
        {
            "nav": "account",
            "order": order,
            "car": view,
            "shown": shown,
            "deal": shown["document"],
            "words": words,
            # The kept answer of a key may be a refusal: what is sent next is a new intent.
            "key": fresh_key(),
            "tones": [view["tone"]],
        },
        status=status,
    )
