"""The policy of a page lets in nobody but the shop, unless a door is open."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from storefront.web import security


def parts(policy: str) -> dict[str, list[str]]:
    found = {}
    for part in policy.split("; "):
        name, *sources = part.split()
        found[name] = sources
    return found


def test_by_default_only_our_own_files_load(settings: Any) -> None:
    settings.PAYMENT_DOOR, settings.API_BASE_URL = "sandbox", ""
    assert parts(security.policy()) == {
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


def test_the_stripe_door_lets_in_its_script_and_frames(settings: Any) -> None:
    settings.PAYMENT_DOOR, settings.API_BASE_URL = "stripe", ""
    settings.STRIPE_JS_URL = "https://js.stripe.com/v3/"
    found = parts(security.policy())
    assert found["script-src"] == ["'self'", "https://js.stripe.com"]
    assert "https://js.stripe.com" in found["frame-src"]
    assert "'unsafe-inline'" not in security.policy()


def test_an_api_elsewhere_may_be_asked(settings: Any) -> None:
    settings.PAYMENT_DOOR, settings.API_BASE_URL = "sandbox", "https://api.example.com/base"
    assert "https://api.example.com" in parts(security.policy())["connect-src"]


def test_a_page_is_kept_by_nobody_between_us_and_the_visitor() -> None:
    response = security.secure(HttpResponse("x"))
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
