"""Home and model pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from storefront.web import brand, configurator, formatting, markup, showroom
from storefront.web.api_client import ApiProblem
from storefront.web.memory import remembered
from storefront.web.shop import Shop, page

Json = Mapping[str, Any]


@page
def home(shop: Shop) -> HttpResponse:
    """The three cars, four proofs, and cars by monthly amount."""
    models = showroom.models(shop)
    ranked = sorted(
        models, key=lambda m: brand.FLEET.index(m["code"]) if m["code"] in brand.FLEET else 99
    )
    cycle = brand.range_figure(shop.market)
    fleet = [_fleet_car(m, cycle) for m in ranked]
    content = showroom.page_of(shop, "home")
    lead = fleet[1] if len(fleet) > 1 else next(iter(fleet), None)
    return shop.render(
        "home",
        {
            "nav": "home",
            "fleet": fleet,
            "hero": _hero(content),
            "stock_total": showroom.stock_total(shop),
            "proof": remembered(("proof", shop.market, shop.lang), lambda: _proof(shop)),
            "budget": _budget(shop, models),
            "tones": [lead["tone"]] if lead else [],
        },
    )


def _hero(content: Any) -> Json:
    """The headline of the home page from the CMS, if it has one."""
    for block in (content or {}).get("body") or ():
        if block.get("type") == "hero" and isinstance(block.get("value"), Mapping):
            value = block["value"]
            headline = str(value.get("headline") or value.get("title") or "")
            first, comma, rest = headline.partition("，")
            lines = [first + comma, rest] if comma and rest else [headline]
            return {
                "lines": [line for line in lines if line],
                "body": value.get("body") or value.get("text"),
            }
    return {}


def _fleet_car(model: Json, cycle: str) -> dict[str, Any]:
    paint = showroom.hero_paint(model) or {}
    return {
        **model,
        "short": showroom.short(model["name"]),
        "name": showroom.short(model["name"]),
        "side": showroom.picture(model, paint.get("code")),
        "tone": paint.get("hex"),
        "range": showroom.figures(model, cycle),
        "days": model.get("days"),
    }


def _proof(shop: Shop) -> dict[str, Any]:
    """Real fragments: one car's sheet, one refusal with its cheapest repair, the refunds, the promise."""
    shown = brand.SHOWCASE
    body: dict[str, Any] = {
        "model": shown.model,
        "market": shop.market,
        "choices": list(shown.choices),
    }
    try:
        state = shop.api.post("/configurations/evaluate", body)
        asked = shop.api.post(
            "/configurations/evaluate", {**body, "change": {"option": shown.asks, "want": True}}
        )
        document = shop.api.get(f"/models/{shown.model}/configurator", {"market": shop.market})
    except ApiProblem:
        return {}
    names = {o["code"]: o["name"] for g in document["groups"] for o in g["options"]}
    return {
        "sheet": _sheet(shop, showroom.short(document["name"]), state["price_sheet"]),
        "why": _refusal(shop, names.get(shown.asks, ""), asked),
        "refunds": _refunds(shop, shown.model),
        "delivery": state["delivery"],
    }


def _sheet(shop: Shop, title: str, sheet: Json) -> list[dict[str, Any]]:
    paid = [line for line in sheet["lines"] if line["amount"]["amount"]]
    rows = [
        {
            "name": _line_name(shop, title, line),
            "amount": line["amount"],
        }
        for line in paid
    ]
    return [*rows, {"name": shop.t("conf.car"), "amount": sheet["total"], "total": True}]


def _line_name(shop: Shop, title: str, line: Json) -> str:
    if line["kind"] == "base":
        return f"{title} {line['name']}"
    return shop.t("quote.transport") if line["kind"] == "delivery" else str(line["name"])


def _refusal(shop: Shop, name: str, answer: Json) -> Any | None:
    if answer["outcome"] != "blocked":
        return None
    told = configurator.why_not(shop, name, answer)
    return told if told["repair"] else None


def _refunds(shop: Shop, model: str) -> dict[str, Any] | None:
    """The deposit of a model and what becomes of it, in the policy's own words."""
    for market in shop.api.get("/markets")["items"]:
        deposit = market.get("deposit")
        if market["code"] == shop.market and deposit and deposit["amounts"].get(model):
            return {
                "amount": deposit["amounts"][model],
                "texts": [s["text"] for s in deposit["stages"][:2]],
            }
    return None


START = 4000
"""Whole units a month the slider begins at, where cars can be had for them."""


def _budget(shop: Shop, models: list[Any]) -> dict[str, Any] | None:
    """Every trim with its lowest even monthly amount, cheapest first."""
    rows = [row for m in models for t in m["trims"] if (row := _budget_row(shop, m, t))]
    if not rows:
        return None
    rows.sort(key=lambda row: int(row["minor"]))
    least, most = int(rows[0]["minor"]) // 10000 * 100, -(-int(rows[-1]["minor"]) // 10000) * 100
    loan = rows[-1]["loan"]
    return {
        "rows": rows,
        "least": least,
        "most": most,
        "start": START if least <= START <= most else (least + most) // 200 * 100,
        "currency": loan["instalment"]["currency"],
        "months": loan["months"],
        "rate": formatting.rate(loan["nominal_rate"]),
        "loan": loan,
        "sign": formatting.sign_of(loan["instalment"]["currency"]),
    }


