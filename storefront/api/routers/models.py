"""`/models`: what is on sale. Described here, served by `ready_views` before ninja is asked."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from storefront.api import ready_views
from storefront.api.schemas.base import problems
from storefront.api.schemas.catalogue import Configurator, Model, Models

router = Router(tags=["catalogue"])


@router.get("/models", response={200: Models, **problems(409, 422, 503)}, summary="Models on sale")
def models(request: HttpRequest, market: str | None = None) -> HttpResponse:
    """Every model with trims, from-price, paints and pictures. Carries an ETag."""
    return ready_views.models(request)


@router.get(
    "/models/{code}", response={200: Model, **problems(404, 409, 422, 503)}, summary="One model"
)
def model(request: HttpRequest, code: str, market: str | None = None) -> HttpResponse:
    """One model with dimensions, battery steps and model years. Carries an ETag."""
    return ready_views.model(request, code)


@router.get(
    "/models/{code}/configurator",
    response={200: Configurator, **problems(404, 409, 422, 503)},
    summary="Everything to draw the configurator",
)
def configurator(request: HttpRequest, code: str, market: str | None = None) -> HttpResponse:
    """Groups, options, prices by trim, texts of rules, pictures, and the release they belong to. Carries an ETag."""
    return ready_views.configurator(request, code)
