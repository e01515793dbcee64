"""The quote: price sheet, ways to pay, cover, deposit in words, and how long the price is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from storefront.web import brand, formatting, pictures, showroom, wished
from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page

Json = Mapping[str, Any]
CASH = "cash"


def flat(answer: Json) -> dict[str, Any]:
    """A quote or order with the parts of its frozen document beside its own; its own, which are up to date, win."""
    return {**(answer.get("document") or {}), **answer}


def quote_of(shop: Shop, code: str) -> dict[str, Any]:
    """The quote as it stands now."""
    return flat(shop.api.get(f"/quotes/{code}"))


def order_of(shop: Shop, code: str) -> dict[str, Any]:
    """The order as it stands now, for whoever this browser proves to be."""
    shop.order = code
    return flat(shop.api.get(f"/orders/{code}"))


def seconds_left(until: str, now: datetime) -> int:
    """Whole seconds to a moment, at least 0."""
    return max(0, int((formatting.parse_moment(until) - now).total_seconds()))


def title_of(quote: Json) -> str:
    """Model and trim of the quoted car, without the brand."""
    return showroom.short(str(quote["car"]["names"]["title"]))


def car_view(shop: Shop, quote: Json) -> dict[str, Any]:
    """Names, picture and tint of the quoted car."""
    car = quote["car"]
    options = {o["code"]: o for o in car.get("options") or ()}
    paint = options.get(car.get("paint") or "")
    models = {m["code"]: m for m in showroom.models(shop)}
    tone = (showroom.paint_of(models.get(car["model"]), car.get("paint")) or {}).get("hex")
    wheel = next((c for c, o in options.items() if o.get("group") == "wheels"), None)
    rest = [
        o["name"] for o in options.values() if o["kind"] in {"option", "package"} and o is not paint
    ]
    return {
        "model": showroom.short(str(car["names"]["model"])),
        "trim": car["names"]["trim"],
        "title": title_of(quote),
        "paint": paint["name"] if paint else "",
        "rest": shop.t("list.sep").join([str(car["names"]["trim"]), *rest]),
        "tone": tone,
        "side": pictures.of_car(car["model"], paint_code=car.get("paint"), tone=tone, wheel=wheel),
    }


def before_handover(quote: Json) -> dict[str, Any]:
    """What the buyer still pays after the deposit and before the key: car, tax and cover, less loan and deposit."""
    road = quote["on_the_road"]
    rest = int(road["amount"]) - int(quote["deposit"]["amount"]["amount"])
    if quote.get("finance"):
        rest -= int(quote["finance"]["amount"]["amount"])
    return {"amount": rest, "currency": road["currency"]}


def _subject(quote: Json) -> dict[str, str]:
    car = quote["car"]
    return {"vin": car["vin"]} if car.get("vin") else {"build": car["build"]}


def _loans(shop: Shop, quote: Json) -> list[Any]:
    """Loans for all that the seller gets: the car with its offers and extras, so the cards tie out with the sheet."""
    price = quote["price_sheet"]["total"]
    asked = {"market": quote["market"], "model": quote["car"]["model"], "price": price}
    try:
        found: list[Any] = shop.api.post("/finance/quotes", asked)["items"]
    except ApiProblem:
        return []
    return found


def _risk(quote: Json) -> dict[str, Any]:
    """What the premium depends on, as far as the quote knows it."""
    seats = quote["car"].get("seats")
    facts = brand.driver_facts(str(quote["market"])) | ({"seats": seats} if seats else {})
    return {"insurance_facts": facts} if facts else {}


def _covers(shop: Shop, quote: Json) -> list[Any]:
    """The bundles on offer for the car at its quoted price: the compulsory cover alone, then the shop's ready bundles."""
    car = {"model": quote["car"]["model"], "price": quote["balance"]["car"]}
    body = {"market": quote["market"], **car, **_risk(quote)}
    try:
        items = shop.api.post("/insurance/quotes", body)["items"]
    except ApiProblem:
        return []
    offered = {item["product"]: item for item in items}
    # The compulsory cover alone is that of the first insurer, as in a quote that says nothing of covers.
    first = items[0]["insurer"]["code"] if items else ""
    must = tuple(
        code
        for code, item in offered.items()
        if item["mandatory"] and item["insurer"]["code"] == first
    )
    ready = brand.COVERS.get(quote["market"], {})
    bundles = {"compulsory": must, **ready} if must else dict(ready)
    taken = {line["product"] for line in (quote.get("insurance") or {}).get("lines", ())}
    return [
        _bundle(shop, name, [offered[c] for c in codes], taken)
        for name, codes in bundles.items()
        if set(codes) <= set(offered)
    ]


