"""Staff of the stories: a browser signed in with a role."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from cms.services.roles import make_roles

BACKEND = "django.contrib.auth.backends.ModelBackend"


def staff(role: str, language: str = "en") -> Client:
    """A browser signed in as somebody of that role, reading that language."""
    make_roles()
    email = f"{role.split()[0].lower()}@example.com"
    users = get_user_model().objects
    user = users.filter(email=email).first() or users.create_user(email, "x", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return _signed_in(user, language)


def admin(language: str = "en") -> Client:
    """A browser signed in as somebody who may do everything."""
    users, email = get_user_model().objects, "root@example.com"
    user = users.filter(email=email).first() or users.create_superuser(email, "x")
    return _signed_in(user, language)


def _signed_in(user: object, language: str) -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(user, backend=BACKEND)  # type: ignore[arg-type]
    return client
