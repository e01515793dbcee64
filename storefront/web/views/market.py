"""The market switch: a form that works by itself and is remembered by the browser."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from storefront.web import markets
from storefront.web.shop import Shop, page

LANGUAGE = re.compile(r"^/(zh|en)(?=/)")


@page
def choose(shop: Shop) -> HttpResponse:
    """Keeps the chosen market and shows the page again, in a language that market speaks."""
    request = shop.request
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = shop.url("home")
    place = markets.named(shop.places, request.POST.get(markets.NAME))
    if place is None:
        return shop.go_to(target)
    language = place.language(shop.lang)
    target = LANGUAGE.sub(f"/{language}", target)
    return markets.keep(request, shop.go_to(target), place.code)
