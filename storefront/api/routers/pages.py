"""`/pages`: published content in the asked language."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from ninja import Query, Router

from cms.queries import KINDS, PageFacts, published_page, published_pages
from storefront.api.answers import answer
from storefront.api.cursors import position_of, signed_cursor
from storefront.api.errors import InvalidField, NotFound
from storefront.api.language import language_of
from storefront.api.ready import matches
from storefront.api.schemas.answers import Page, Pages
from storefront.api.schemas.base import problems
from storefront.api.schemas.requests import Paging

router = Router(tags=["content"])
CACHE_CONTROL = "public, max-age=0, must-revalidate"


def page_head(page: PageFacts) -> dict[str, Any]:
    """A page without its body."""
    return {
        "path": page.path,
        "type": page.kind,
        "title": page.title,
        "language": page.language,
        "languages": list(page.languages),
        "seo": {"title": page.seo_title, "description": page.seo_description},
        "updated_at": page.updated_at,
        "details": dict(page.details),
    }


def revalidated(request: HttpRequest, body: dict[str, Any], language: str) -> HttpResponse:
    """The answer with a strong ETag, or 304 when the client has these very bytes."""
    response = answer(body, language=language)
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    known = request.META.get("HTTP_IF_NONE_MATCH")
    if known is not None and matches(known, etag):
        response = HttpResponseNotModified()
        response.headers["Vary"] = "Accept-Language"
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


@router.get("", response={200: Pages, **problems(422)}, summary="Published pages")
def pages(
    request: HttpRequest,
    asked: Query[Paging],
    type: str | None = None,
) -> HttpResponse:
    """The published pages, or those of one `type` (home, model, story, text); without bodies."""
    if type is not None and type not in KINDS:
        message = f"one of {', '.join(sorted(KINDS))}"
        raise InvalidField(
            f"type: {message}.", facts={"errors": [{"field": "type", "message": message}]}
        )
    language = language_of(request)
    query = {"list": "pages", "type": type, "language": language}
    found = published_pages(
        type, language, after=position_of(asked.cursor, query=query), limit=asked.limit
    )
    body = {
        "items": [page_head(page) for page in found.items],
        "next": signed_cursor(found.next, query=query),
    }
    return revalidated(request, body, language)


@router.get("/{path:path}", response={200: Page, **problems(404)}, summary="One page")
def page(request: HttpRequest, path: str) -> HttpResponse:
    """A published page with its body as blocks; `home` is the first page."""
    language = language_of(request)
    found = published_page(path, language)
    if found is None:
        raise NotFound(f"No page {path[:120]!r} is published in {language}.")
    return revalidated(
        request, {**page_head(found), "body": [dict(block) for block in found.body]}, language
    )
