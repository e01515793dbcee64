"""The handover: choose a slot or have the car brought, say what one wishes, move it or give it up; works without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone

from storefront.web import formatting
from storefront.web.api_client import ApiProblem
from storefront.web.order_page import fresh_key
from storefront.web.shop import Shop, page
from storefront.web.views.quote import car_view, order_of

Json = Mapping[str, Any]
HOME = ("city", "street", "postcode", "contact", "phone")
SAFE_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})


def days_of(slots: Iterable[Json], zone: str, lang: str) -> list[dict[str, Any]]:
    """Free slots by day, earliest first: each with its hours in the zone of the place."""
    here = ZoneInfo(zone)
    found: dict[date, dict[str, Any]] = {}
    for slot in slots:
        start = datetime.fromisoformat(slot["starts_at"]).astimezone(here)
        end = datetime.fromisoformat(slot["ends_at"]).astimezone(here)
        day = found.setdefault(
            start.date(), {"name": formatting.weekday(start.date(), lang), "slots": []}
        )
        day["slots"].append({**slot, "hours": f"{start:%H:%M}–{end:%H:%M}"})
    return list(found.values())


@page
def handover(shop: Shop, code: str) -> HttpResponse:
    """What can be booked; POST books it, moves it or gives it up."""
    shop.order = code
    if shop.request.method != "POST":
        return _show(shop, code)
    post = shop.request.POST
    key = post.get("key") or fresh_key()
    giving_up = post.get("do") == "give-up"
    if not giving_up and not post.get("starts_at"):
        return _show(shop, code, words=shop.t("handover.need"), status=422)
    try:
        if giving_up:
            shop.api.post(f"/orders/{code}/handover/cancel", {}, key=key)
        else:
            shop.api.post(f"/orders/{code}/handover", _asked(post), key=key)
    except ApiProblem as error:
        if error.status not in {409, 422}:
            raise
        return _show(shop, code, words=_words(shop, error), status=error.status)
    return shop.go("order", code)


def _asked(post: Any) -> dict[str, Any]:
    kind, _, starts_at = post["starts_at"][:60].partition("|")
    body: dict[str, Any] = {
        "starts_at": starts_at,
        "wishes": [wish[:64] for wish in post.getlist("wish")][:20],
        "note": " ".join(post.get("note", "").split())[:300],
    }
    if kind == "home":
        body["home"] = {name: " ".join(post.get(name, "").split())[:200] for name in HOME}
    return body


def _show(shop: Shop, code: str, *, words: str = "", status: int = 200) -> HttpResponse:
    order = order_of(shop, code)
    found = shop.api.get(f"/orders/{code}/handover-slots")
    booked = shop.api.get(f"/orders/{code}/delivery")["appointment"]
    view, zone, home = car_view(shop, order), found["timezone"], found["home"]
    post = shop.request.POST
    return shop.render(
        "handover",
        {
            "nav": "account",
            "order": order,
            "car": view,
            "found": found,
            "days": days_of(found["slots"], zone, shop.lang),
            "home": home,
            "home_days": days_of(home["runs"], zone, shop.lang) if home else [],
            "booked": booked,
            "late": bool(booked)
            and formatting.parse_moment(booked["changeable_until"]) <= timezone.now(),
            "wished": post.getlist("wish") or [w["code"] for w in (booked or {}).get("wishes", ())],
            "chosen": post.get("starts_at", ""),
            "values": {name: post.get(name, "") for name in (*HOME, "note")},
            "words": words,
            # The kept answer of a key may be a refusal: what is sent next is a new intent.
            "key": fresh_key(),
            "tones": [view["tone"]],
        },
        status=status,
    )


def _words(shop: Shop, error: ApiProblem) -> str:
    if error.code == "slot-taken":
        return shop.t("handover.taken")
    if error.code == "appointment-not-possible":
        return str(error.facts.get("text") or shop.t("handover.no"))
    return shop.t("handover.bad")


@page
def priority(shop: Shop, code: str) -> HttpResponse:
    """Takes priority delivery or gives it up, and shows the order again."""
    shop.order = code
    if shop.request.method != "POST":
        return shop.go("order", code)
    post = shop.request.POST
    wanted = post.get("wanted") == "yes"
    try:
        shop.api.post(
            f"/orders/{code}/delivery/priority",
            {"wanted": wanted},
            key=post.get("key") or fresh_key(),
        )
    except ApiProblem as error:
        if error.code != "priority-not-possible":
            raise
        return shop.render(
            "problem", {"error": error, "detail": shop.t("priority.gone")}, status=409
        )
    return shop.go("order", code)


@page
def photo(shop: Shop, code: str, inspection: int, number: int) -> HttpResponse:
    """A photograph of the inspection, for whoever this browser proves to be."""
    shop.order = code
    data, kind = shop.api.bytes(f"/orders/{code}/delivery/photos/{inspection}/{number}")
    safe = kind if kind in SAFE_PICTURES else "application/octet-stream"
    return HttpResponse(data, content_type=safe, headers={"Cache-Control": "private, no-store"})
