"""What several pages know about models: short names, paints by code, the range they cover, their pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storefront.web import brand, formatting, pictures
from storefront.web.api_client import ApiProblem
from storefront.web.memory import remembered
from storefront.web.shop import Shop

Json = Mapping[str, Any]


def models(shop: Shop) -> list[Any]:
    """Every model on sale."""
    found: list[Any] = shop.api.get("/models", {"market": shop.market})["items"]
    return found


def short(name: str) -> str:
    """A model's name without the brand in front: 鹭行 云湾 -> 云湾, Egretta Haven -> Haven."""
    for word in ("鹭行", "Egretta"):
        if name.startswith(word):
            return name.removeprefix(word).strip()
    return name


def paint_of(model: Json | None, code: str | None) -> Json | None:
    """A model's paint by code."""
    return next((p for p in (model or {}).get("paints", ()) if p["code"] == code), None)


def picture(
    model: Json, paint_code: str | None, view: str = "side", wheel: str | None = None
) -> pictures.Picture | None:
    """A model in one of its paints."""
    found = paint_of(model, paint_code)
    return pictures.of_car(
        model["code"], paint_code=paint_code, tone=(found or {}).get("hex"), wheel=wheel, view=view
    )


def hero_paint(model: Json) -> Json | None:
    """The paint a model is shown in first."""
    wanted = brand.HERO_PAINTS.get(model["code"])
    paints = model.get("paints") or ()
    return paint_of(model, wanted) or next(iter(paints), None)


def figures(model: Json, key: str) -> str:
    """The span of a figure over the trims: 330–505."""
    values = sorted({t["specs"][key] for t in model["trims"] if t["specs"].get(key) is not None})
    if not values:
        return ""
    return f"{values[0]:g}" if len(values) == 1 else f"{values[0]:g}–{values[-1]:g}"


def stock_total(shop: Shop, model: str | None = None) -> int | None:
    """How many cars are in stock; None when the stock cannot be asked."""
    filters = {"market": shop.market, "limit": 1} | ({"model": model} if model else {})
    try:
        return int(
            remembered(
                ("stock", shop.market, shop.lang, model), lambda: shop.api.get("/stock", filters)
            )["total"]
        )
    except ApiProblem:
        return None


def loans(shop: Shop, model: str, price: Json) -> list[Any]:
    """The loans on offer for a model at a price; none when nobody lends."""
    body = {"market": shop.market, "model": model, "price": dict(price)}
    try:
        found: list[Any] = remembered(
            ("loans", shop.market, shop.lang, model, price["amount"]),
            lambda: shop.api.post("/finance/quotes", body),
        )["items"]
    except ApiProblem:
        return []
    return found


def even_loan(offers: list[Any]) -> Any | None:
    """The lowest monthly amount that pays the car off: no last large payment, and no lease that leaves a part unpaid."""
    even = [
        o
        for o in offers
        if not (o.get("balloon") or {}).get("amount")
        and o["total"]["amount"] >= o["down_payment"]["amount"] + o["amount"]["amount"]
    ]
    return min(even, key=lambda o: int(o["instalment"]["amount"]), default=None)


def example(shop: Shop, loan: Json) -> str:
    """The loan behind a monthly amount in one sentence: who lends how much, at what rate, and what it comes to."""
    return shop.t(
        "loan.example",
        loan["lender"]["name"],
        shop.cash(loan["amount"]),
        shop.cash(loan["down_payment"]),
        loan["months"],
        shop.cash(loan["instalment"], cents=True),
        formatting.rate(loan["nominal_rate"]),
        shop.cash(loan["total"], cents=True),
    )


def page_of(shop: Shop, path: str) -> Any | None:
    """A published page, or None when there is none."""
    try:
        return shop.api.get(f"/pages/{path}")
    except ApiProblem:
        return None
