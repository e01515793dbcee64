"""Where the money of a refund shall go that comes by bank transfer; works without scripts."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse

from storefront.web.api_client import ApiProblem
from storefront.web.order_page import fresh_key
from storefront.web.shop import Shop, page
from storefront.web.views.quote import car_view, order_of

FIELDS: Mapping[str, int] = {"holder": 120, "account": 60, "bank": 120}


@page
def account(shop: Shop, code: str) -> HttpResponse:
    """The transfers to the buyer, and a form for the account while one of them waits for it."""
    shop.order = code
    if shop.request.method != "POST":
        return _show(shop, code, {})
    post = shop.request.POST
    said = {name: post.get(name, "")[:size].strip() for name, size in FIELDS.items()}
    try:
        shop.api.post(f"/orders/{code}/transfers/account", said, key=post.get("key") or fresh_key())
    except ApiProblem as error:
        if error.status not in {409, 422}:
            raise
        return _show(
            shop, code, said, words=_words(shop, error), wrong=_wrong(error), status=error.status
        )
    return shop.go("repaying", code)


def _show(
    shop: Shop,
    code: str,
    said: Mapping[str, str],
    *,
    words: str = "",
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    order = order_of(shop, code)
    view = car_view(shop, order)
    told = shop.api.get(f"/orders/{code}/transfers")
    open_ = [each for each in told["transfers"] if each["state"] == "proposed"]
    return shop.render(
        "repaying",
        {
            "nav": "account",
            "order": order,
            "car": view,
            "transfers": told["transfers"],
            "open": open_,
            "wants": told["wants_account"],
            "said": {"holder": order["buyer"]["name"], "bank": "", "account": "", **said},
            "words": words,
            "wrong": wrong,
            "key": fresh_key(),
            "tones": [view["tone"]],
        },
        status=status,
    )


def _wrong(error: ApiProblem) -> str:
    field = error.facts.get("field")
    return str(field) if field in FIELDS else ""


def _words(shop: Shop, error: ApiProblem) -> str:
    if error.code == "bad-account" and _wrong(error):
        return shop.t(f"repay.wrong.{_wrong(error)}")
    return shop.t("repay.late" if error.status == 409 else "repay.wrong.account")