def _cover_word(name: str, items: list[Any]) -> str:
    """The words for a bundle: what must be insured is called by its own name in each market."""
    return "liability" if name == "compulsory" and items[0]["product"].startswith("de-") else name


def _bundle(shop: Shop, name: str, items: list[Any], taken: set[str]) -> dict[str, Any]:
    currency = items[0]["premium"]["currency"]
    return {
        "code": name,
        "name": shop.t(f"quote.cover.{_cover_word(name, items)}"),
        "codes": ",".join(item["product"] for item in items),
        "parts": items,
        "total": {
            "amount": sum(int(item["premium"]["amount"]) for item in items),
            "currency": currency,
        },
        "checked": taken == {item["product"] for item in items},
    }


def _ways(shop: Shop, quote: Json) -> list[dict[str, Any]]:
    """Ways to pay as cards with the same rows in the same order."""
    chosen = (quote.get("finance") or {}).get("product")
    balance = quote["balance"]
    road = quote["on_the_road"]
    ways: list[dict[str, Any]] = [
        {"code": CASH, "name": shop.t("quote.cash"), "checked": not chosen, "in_all": road}
    ]
    for loan in _loans(shop, quote):
        interest = int(loan["interest"]["amount"]) + int((loan.get("fee") or {}).get("amount") or 0)
        interest -= int(loan["residual"]["amount"])  # a leased car goes back, worth what is left
        in_all = {"amount": int(road["amount"]) + interest, "currency": road["currency"]}
        ways.append(
            {
                **loan,
                "code": loan["product"],
                "checked": loan["product"] == chosen,
                "in_all": in_all,
            }
        )
    if chosen and not any(way["checked"] for way in ways):
        ways.append(
            {
                **quote["finance"],
                "code": chosen,
                "checked": True,
                "in_all": balance.get("in_all", road),
            }
        )
    return ways


@page
def quote(shop: Shop, code: str) -> HttpResponse:
    """One quote as it stands."""
    found = quote_of(shop, code)
    return _page(shop, found, wished.of_quote(found))


def _page(
    shop: Shop,
    found: Json,
    said: wished.Wished,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    view = car_view(shop, found)
    left = seconds_left(found["expires_at"], timezone.now())
    is_open = found["state"] == "open"
    return shop.render(
        "quote",
        {
            "nav": "models",
            "quote": found,
            "car": view,
            "open": is_open,
            "ways": _ways(shop, found) if is_open else [],
            "covers": _covers(shop, found) if is_open else [],
            "extras": wished.rows(found, said) if is_open else [],
            "wished": said,
            "wish_errors": errors or {},
            "deposit": found["deposit"],
            "left_days": left // 86400,
            "left_clock": f"{left // 3600 % 24:02}:{left // 60 % 60:02}:{left % 60:02}",
            "last_hour": left < 3600,
            "edit": _edit_url(shop, found),
            "tones": [view["tone"]],
        },
        status=status,
    )


def _edit_url(shop: Shop, quote: Json) -> str | None:
    build = quote["car"].get("build")
    return f"{shop.url('configure', quote['car']['model'])}?build={build}" if build else None


@page
def change(shop: Shop, code: str) -> HttpResponse:
    """Another way to pay, another cover, other wishes, or today's price: a new quote of the same car."""
    found = quote_of(shop, code)
    post = shop.request.POST
    body: dict[str, Any] = {"market": found["market"], **_subject(found)}
    product = post.get("finance") or (found.get("finance") or {}).get("product") or CASH
    if product != CASH:
        body["finance"] = {"product": product}
    taken = [line["product"] for line in (found.get("insurance") or {}).get("lines", ())]
    covers = [c for c in post.get("insurance", ",".join(taken)).split(",") if c]
    if covers:
        body |= {"insurance": covers, **_risk(found)}
    form = "wishes" in post
    said = wished.of_form(post, found) if form else wished.of_quote(found)
    try:
        made = shop.make_quote(body | said.body(found["on_the_road"]["currency"]))
    except ApiProblem as error:
        fault = wished.fault(error)
        if fault is None:
            raise
        if form:
            return _page(shop, found, said, {fault[0]: shop.t(fault[1])}, 422)
        made = shop.make_quote(body)  # what is gone of an old quote is not asked for again
    return shop.go("quote", made["code"])
