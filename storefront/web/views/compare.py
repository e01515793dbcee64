"""Builds side by side: the table, the way to it, and a quote for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from storefront.web import comparing, keeping, showroom
from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page

FEWEST, MOST = 2, 4


def _switched(shop: Shop, name: str, otherwise: bool) -> bool:
    """A checkbox whose hidden twin says that the form was sent: the last value counts."""
    values = shop.request.GET.getlist(name)
    return values[-1] == "1" if values else otherwise


def _address(shop: Shop, codes: list[str], **more: str) -> str:
    pairs = [("b", code) for code in codes] + list(more.items())
    return f"{shop.url('compare')}?{urlencode(pairs)}" if pairs else shop.url("compare")


def _ask(shop: Shop, codes: list[str], *, own: bool) -> Any:
    """Every row: the page folds equal ones itself and counts them as it draws them."""
    body = {"builds": [{"build": code} for code in codes], "under": "own" if own else "today"}
    return shop.api.post("/builds/compare", body)


def _refused(shop: Shop, error: ApiProblem, codes: list[str]) -> tuple[str, list[str]] | None:
    """What the page says about a build that cannot be compared, and the others; None for any other refusal."""
    field = str((error.facts.get("errors") or [{"field": ""}])[0]["field"]).split(".")
    if field[0] != "builds" or len(field) < 2 or not field[1].isdigit():
        return None
    place = int(field[1])
    if place >= len(codes):
        return None
    key = "cmp.market" if error.code == "not-comparable" else "cmp.unknown"
    return shop.t(key, codes[place]), codes[:place] + codes[place + 1 :]


@page
def compare(shop: Shop) -> HttpResponse:
    """Two to four builds of the query side by side; with fewer, those this browser kept to choose from."""
    codes = keeping.clean(shop.request.GET.getlist("b"))
    added = keeping.clean([shop.request.GET.get("add", "")])
    told = shop.t("cmp.full") if added and len(codes) >= MOST else ""
    codes = keeping.clean([*codes[:MOST], *added])[:MOST]
    if shop.request.GET.get("add") and not added:
        told = shop.t("cmp.unknown", shop.request.GET["add"][:16])
    only, own = _switched(shop, "d", True), _switched(shop, "o", False)
    while len(codes) >= FEWEST:
        try:
            answer = _ask(shop, codes, own=own)
        except ApiProblem as error:
            refused = _refused(shop, error, codes)
            if refused is None:
                raise
            told, codes = refused
            continue
        return _table(shop, answer, {"told": told, "only": only, "own": own})
    return _start(shop, codes, told)


def _table(shop: Shop, answer: Any, context: dict[str, Any]) -> HttpResponse:
    models = {m["code"]: m for m in showroom.models(shop)}
    cars = comparing.columns(shop, answer, models)
    every = comparing.sections(shop, answer)
    different = comparing.different(every)
    codes = [car["code"] for car in cars]
    kept = {"d": "1" if context["only"] else "0", "o": "1" if context["own"] else "0"}
    for place, car in enumerate(cars):
        rest = codes[:place] + codes[place + 1 :]
        car["remove"] = _address(shop, rest, **kept)
        others = [code for code in rest if code != codes[0]]
        car["swap"] = _address(shop, [codes[0], car["code"], *others], **kept)
    return shop.render(
        "compare",
        {
            "nav": "compare",
            "cars": cars,
            "codes": codes,
            "sections": different if context["only"] else every,
            "differing": comparing.count(different),
            "folded": comparing.count(every) - comparing.count(different) if context["only"] else 0,
            "credits": comparing.credits(answer),
            "releases": sorted({car["release"] for car in cars}),
            "room": len(codes) < MOST,
            **context,
        },
    )


def _start(shop: Shop, codes: list[str], told: str) -> HttpResponse:
    """Too few builds: those that were kept, with those of the query ticked, and a field for a code."""
    found = []
    for code in keeping.clean([*codes, *keeping.kept(shop)])[: keeping.MOST]:
        build = _one(shop, code)
        if build is not None:
            found.append(build)
        elif code in codes:
            told = told or shop.t("cmp.unknown", code)
    ticked = codes or [build["code"] for build in found[:MOST]]
    return shop.render(
        "compare_start",
        {
            "nav": "compare",
            "found": [{**build, "ticked": build["code"] in ticked} for build in found],
            "told": told,
            "lede": "none" if not found else "one" if len(found) == 1 else "some",
        },
    )


def _one(shop: Shop, code: str) -> Mapping[str, Any] | None:
    """A kept build in a line; None when there is none of that code."""
    try:
        build = shop.api.get(f"/builds/{code}")
    except ApiProblem:
        return None
    names = build["names"]
    inside = [names[c] for c in build["choices"] if c in names and not c.startswith("trim:")]
    return {
        "code": build["code"],
        "model": build["model"],
        "name": f"{_model_name(shop, build['model'])} {names.get('trim:' + build['trim'], '')}",
        "more": shop.t("list.sep").join(inside),
        "total": build["price_sheet"]["total"],
    }


def _model_name(shop: Shop, code: str) -> str:
    found = {m["code"]: m["name"] for m in showroom.models(shop)}
    return showroom.short(found.get(code, code))


@page
def quote_build(shop: Shop) -> HttpResponse:
    """A quote for one of the builds."""
    code = shop.request.POST.get("build", "")
    quote = shop.make_quote({"market": shop.market, "build": code})
    return shop.go("quote", quote["code"])
