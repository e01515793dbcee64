"""Changing a placed order: what may change, one preview of what it does, and agreeing to it; works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from storefront.web import showroom, wished
from storefront.web.api_client import ApiProblem
from storefront.web.order_page import fresh_key
from storefront.web.shop import Shop, page
from storefront.web.views.quote import car_view, order_of

Json = Mapping[str, Any]
ADDRESS = ("province", "city", "street", "postal_code")
WORDS: Mapping[str, str] = {
    "amendment-not-possible": "amend.no",
    "not-buildable": "amend.unbuildable",
    "nothing-to-amend": "amend.nothing",
    "bad-buyer": "amend.address.bad",
    "cost-sheet-needed": "amend.sheet.need",
    "quota-taken": "amend.quota",
    "extra-changed": "quote.extras.changed",
}
"""Refusals with words of their own."""


@page
def change(shop: Shop, code: str) -> HttpResponse:
    """What may change; with wishes, what they would do; with their preview's fingerprint, doing it."""
    order = order_of(shop, code)
    if not (order.get("amendments") or {}).get("may_change"):
        return shop.go("order", code)
    given = shop.request.POST if shop.request.method == "POST" else shop.request.GET
    asked = wishes_of(given, order)
    if not asked:
        return _choose(shop, order)
    try:
        if given.get("do") == "agree":
            body = asked | {"fingerprint": given.get("fingerprint", "")[:64]}
            key = given.get("key") or fresh_key()
            shop.api.post(f"/orders/{code}/amendments", body, key=key)
            return shop.go("order", code)
        return _preview(shop, order, asked)
    except ApiProblem as error:
        if error.status not in {409, 422}:
            raise
        return _refused(shop, order, asked, error)


def wishes_of(given: Mapping[str, str], order: Json) -> dict[str, Any]:
    """What the visitor wants to be other, as the API takes it; nothing where they chose nothing yet."""
    found: dict[str, Any] = {}
    if given.get("build"):
        found["build"] = given["build"][:64]
    if given.get("place"):
        found["delivery"] = {"place": given["place"][:64]}
    if any(given.get(name) for name in ADDRESS):
        address = {name: " ".join(given.get(name, "").split())[:200] for name in ADDRESS}
        found["buyer_address"] = {"country": order["market"]} | {
            name: value for name, value in address.items() if value
        }
    if any(name.startswith("extra-") for name in given):
        said = wished.of_form(given, order)
        found["extras"] = [
            {"code": code, "wanted": wanted, "text_version": version}
            for code, (wanted, version) in said.answers.items()
        ]
    return found


