"""`/markets`: where we sell."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from storefront.api import ready_views
from storefront.api.schemas.base import problems
from storefront.api.schemas.catalogue import Markets

router = Router(tags=["catalogue"])


@router.get("/markets", response={200: Markets, **problems(503)}, summary="Markets on sale")
def markets(request: HttpRequest) -> HttpResponse:
    """Markets with currency, languages and the deposit policy in words. Carries an ETag."""
    return ready_views.markets(request)
