"""Where a vendor's page may send a buyer back to: a shop of ours, never an address that anybody sent.

Otherwise a stranger's link would go through a page that people trust to a page that looks like it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from storefront.api.errors import InvalidField


def _origin(address: str) -> str:
    """Scheme, host and port; a name and password before the host stay in, so that they match nothing."""
    try:
        parts = urlsplit(address)
    except ValueError:  # a broken IPv6 address
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def check_return_url(request: HttpRequest, address: str) -> None:
    """Raises InvalidField unless `address` is of this origin, the store's own, or one of API_CORS_ORIGINS."""
    known = {
        f"{request.scheme}://{request.get_host()}",
        _origin(settings.WAGTAILADMIN_BASE_URL),
        *settings.API_CORS_ORIGINS,
    }
    if _origin(address) not in {origin.lower() for origin in known}:
        message = "must lead back to the store, or to an origin named in API_CORS_ORIGINS"
        raise InvalidField(
            f"return_url: {message}.",
            facts={"errors": [{"field": "return_url", "message": message}]},
        )
