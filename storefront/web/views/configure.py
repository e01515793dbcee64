"""The configurator: a form that works by itself, and that an island makes live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from storefront.web import configurator, keeping, showroom, wishes
from storefront.web.api_client import ApiProblem
from storefront.web.configurator import Click, Drawn
from storefront.web.shop import ElsewhereError, Shop, page

MOST_CHOICES = 200
MOST_COMPARED = 4


def _listed(shop: Shop, name: str) -> list[str]:
    return [c for c in shop.request.GET.get(name, "").split(",") if c][:MOST_CHOICES]


def _evaluate(
    shop: Shop, document: Mapping[str, Any], choices: list[str], click: Click | None = None
) -> Any:
    body: dict[str, Any] = {"model": document["model"], "market": shop.market, "choices": choices}
    if click:
        body["change"] = {"option": click.option, "want": click.want}
    return shop.api.post("/configurations/evaluate", body)


def _opening(shop: Shop, document: Mapping[str, Any]) -> tuple[list[str], Any]:
    """The choices the page opens with, and the saved build they come from."""
    code = shop.request.GET.get("build")
    if code:
        saved = _saved(shop, code)
        return list(saved["choices"]), saved
    start = list(document["default_choices"])
    wanted = shop.request.GET.getlist("c")[:MOST_CHOICES]
    if any(c.startswith(configurator.TRIM) for c in wanted):
        start = [c for c in start if not c.startswith(configurator.TRIM)]
    return [*start, *(c for c in wanted if c not in start)], None


def _saved(shop: Shop, code: str) -> Any:
    """The saved build; one of another market takes the page there, as a car is priced and built for its market."""
    saved = shop.api.get(f"/builds/{code}")
    if saved["market"] != shop.market:
        raise ElsewhereError(saved["market"])
    return saved


def _start(shop: Shop, document: Mapping[str, Any]) -> tuple[Any, Any]:
    """The evaluated state before this request's clicks, and the saved build it comes from."""
    for name in ("apply", "was"):
        given = _listed(shop, name)
        if given:
            return _evaluate(shop, document, given), None
    choices, saved = _opening(shop, document)
    return _nearest(shop, document, choices), saved


def _nearest(shop: Shop, document: Mapping[str, Any], choices: list[str]) -> Any:
    """The state of the choices; without those that are not sold any more, else the standard car."""
    names = Drawn.names_of(document)
    known = [code for code in choices if code in names]
    for tried in dict.fromkeys((tuple(choices), tuple(known))):
        try:
            return _evaluate(shop, document, list(tried))
        except ApiProblem as error:
            if error.status not in {404, 409, 422}:
                raise
    return _evaluate(shop, document, list(document["default_choices"]))


def _clicked(shop: Shop, document: Mapping[str, Any], state: Any) -> tuple[Any, dict[str, Any]]:
    """The state after the clicks of a sent form, and what the page has to say about them."""
    told: dict[str, Any] = {}
    if not shop.request.GET.get("was") or shop.request.GET.get("apply"):
        return state, told
    sent = configurator.sent_choices({k: shop.request.GET.getlist(k) for k in shop.request.GET})
    names = Drawn(shop, document, state).names
    for click in configurator.clicks(document, state, sent):
        answer = _evaluate(shop, document, list(state["choices"]), click)
        if answer["outcome"] == "blocked":
            told["why"] = {
                "code": click.option,
                **configurator.why_not(shop, names.get(click.option, ""), answer),
            }
            break
        if answer["outcome"] == "adjusted":
            told["moved"] = _moved(shop, names, state, answer, click)
        state = answer
    return state, told


def _moved(
    shop: Shop, names: Mapping[str, str], before: Any, after: Any, click: Click
) -> dict[str, Any]:
    found = wishes.moved(shop, names, before, after, click.option)
    name = names.get(click.option, click.option)
    said = shop.t("conf.picked" if click.want else "conf.dropped", name)
    others = max(0, len(found["rows"]) - 1)
    return {**found, "title": shop.t("conf.adjusted", said, others)}


