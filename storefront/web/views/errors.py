"""Pages of ours for what went wrong around a view: unknown address, failure, stale form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from storefront.web import security
from storefront.web.shop import Shop, page
from storefront.web.texts import API_LANGUAGES


def _shop(request: HttpRequest) -> Shop:
    lang = "en" if request.path.startswith("/en") else "zh"
    translation.activate(API_LANGUAGES[lang])
    return Shop(request, lang)


@page
def nothing_here(shop: Shop, rest: str = "") -> HttpResponse:
    """Any address under a language that is none of ours."""
    return shop.render("404", status=404)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler404` of the product."""
    return security.secure(_shop(request).render("404", status=404))


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500` of the product: asks nobody for anything."""
    return security.secure(_shop(request).render("500", status=500))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: a page that stood open too long."""
    return security.secure(_shop(request).render("stale", status=403))