def _budget_row(shop: Shop, model: Json, trim: Json) -> dict[str, Any] | None:
    loan = showroom.even_loan(showroom.loans(shop, model["code"], trim["price"]))
    if loan is None:
        return None
    paint = showroom.hero_paint(model) or {}
    return {
        "name": f"{showroom.short(model['name'])} {trim['name']}",
        "url": f"{shop.url('configure', model['code'])}?c=trim:{trim['code']}",
        "model": model["code"],
        "instalment": formatting.whole(loan["instalment"]),
        "minor": int(loan["instalment"]["amount"]),
        "loan": loan,
        "side": showroom.picture(model, paint.get("code")),
    }


FACTS = (
    ("range_cltc_km", "km"),
    ("range_wltp_km", "km"),
    ("dc_30_80_min", "unit.min"),
    ("zero_to_100_s", "unit.s"),
)
VERSUS = ("drive", "motor_kw", "zero_to_100_s", "range", "dc_30_80_min")
UNITS = {
    "motor_kw": "kW",
    "range_cltc_km": "km",
    "range_wltp_km": "km",
    "zero_to_100_s": "unit.s",
    "dc_30_80_min": "unit.min",
}


@page
def model(shop: Shop, code: str) -> HttpResponse:
    """One model: figures, paints, versions, size, story."""
    car = shop.api.get(f"/models/{code}", {"market": shop.market})
    trims = car["trims"]
    lead = trims[1] if len(trims) > 1 else trims[0]
    paint = _model_paint(car)
    offers = showroom.even_loan(showroom.loans(shop, code, car["from_price"]))
    return shop.render(
        "model",
        {
            "nav": "models",
            "car": {**car, "name": showroom.short(car["name"])},
            "lead": lead,
            "paint": paint,
            "paints": [_swatch(car, p) for p in car.get("paints") or ()],
            "quarter": showroom.picture(car, paint.get("code"), "q", _sport(code)),
            "side": showroom.picture(car, paint.get("code"), "side", _sport(code)),
            "pale": showroom.picture(car, _palest(car), "side", _sport(code)),
            "loan": _loan_words(shop, offers),
            "facts": [
                _fact(shop, lead["specs"], key, unit)
                for key, unit in FACTS
                if lead["specs"].get(key) is not None
            ],
            "versus": [
                _difference(shop, trims, brand.range_figure(shop.market) if key == "range" else key)
                for key in VERSUS
            ],
            "size": car["dimensions_mm"],
            "lines": _dimension_lines(car["dimensions_mm"]),
            "stock_total": showroom.stock_total(shop, code),
            "story": _story(showroom.page_of(shop, car.get("page") or f"models/{code}")),
            "tones": [paint.get("hex")],
        },
    )


def _sport(code: str) -> str | None:
    return next(iter(brand.SPORT_WHEELS.get(code, ())), None)


def _model_paint(car: Json) -> Json:
    """The brand's own paint where the model has it, else the first."""
    return showroom.paint_of(car, "paint-clearing") or showroom.hero_paint(car) or {}


def _palest(car: Json) -> str | None:
    paints = [p for p in car.get("paints") or () if p.get("hex") and not p.get("hex2")]
    found = max(paints, key=lambda p: int(p["hex"].lstrip("#")[:2], 16), default=None)
    return found["code"] if found else None


def _swatch(car: Json, paint: Json) -> dict[str, Any]:
    sport = _sport(car["code"])
    views = {view: showroom.picture(car, paint["code"], view, sport) for view in ("side", "q")}
    return {**paint, "side": views["side"], "quarter": views["q"]}


def _loan_words(shop: Shop, loan: Any | None) -> dict[str, Any] | None:
    if loan is None:
        return None
    return {
        "text": shop.cash(formatting.whole(loan["instalment"])),
        "months": loan["months"],
        "apr_text": loan["apr_text"],
        "warning": loan["warning"],
        "example": showroom.example(shop, loan),
    }


def _unit(shop: Shop, unit: str) -> str:
    return shop.t(unit) if unit.startswith("unit.") else unit


def _fact(shop: Shop, specs: Json, key: str, unit: str) -> dict[str, Any]:
    return {"name": shop.t(f"spec.{key}"), "value": specs[key], "unit": _unit(shop, unit)}


def _difference(shop: Shop, trims: list[Any], key: str) -> dict[str, Any]:
    def shown(value: Any) -> str:
        if value is None:
            return "–"
        if key == "drive":
            return shop.t(f"drive.{value}")
        return f"{formatting.spec(value)} {_unit(shop, UNITS[key])}"

    return {"name": shop.t(f"spec.{key}"), "values": [shown(t["specs"].get(key)) for t in trims]}


PIXELS_PER_MM = 960 / 5464
"""Scale of the side views: one canvas of 960 pixels shows 5.464 metres, for every model."""


def _dimension_lines(size: Json) -> dict[str, int]:
    """Where the drawing's lines stand under the side view, in pixels of its canvas."""
    half, base = size["length"] * PIXELS_PER_MM / 2, size["wheelbase"] * PIXELS_PER_MM / 2
    middle = 478.0
    return {
        "left": round(middle - half),
        "right": round(middle + half),
        "front": round(middle - base),
        "rear": round(middle + base),
    }


def _story(content: Any) -> list[Any]:
    """Titled sections of a model's content page."""
    found = []
    for block in (content or {}).get("body") or ():
        value = block.get("value")
        if (
            isinstance(value, Mapping)
            and value.get("title")
            and (value.get("body") or value.get("text"))
        ):
            found.append(
                {
                    "title": value["title"],
                    "body": markup.safe(value.get("body") or value.get("text")),
                }
            )
    return found
