"""Headers of every page of the store: what it may load, and what nobody else may do with it.

Nothing is allowed but our own files and the API. Stripe's script and frames are let in only while the
stripe door is open; the API's origin only while it is another host.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

STRIPE_API, STRIPE_HOOKS = "https://api.stripe.com", "https://hooks.stripe.com"
STRIPE_JS = "https://js.stripe.com/v3/"


def stripe_js_url() -> str | None:
    """The address of Stripe's script while the stripe door is open."""
    if settings.PAYMENT_DOOR != "stripe":
        return None
    return str(getattr(settings, "STRIPE_JS_URL", "") or STRIPE_JS)


def public_api_base() -> str:
    """Where a browser reaches the API: empty for the same origin."""
    return str(getattr(settings, "API_PUBLIC_URL", "") or settings.API_BASE_URL).rstrip("/")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def policy() -> str:
    """The Content-Security-Policy of a page."""
    allowed: dict[str, list[str]] = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
    for name, origins in _guests().items():
        allowed.setdefault(name, []).extend(origins)
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in allowed.items())


def _guests() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    base = public_api_base()
    if base:
        found["connect-src"] = [_origin(base)]
        found["img-src"] = [_origin(base)]
    script = stripe_js_url()
    if script:
        origin = _origin(script)
        found["script-src"] = [origin]
        found["connect-src"] = [*found.get("connect-src", []), origin, STRIPE_API]
        found["frame-src"] = [origin, STRIPE_HOOKS]
        found["form-action"] = [STRIPE_HOOKS]
    return found


def secure(response: HttpResponse) -> HttpResponse:
    """Adds the headers; a page shows one visitor's money, so nothing between us keeps it."""
    response.headers["Content-Security-Policy"] = policy()
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault(
        "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(self)"
    )
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response
