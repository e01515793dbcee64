"""The four reads of a release that are served as ready bytes; plain views, dispatched before ninja's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from storefront.api.catalogue_documents import markets_document, model_document, models_document
from storefront.api.configurator_document import configurator_document
from storefront.api.ready import serve


def markets(request: HttpRequest) -> HttpResponse:
    """`GET /markets`."""
    return serve(request, "markets", "", markets_document)


def models(request: HttpRequest) -> HttpResponse:
    """`GET /models`."""
    return serve(request, "models", "", models_document)


def model(request: HttpRequest, code: str) -> HttpResponse:
    """`GET /models/{code}`."""
    return serve(request, "model", code, model_document)


def configurator(request: HttpRequest, code: str) -> HttpResponse:
    """`GET /models/{code}/configurator`."""
    return serve(request, "configurator", code, configurator_document)


for view in (markets, models, model, configurator):
    view.csrf_exempt = True  # type: ignore[attr-defined]  # they change nothing
