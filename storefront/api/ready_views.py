"""The four reads of a release that are served as ready bytes; plain views, dispatched before ninja's.

Exempt from CSRF because they change nothing: a POST is answered 405, not 403.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from storefront.api.catalogue_documents import markets_document, model_document, models_document
from storefront.api.configurator_document import configurator_document
from storefront.api.ready import serve


@csrf_exempt
def markets(request: HttpRequest) -> HttpResponse:
    """`GET /markets`."""
    return serve(request, "markets", "", markets_document)


@csrf_exempt
def models(request: HttpRequest) -> HttpResponse:
    """`GET /models`."""
    return serve(request, "models", "", models_document)


@csrf_exempt
def model(request: HttpRequest, code: str) -> HttpResponse:
    """`GET /models/{code}`."""
    return serve(request, "model", code, model_document)


@csrf_exempt
def configurator(request: HttpRequest, code: str) -> HttpResponse:
    """`GET /models/{code}/configurator`."""
    return serve(request, "configurator", code, configurator_document)
