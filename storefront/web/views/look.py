"""Small answers beside the pages: theme and text size, page tints, painted drawings, the first redirect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from storefront.web import brand, paint, pictures, showroom
from storefront.web.shop import Shop, page

YEAR = 365 * 24 * 3600
FOREVER = f"public, max-age={YEAR}, immutable"
LOOKS = {"mode": ("elder", "plain"), "theme": ("dark", "light")}
MOST_TONES = 60


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The address without a language leads to the visitor's."""
    asked = request.headers.get("Accept-Language", "").lower()
    english = any(part.strip().startswith("en") for part in asked.split(",")[:1])
    response = HttpResponseRedirect("/en/" if english else "/zh/")
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "private, max-age=0"
    return response


@require_POST
def look(request: HttpRequest, lang: str) -> HttpResponse:
    """Keeps theme or text size for this browser, for a page without script."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = f"/{lang}/"
    response = HttpResponseRedirect(target)
    for name, allowed in LOOKS.items():
        value = request.POST.get(name)
        if value in allowed:
            response.set_cookie(
                name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure()
            )
    return response


@require_safe
def tones(request: HttpRequest, codes: str) -> HttpResponse:
    """A stylesheet for the paints of one page: the first tints the page, each tints what wears its class.

    Colours are data and the policy allows no inline style, so they come as a file that never changes.
    """
    found = codes.split("-")[:MOST_TONES]
    if any(paint.clean_hex(code) != code for code in found):
        raise Http404(codes)
    rules = [f":root{{--paint:#{paint.tint(found[0])}}}"]
    rules += [f".tone-{code}{{--paint:#{paint.tint(code)}}}" for code in found]
    response = HttpResponse("\n".join(rules), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = FOREVER
    return response


@require_safe
def drawing(request: HttpRequest, model: str, tone: str) -> HttpResponse:
    """A model's side view painted in a colour, as a picture."""
    svg = pictures.painted(model, tone)
    if not svg or paint.clean_hex(tone) != tone:
        raise Http404(model)
    response = HttpResponse(svg, content_type="image/svg+xml")
    response.headers["Cache-Control"] = FOREVER
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@page
def easy(shop: Shop) -> HttpResponse:
    """Three ready cars, then a colour: the large-text way to a price."""
    models = {m["code"]: m for m in showroom.models(shop)}
    picked = models.get(shop.request.POST.get("car") or shop.request.GET.get("car") or "")
    if shop.request.method == "POST" and picked:
        return _easy_quote(shop, picked["code"])
    cars = [_easy_car(m) for code in brand.FLEET if (m := models.get(code))]
    chosen = picked or (models.get(cars[1]["code"]) if len(cars) > 1 else None)
    paints = (
        [{**p, "side": showroom.picture(chosen, p["code"])} for p in chosen["paints"][:4]]
        if chosen
        else []
    )
    return shop.render(
        "easy",
        {
            "cars": cars,
            "picked": chosen,
            "picked_name": showroom.short(chosen["name"]) if chosen else "",
            "paints": paints,
            "tones": [p["hex"] for p in paints[1:2]],
        },
    )


def _easy_car(model: Mapping[str, Any]) -> dict[str, Any]:
    paint_code = (showroom.hero_paint(model) or {}).get("code")
    return {
        **model,
        "short": showroom.short(model["name"]),
        "trim": model["trims"][0],
        "side": showroom.picture(model, paint_code),
    }


def _easy_quote(shop: Shop, model: str) -> HttpResponse:
    document = shop.api.get(f"/models/{model}/configurator", {"market": shop.market})
    wanted = [*document["default_choices"]]
    colour = shop.request.POST.get("paint", "")
    known = {o["code"] for g in document["groups"] if g["code"] == "paint" for o in g["options"]}
    asked: dict[str, Any] = {"model": model, "market": shop.market, "choices": wanted}
    if colour in known:
        asked["change"] = {"option": colour, "want": True}
    state = shop.api.post("/configurations/evaluate", asked)
    build = shop.api.post(
        "/builds", {"model": model, "market": shop.market, "choices": state["choices"]}
    )
    quote = shop.make_quote({"market": shop.market, "build": build["code"]})
    return shop.go("quote", quote["code"])