def _wished(
    shop: Shop, document: Mapping[str, Any], state: Any, form: Mapping[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The state with the best car for the budget that was sent, and what the page has to say about it."""
    if not form["sent"]:
        return state, {}
    answer = wishes.best(shop, document, state, form)
    if "none" in answer:
        return state, {"nobest": answer["none"]}
    found = _evaluate(shop, document, answer["choices"])
    change = wishes.moved(shop, Drawn.names_of(document), state, found)
    return found, {"moved": {**change, **answer["found"], "best": True}}


@page
def configure(shop: Shop, code: str) -> HttpResponse:
    """The configurator of a model, at the choices of the query, of a build, or at its standard car."""
    document = shop.api.get(f"/models/{code}/configurator", {"market": shop.market})
    document["name"] = showroom.short(document["name"])
    start, saved = _start(shop, document)
    state, told = _clicked(shop, document, start)
    form = wishes.asked(shop)
    state, wished = _wished(shop, document, state, form)
    drawn = Drawn(shop, document, state)
    swatch = (drawn.paint or {}).get("swatch") or {}
    return shop.render(
        "configure",
        {
            "nav": "models",
            "document": document,
            "state": state,
            "drawn": drawn,
            "trims": drawn.trims(),
            "sections": drawn.sections(),
            "views": drawn.views(),
            "build": saved and saved["code"],
            "again": saved and wishes.again(shop, saved),
            "form": form,
            "keep": form["keep"] if form["sent"] else _own(document, state),
            "choices": ",".join(state["choices"]),
            "changing": shop.request.GET.get("order", "")[:32],
            "island": _island(shop, document, state, drawn),
            "tones": [swatch.get("hex")],
            **told,
            **wished,
        },
    )


def _own(document: Mapping[str, Any], state: Any) -> bool:
    """Whether the visitor has chosen anything yet: then a budget keeps it unless told otherwise."""
    return set(state["choices"]) != set(document["default_choices"])


@page
def start_quote(shop: Shop, code: str) -> HttpResponse:
    """Saves the sent choices as a build and asks for a quote of it."""
    choices = [c for c in shop.request.POST.get("choices", "").split(",") if c][:MOST_CHOICES]
    build = shop.api.post("/builds", {"model": code, "market": shop.market, "choices": choices})
    if shop.request.POST.get("do") in {"save", "compare"}:
        return _kept(shop, code, build["code"])
    changing = shop.request.POST.get("order", "")[:32]
    if changing:
        return shop.go_to(f"{shop.url('amend', changing)}?{urlencode({'build': build['code']})}")
    quote = shop.make_quote({"market": shop.market, "build": build["code"]})
    return shop.go("quote", quote["code"])


def _kept(shop: Shop, model: str, build: str) -> HttpResponse:
    """Keeps a saved build in this browser, and shows it again or beside those kept before."""
    where = f"{shop.url('configure', model)}?build={build}"
    if shop.request.POST["do"] == "compare":
        others = [code for code in keeping.kept(shop) if code != build][: MOST_COMPARED - 1]
        where = f"{shop.url('compare')}?{urlencode([('b', code) for code in [build, *others]])}"
    return keeping.remember(shop, shop.go_to(where), build)


ISLAND_WORDS = (
    "included",
    "no.extra",
    "list.sep",
    "close",
    "copied",
    "offline.attempt",
    "conf.standard",
    "conf.withpackage",
    "conf.off",
    "conf.whynot",
    "conf.because",
    "conf.repair.add",
    "conf.repair.remove",
    "conf.repair.swap",
    "conf.repair.days",
    "conf.repair.sooner",
    "conf.repair.same",
    "conf.repair.more",
    "conf.repair.none",
    "conf.adjusted",
    "conf.adjusted.lede",
    "conf.item",
    "conf.what",
    "conf.diff",
    "conf.added",
    "conf.removed",
    "conf.car",
    "conf.month",
    "conf.handover",
    "conf.undo",
    "conf.keep",
    "conf.undone",
    "conf.picked",
    "conf.dropped",
    "conf.monthly",
    "conf.delivery",
    "conf.vat",
    "conf.included",
    "conf.saved",
    "conf.unsaved",
    "quote.transport",
)


def _island(shop: Shop, document: Mapping[str, Any], state: Any, drawn: Drawn) -> dict[str, Any]:
    """What the island needs besides the page itself."""
    return {
        "model": document["model"],
        "market": shop.market,
        "release": document["release"],
        "state": state,
        "names": drawn.names,
        "art": drawn.art(),
        "words": {key: shop.t(key) for key in ISLAND_WORDS},
    }
