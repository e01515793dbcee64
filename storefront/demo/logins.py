"""A shop in production must not open to a password that stands in our source."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured

from storefront.demo.people import PEOPLE


def demo_logins() -> list[str]:
    """E-mail addresses of users who can sign in with a password of the demo."""
    users = get_user_model().objects.filter(email__in=[p.email for p in PEOPLE], is_active=True)
    passwords = {person.email: person.password for person in PEOPLE}
    return [
        user.email for user in users if user.email and user.check_password(passwords[user.email])
    ]


def refuse_demo_logins() -> None:
    """In production, raise ImproperlyConfigured while a demo password still opens the CMS."""
    if not getattr(settings, "PRODUCTION", False):
        return
    found = demo_logins()
    if found:
        raise ImproperlyConfigured(
            f"refusing to start: demo passwords still work for {', '.join(found)}; change them"
        )
