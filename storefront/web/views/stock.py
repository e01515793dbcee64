"""Cars in stock: the list with facets, and one car."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from storefront.web import formatting, pictures, showroom
from storefront.web import paint as paint_colour
from storefront.web.api_client import ApiProblem
from storefront.web.memory import remembered
from storefront.web.shop import Shop, page

Json = Mapping[str, Any]
FILTERS = ("model", "trim", "paint", "place", "availability")
SORTS = (
    ("available_on", "stock.sort.soonest"),
    ("price", "stock.sort.price"),
    ("-price", "stock.sort.price_desc"),
)
BUDGETS = {
    "CNY": (100_000, 150_000, 200_000, 250_000, 300_000, 350_000, 400_000, 500_000),
    "EUR": (20_000, 25_000, 30_000, 35_000, 40_000, 50_000, 60_000, 70_000),
}
"""Whole units to choose a budget from, by currency; a currency without any has no such choice."""


def _asked(shop: Shop) -> dict[str, list[str]]:
    """The filters of the query, only those we know."""
    get = shop.request.GET
    found = {name: [v for v in get.getlist(name) if v][:40] for name in FILTERS}
    return {name: values for name, values in found.items() if values}


def _price_max(shop: Shop) -> int | None:
    given = shop.request.GET.get("max", "")
    return int(given) if given.isdigit() and len(given) < 9 else None


def _currency(shop: Shop) -> str:
    place = shop.place()
    return place.currency if place else ""


def _sign(shop: Shop) -> str:
    return formatting.sign_of(_currency(shop))


def _sort(shop: Shop) -> str:
    given = shop.request.GET.get("sort", "")
    return given if given in dict(SORTS) else SORTS[0][0]


def _query(shop: Shop, asked: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    pairs = [(name, value) for name, values in asked.items() for value in values]
    limit = _price_max(shop)
    if limit is not None:
        pairs.append(("max", str(limit)))
    return [*pairs, ("sort", _sort(shop))]


def _search(
    shop: Shop, asked: Mapping[str, list[str]], *, limit: int = 12, cursor: str | None = None
) -> Any:
    params: dict[str, Any] = {"market": shop.market, "sort": _sort(shop), "limit": limit, **asked}
    price = _price_max(shop)
    if price is not None:
        params["price_max"] = formatting.minor(price, _currency(shop))
    if cursor:
        params["cursor"] = cursor
    return shop.api.get("/stock", params)


@page
def stock(shop: Shop) -> HttpResponse:
    """The list: filters, exact counts, sorting, and what to drop when nothing fits."""
    asked, cursor = _asked(shop), shop.request.GET.get("cursor")
    try:
        found = _search(shop, asked, cursor=cursor)
    except ApiProblem as error:
        if error.status != 422 or not (asked or cursor):
            raise
        return shop.go("stock")
    models = {m["code"]: m for m in showroom.models(shop)}
    cars = [_card(shop, models, {**car, **_frozen(shop, car["vin"])}) for car in found["items"]]
    names = {
        (f["code"], v["code"]): showroom.short(v["name"])
        for f in found["facets"]
        for v in f["values"]
    }
    return shop.render(
        "stock",
        {
            "nav": "stock",
            "cars": cars,
            "total": found["total"],
            "everything": showroom.stock_total(shop) or found["total"],
            "facets": [_facet(f) for f in found["facets"]],
            "active": _active(shop, asked, names),
            "sorts": SORTS,
            "sort": _sort(shop),
            "budgets": BUDGETS.get(_currency(shop), ()),
            "sign": _sign(shop),
            "price_max": _price_max(shop),
            "next": _next(shop, asked, found.get("next")),
            "later": cursor,
            "near": _near(shop, asked, names) if len(cars) < 4 and not cursor else None,
            "tones": [car["tone"] for car in cars],
        },
    )


def _frozen(shop: Shop, vin: str) -> Json:
    """What never changes about a car in stock: its choices and equipment; asked once and remembered."""

    def ask() -> Json:
        try:
            car = shop.api.get(f"/stock/{vin}", {"market": shop.market})
        except ApiProblem:
            return {}
        return {"choices": car.get("choices") or (), "options": car.get("options") or ()}

    found: Json = remembered(("car", shop.market, shop.lang, vin), ask)
    return found


def _facet(facet: Json) -> dict[str, Any]:
    """A facet; long ones fold after eight values, chosen ones stay in sight."""
    values = [{**v, "name": showroom.short(v["name"])} for v in facet["values"]]
    shown = [v for i, v in enumerate(values) if i < 8 or v["selected"]]
    return {**facet, "shown": shown, "more": [v for v in values if v not in shown]}


def _active(
    shop: Shop, asked: Mapping[str, list[str]], names: Mapping[tuple[str, str], str]
) -> list[dict[str, str]]:
    """Chips of what is filtered, each with the address of the list without it."""
    pairs = _query(shop, asked)
    chips = []
    for pair in pairs:
        if pair[0] == "sort":
            continue
        rest = [p for p in pairs if p != pair]
        name = names.get(pair, pair[1])
        if pair[0] == "max":
            name = f"{shop.t('stock.price_max')} {_sign(shop)}{int(pair[1]):,}"
        chips.append({"name": name, "url": f"{shop.url('stock')}?{urlencode(rest)}"})
    return chips


def _next(shop: Shop, asked: Mapping[str, list[str]], cursor: str | None) -> str | None:
    return f"?{urlencode([*_query(shop, asked), ('cursor', cursor)])}" if cursor else None


def _near(
    shop: Shop, asked: Mapping[str, list[str]], names: Mapping[tuple[str, str], str]
) -> dict[str, Any] | None:
    """The filter whose removal gives most cars."""
    best: dict[str, Any] | None = None
    for name in asked:
        rest = {k: v for k, v in asked.items() if k != name}
        try:
            total = int(_search(shop, rest, limit=1)["total"])
        except ApiProblem:
            continue
        if best is None or total > best["total"]:
            said = shop.t("list.sep").join(names.get((name, v), v) for v in asked[name])
            best = {
                "name": said,
                "total": total,
                "url": f"{shop.url('stock')}?{urlencode(_query(shop, rest))}",
            }
    return best if best and best["total"] else None


def _card(shop: Shop, models: Mapping[str, Any], car: Json) -> dict[str, Any]:
    model = models.get(car["model"])
    paint = car.get("paint") or {}
    tone = paint.get("hex") or (showroom.paint_of(model, paint.get("code")) or {}).get("hex")
    place = car.get("place") or {}
    return {
        **car,
        "title": title_of(car),
        "words": _equipment(shop, car),
        "where": place.get("name") or place.get("city") or "",
        "tone": tone,
        "tone_class": paint_colour.clean_hex(tone),
        "side": pictures.of_car(
            car["model"],
            paint_code=paint.get("code"),
            tone=tone,
            wheel=_wheel(car),
            pictures=car.get("pictures"),
        ),
    }


def title_of(car: Json) -> str:
    """Model and trim without the brand."""
    names = car["names"]
    given = (
        names.get("title") or f"{names.get('model', car['model'])} {names.get('trim', car['trim'])}"
    )
    return showroom.short(str(given))


def _wheel(car: Json) -> str | None:
    return next(
        (str(o["code"]) for o in car.get("options") or () if o.get("group") == "wheels"), None
    )


def _equipment(shop: Shop, car: Json) -> str:
    """What is on the car beyond the standard, in one line, the paint first."""
    paint = (car.get("paint") or {}).get("name")
    chosen = set(car.get("choices") or ())
    options = [o["name"] for o in car.get("options") or () if o["code"] in chosen]
    named = [n for n in dict.fromkeys([paint, *options]) if n]
    return " · ".join(named[:6])


@page
def vehicle(shop: Shop, vin: str) -> HttpResponse:
    """One car: price sheet, equipment, where it is, and the way to a quote."""
    car = shop.api.get(f"/stock/{vin}", {"market": shop.market})
    models = {m["code"]: m for m in showroom.models(shop)}
    shown = _card(shop, models, car)
    loan = showroom.even_loan(showroom.loans(shop, car["model"], car["price"]))
    return shop.render(
        "vehicle",
        {
            "nav": "stock",
            "car": shown,
            "sheet": car.get("price_sheet"),
            "equipment": _by_group(car),
            "loan": loan,
            "example": loan and showroom.example(shop, loan),
            "free": car["status"] == "available",
            "tones": [shown["tone"]],
        },
    )


def _by_group(car: Json) -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for option in car.get("options") or ():
        groups.setdefault(str(option.get("group_name") or ""), []).append(option["name"])
    return [{"name": name, "options": options} for name, options in groups.items()]


@page
def start_quote(shop: Shop, vin: str) -> HttpResponse:
    """Asks for a quote of this very car."""
    quote = shop.make_quote({"market": shop.market, "vin": vin})
    return shop.go("quote", quote["code"])
