"""What the CMS publishes: stories, help, legal; and the verification of a contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse

from storefront.web import markup
from storefront.web.api_client import ApiProblem
from storefront.web.shop import Shop, page
from storefront.web.texts import TEXTS

Json = Mapping[str, Any]
LARGEST_FORM = 6_000_000
"""Bytes of a form with a file; the API itself takes five million."""


def blocks(body: Any) -> list[dict[str, Any]]:
    """Blocks as the templates draw them: heading, html, picture, questions; an unknown one keeps its words."""
    return [drawn for block in body or () if (drawn := _block(block))]


def _block(block: Json) -> dict[str, Any] | None:
    value = block.get("value")
    if isinstance(value, str):
        return {"html": markup.safe(value)} if value.strip() else None
    if isinstance(value, list):
        return {"items": [_item(v) for v in value]}
    if not isinstance(value, Mapping):
        return None
    if value.get("url"):
        alt = value.get("alt")
        return {"picture": {**value, "alt": alt if isinstance(alt, str) else ""}}
    return _item(value)


def _item(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {"html": markup.safe(str(value))}
    title = (
        value.get("title")
        or value.get("heading")
        or value.get("question")
        or value.get("q")
        or value.get("headline")
    )
    words = value.get("body") or value.get("text") or value.get("answer") or value.get("a")
    inner = value.get("items") or value.get("questions")
    return {
        "title": title,
        "question": bool(value.get("question") or value.get("q")),
        "html": markup.safe(words) if isinstance(words, str) else "",
        "items": [_item(v) for v in inner] if isinstance(inner, list) else [],
    }


@page
def stories(shop: Shop) -> HttpResponse:
    """The list of stories, newest first."""
    try:
        items = shop.api.every("/pages", {"type": "story"})
    except ApiProblem as error:
        if error.status != 404:
            raise
        items = []
    shown = [{**item, "slug": item["path"].removeprefix("stories/")} for item in items]
    return shop.render("stories", {"nav": "stories", "items": shown})


@page
def story(shop: Shop, slug: str) -> HttpResponse:
    """One story."""
    found = shop.api.get(f"/pages/stories/{slug}")
    return shop.render(
        "story", {"nav": "stories", "content": found, "blocks": blocks(found.get("body"))}
    )


def _text_page(shop: Shop, name: str) -> HttpResponse:
    """Every published text page whose path begins with `name`, on one page."""
    paths = [item["path"] for item in shop.api.every("/pages", {"type": "text"})]
    wanted = [p for p in paths if p == name or p.startswith(f"{name}/")]
    if not wanted:
        raise Http404(name)
    parts = [shop.api.get(f"/pages/{path}") for path in wanted]
    shown = [
        {**part, "slug": part["path"].rsplit("/", 1)[-1], "blocks": blocks(part.get("body"))}
        for part in parts
    ]
    return shop.render("text", {"name": name, "parts": [part for part in shown if part["blocks"]]})


@page
def help_page(shop: Shop) -> HttpResponse:
    """Questions and answers."""
    return _text_page(shop, "help")


@page
def legal(shop: Shop) -> HttpResponse:
    """Imprint, notes and privacy."""
    return _text_page(shop, "legal")


@page
def verify(shop: Shop, number: str = "") -> HttpResponse:
    """Is this contract genuine? By its number, or by the file itself."""
    if shop.request.method == "POST":
        return _verify_file(shop)
    asked = (number or shop.request.GET.get("number", "")).strip()[:64]
    if asked and not number:
        return shop.go("verify_number", asked)
    found, missing = None, False
    if asked:
        try:
            found = shop.api.get(f"/verify/{asked}")
        except ApiProblem as error:
            if error.status not in {404, 422}:
                raise
            missing = True
    return shop.render(
        "verify",
        {"number": asked, "found": found, "missing": missing},
        status=404 if missing else 200,
    )


def _verify_file(shop: Shop) -> HttpResponse:
    """The file is bounded before a byte of it is read, goes to the API, and is forgotten."""
    announced = shop.request.META.get("CONTENT_LENGTH") or ""
    if not announced.isdigit() or int(announced) > LARGEST_FORM:
        return shop.render("verify", {"refused": "too-large"}, status=413)
    file = shop.request.FILES.get("file")
    if file is None:
        return shop.render("verify", {"refused": "no-file"}, status=422)
    try:
        judged = shop.api.post_file("/verify", file.read(), "application/pdf")
    except ApiProblem as error:
        if error.status not in {413, 429, 503}:
            raise
        refused = "too-large" if error.status == 413 else "busy"
        return shop.render("verify", {"refused": refused}, status=error.status)
    reasons = [_why(shop, code) for code in judged["reasons"]]
    return shop.render(
        "verify",
        {
            "judged": judged,
            "reasons": list(dict.fromkeys(reasons)),
            "found": judged["about"],
            "good": judged["verdict"] in {"valid", "unsigned", "unsealed"},
        },
    )


def _why(shop: Shop, code: str) -> str:
    """A reason in words: that of the check and its outcome where there is one, else of the check."""
    check, _, reason = code.partition(": ")
    known = next(
        (key for key in (f"verify.why.{reason}", f"verify.why.{check}") if key in TEXTS), ""
    )
    return shop.t(known or "verify.why.other")


verify.csrf_exempt = True  # type: ignore[attr-defined]  # nothing changes, and the check would read the whole body first
