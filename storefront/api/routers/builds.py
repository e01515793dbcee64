"""`/builds`: a buildable car under a short code."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from catalog.queries.builds import BuildFacts, build
from catalog.queries.on_sale import release
from catalog.services.builds import save_build
from storefront.api.answers import answer
from storefront.api.cars import delivery_estimate, monthly
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.base import problems
from storefront.api.schemas.configurations import Build, ReopenedBuild
from storefront.api.schemas.requests import BuildIn

router = Router(tags=["configuration"])


def build_body(facts: BuildFacts, now: datetime) -> dict[str, Any]:
    """A saved car as it was saved; `delivery` counts its days from today."""
    shelf = release(facts.release)
    return {
        "code": facts.code,
        "model": facts.model,
        "market": facts.market,
        "release": facts.release,
        "trim": facts.trim,
        "choices": facts.choices,
        "options": facts.options,
        "names": facts.names,
        "price_sheet": facts.sheet.facts(),
        "monthly": monthly(shelf, facts.market, facts.model, facts.sheet.total, now),
        "delivery": delivery_estimate(shelf, facts.market, facts.days, now),
        "created_at": facts.created_at,
    }


def current_body(facts: BuildFacts, now: datetime) -> dict[str, Any]:
    """The same choices under the release on sale: still a car or not, its price, and what changed."""
    current = facts.current
    estimate = None
    if current.release is not None and current.days is not None:
        estimate = delivery_estimate(release(current.release), facts.market, current.days, now)
    return {
        "release": current.release,
        "valid": current.valid,
        "price_sheet": current.sheet.facts() if current.sheet else None,
        "delivery": estimate,
        "changes": [
            {
                "kind": change.kind,
                "code": change.code,
                "name": change.name or "",
                "before": change.before,
                "after": change.after,
            }
            for change in current.changes
        ],
    }


@router.post("", response={201: Build, **problems(400, 404, 409, 413, 422)}, summary="Save a build")
def save(request: HttpRequest, asked: BuildIn) -> HttpResponse:
    """Keeps a buildable car; 422 with the violations for any other."""
    now = timezone.now()
    facts = save_build(
        model=asked.model,
        market=market_or_default(asked.market),
        choices=asked.choices,
        release=asked.release,
        now=now,
    )
    return answer(build_body(facts, now), language=language_of(request), status=201)


@router.get("/{code}", response={200: ReopenedBuild, **problems(404)}, summary="Reopen a build")
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """The car as it was saved, and what changed since under the release on sale."""
    now = timezone.now()
    facts = build(code[:32], now)
    body = {**build_body(facts, now), "current": current_body(facts, now)}
    return answer(body, language=language_of(request))
