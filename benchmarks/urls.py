"""The product's addresses and two bare views to compare with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from storefront.urls import urlpatterns as product

EIGHT_KILOBYTES = {
    "items": [{"code": f"item-{n:04}", "name": "x" * 24, "amount": n} for n in range(112)]
}


def bare_8k(request: HttpRequest) -> HttpResponse:
    """8 KB of JSON made from a dictionary, the way a first draft would."""
    return JsonResponse(EIGHT_KILOBYTES)


def bare_hello(request: HttpRequest) -> HttpResponse:
    """The least a view can do."""
    return JsonResponse({"hello": "world"})


urlpatterns = [path("api/v1/bare-8k", bare_8k), path("api/v1/bare-hello", bare_hello), *product]
