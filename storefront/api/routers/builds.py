"""`/builds`: a buildable car under a short code."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Router

from catalog.queries.builds import BuildFacts, build
from catalog.services.builds import save_build
from storefront.api.answers import answer
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.base import problems
from storefront.api.schemas.configurations import Build, ReopenedBuild
from storefront.api.schemas.requests import BuildIn

router = Router(tags=["configuration"])


def build_body(facts: BuildFacts) -> dict[str, Any]:
    """A saved car as it was saved."""
    raise NotImplementedError


@router.post("", response={201: Build, **problems(400, 404, 409, 413, 422)}, summary="Save a build")
def save(request: HttpRequest, asked: BuildIn) -> HttpResponse:
    """Keeps a buildable car; 422 with the violations for any other."""
    facts = save_build(
        model=asked.model,
        market=market_or_default(asked.market),
        choices=asked.choices,
        release=asked.release,
        now=timezone.now(),
    )
    return answer(build_body(facts), language=language_of(request), status=201)


@router.get("/{code}", response={200: ReopenedBuild, **problems(404)}, summary="Reopen a build")
def reopen(request: HttpRequest, code: str = Path(...)) -> HttpResponse:
    """The car as it was saved, and what changed since under the release on sale."""
    facts = build(code[:32], timezone.now())
    return answer(build_body(facts), language=language_of(request))