def _sent(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """The wishes as they were sent, to be sent again with the agreement."""
    kept = ("build", "place", *ADDRESS)
    marks = ("extra-", "version-")
    return [(k, v) for k, v in given.items() if v and (k in kept or k.startswith(marks))]


def _choose(shop: Shop, order: Json, *, words: str = "", status: int = 200) -> HttpResponse:
    view = car_view(shop, order)
    may = order["amendments"]["may_change"]
    return shop.render(
        "amend",
        {
            "nav": "account",
            "order": order,
            "car": view,
            "may": may,
            "edit": _configurator(shop, order) if "build" in may else None,
            "extras": wished.rows(order, wished.of_quote(order)) if "extras" in may else [],
            "places": _places(shop, order) if "delivery" in may else [],
            "here": (order["delivery"].get("place") or {}).get("code"),
            "words": words,
            "tones": [view["tone"]],
        },
        status=status,
    )


def _configurator(shop: Shop, order: Json) -> str:
    """The configurator at the order's car; it comes back here."""
    car = order["car"]
    query = {"order": order["code"], "market": order["market"]}
    start = {"build": car["build"]} if car.get("build") else {"apply": ",".join(car["choices"])}
    return f"{shop.url('configure', car['model'])}?{urlencode({**start, **query})}"


def _places(shop: Shop, order: Json) -> list[Json]:
    """Places of the order's market with their names, as the search in stock knows them."""
    found = shop.api.get("/stock", {"market": order["market"], "limit": 1})
    facets = [facet for facet in found["facets"] if facet["code"] == "place"]
    places = [value for facet in facets for value in facet["values"]]
    here = order["delivery"].get("place")
    known = here is None or here["code"] in {place["code"] for place in places}
    return places if known else [here, *places]


def _preview(
    shop: Shop,
    order: Json,
    asked: Json,
    *,
    words: str = "",
    status: int = 200,
    read: bool = False,
) -> HttpResponse:
    """What the wishes would do; `read` is whether the costs of the changed loan were read already."""
    shown = shop.api.post(f"/orders/{order['code']}/amendments/preview", asked)
    if not shown["kinds"]:
        return _choose(shop, order, words=shop.t("amend.nothing"), status=422)
    view = car_view(shop, order)
    given = shop.request.POST if shop.request.method == "POST" else shop.request.GET
    return shop.render(
        "amend_preview",
        {
            "nav": "account",
            "order": order,
            "car": view,
            "shown": shown,
            "title": showroom.short(str(shown["car"]["now"]["title"])),
            "lines": _lines(shown),
            **_moved(shop, shown),
            "address": _address(asked),
            "sent": _sent(given),
            "sheet": shown["finance"].get("cost_sheet"),
            "read": read,
            "words": words,
            # The kept answer of a key may be a refusal: what is sent next is a new intent.
            "key": fresh_key(),
            "tones": [view["tone"]],
        },
        status=status,
    )


def _moved(shop: Shop, shown: Json) -> dict[str, Any]:
    """Which way the price and the date go."""
    change, days = shown["on_the_road"]["change"], int(shown["delivery"]["days"])
    less = {**change, "amount": -int(change["amount"])}
    return {
        "up": change["amount"] > 0,
        "down": shop.cash(less, cents=True) if change["amount"] < 0 else "",
        "later": days if days > 0 else 0,
        "sooner": -days if days < 0 else 0,
    }


def _address(asked: Json) -> str:
    """The new address as one line; nothing where it stays."""
    given = asked.get("buyer_address") or {}
    return " ".join(given[name] for name in ADDRESS if name in given)


def _lines(shown: Json) -> list[Json]:
    """Every line that differs, area after area."""
    return [line for area in ("price", "tax", "insurance") for line in shown[area]["lines"]]


def _refused(shop: Shop, order: Json, asked: Json, error: ApiProblem) -> HttpResponse:
    """A preview that is not true any more is shown anew; anything else goes back to what may change, with its reason."""
    if error.code == "stale-preview":
        return _preview(shop, order, asked, words=shop.t("amend.changed"), status=409)
    words = shop.t(WORDS.get(error.code, "amend.no"))
    if error.code == "cost-sheet-needed":
        return _preview(shop, order, asked, words=words, status=409)
    return _choose(shop, order_of(shop, order["code"]), words=words, status=error.status)


@page
def sheet(shop: Shop, code: str) -> HttpResponse:
    """All costs of the loan after the change, to be read; confirming it leads back to the preview."""
    order = order_of(shop, code)
    post = shop.request.POST
    asked = wishes_of(post, order)
    if shop.request.method != "POST" or not asked:
        return shop.go("amend", code)
    if post.get("sheet"):
        said = {"cost_sheet": post["sheet"][:64], "fingerprint": post.get("read", "")[:64]}
        try:
            shop.api.post(f"/orders/{code}/amendments/cost-sheet/confirmation", said)
            return _preview(shop, order, asked, read=True)
        except ApiProblem as error:
            if error.status not in {409, 422}:
                raise
            seconds = error.facts.get("seconds")
            words = shop.t("credit.early", seconds) if seconds else shop.t("credit.changed")
            return _sheet(shop, order, asked, words=words, status=409)
    return _sheet(shop, order, asked)


def _sheet(
    shop: Shop, order: Json, asked: Json, *, words: str = "", status: int = 200
) -> HttpResponse:
    made = shop.api.post(f"/orders/{order['code']}/amendments/cost-sheet", asked)
    view = car_view(shop, order)
    return shop.render(
        "amend_sheet",
        {
            "order": order,
            "car": view,
            "made": made,
            "sheet": made["sheet"],
            "left": made["seconds_left"],
            "sent": _sent(shop.request.POST),
            "words": words,
            "tones": [view["tone"]],
        },
        status=status,
    )
