"""`/builds`: a buildable car under a short code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from catalog.queries.builds import BuildChange, BuildFacts, build
from catalog.queries.comparing import ComparedCar, Wanted, compare_builds
from catalog.queries.on_sale import release
from catalog.services.builds import save_build
from storefront.api.answers import answer
from storefront.api.cars import delivery_estimate, monthly, repair_body
from storefront.api.language import language_of, market_or_default
from storefront.api.schemas.base import problems
from storefront.api.schemas.comparing import Compared
from storefront.api.schemas.configurations import Build, ReopenedBuild
from storefront.api.schemas.requests import BuildIn, CompareIn

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
        "price_difference": current.price_difference,
        "days_difference": current.days_difference,
        "changes": changes_body(current.changes),
        "ways": [repair_body(way) for way in current.ways],
    }


def changes_body(changes: Iterable[BuildChange]) -> list[dict[str, Any]]:
    """What became of a build, line by line."""
    return [
        {
            "kind": change.kind,
            "code": change.code,
            "name": change.name or "",
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]


def compared_body(car: ComparedCar, now: datetime) -> dict[str, Any]:
    """One column of a comparison; `delivery` counts its days from today."""
    shelf, column = release(car.release), car.column
    return {
        "code": car.code,
        "created_at": car.created_at,
        "release": car.release,
        "under": car.under,
        "valid_today": car.valid_today,
        "model": car.model,
        "name": car.name,
        "trim": car.trim,
        "trim_name": car.trim_name,
        "choices": car.choices,
        "price_sheet": column.sheet.facts(),
        "monthly": monthly(shelf, car.market, car.model, column.sheet.total, now),
        "delivery": delivery_estimate(shelf, car.market, column.days, now),
        "changes": changes_body(car.changes),
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


@router.post(
    "/compare",
    response={200: Compared, **problems(400, 404, 409, 413, 422)},
    summary="Two to four builds side by side",
)
def compare(request: HttpRequest, asked: CompareIn) -> HttpResponse:
    """Price lines, figures, options by group and delivery of two to four builds of one market.

    A saved build is shown under the release on sale, or with `"under": "own"` as it was saved; one that is no car any
    more is always shown as it was saved, and `under` of each build says which. Nothing is stored.
    """
    now = timezone.now()
    facts = compare_builds(
        builds=[
            Wanted(
                each.build,
                each.model or "",
                market_or_default(each.market),
                tuple(each.choices or ()),
            )
            for each in asked.builds
        ],
        differences_only=asked.differences_only,
        under=asked.under,
        now=now,
    )
    body = {
        "market": facts.market,
        "under": asked.under,
        "differences_only": asked.differences_only,
        "builds": [compared_body(car, now) for car in facts.cars],
        "sections": facts.sections,
        "rows": {"all": facts.rows, "differing": facts.differing},
    }
    return answer(body, language=language_of(request))


@router.get("/{code}", response={200: ReopenedBuild, **problems(404)}, summary="Reopen a build")
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """The car as it was saved, and what changed since under the release on sale."""
    now = timezone.now()
    facts = build(code[:32], now)
    body = {**build_body(facts, now), "current": current_body(facts, now)}
    return answer(body, language=language_of(request))
