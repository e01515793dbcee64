"""Desks that stand outside the CMS but belong to it: the same door, and a place in the same menu (docs/decisions/0009)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from wagtail.admin.auth import require_admin_access
from wagtail.admin.menu import MenuItem

from cms.words import language
from kernel.text import pick

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def staff_only(permission: str) -> Callable[[View[P]], View[P]]:
    """A view for members of staff who hold `permission`, in the language they chose; others are led away as in the CMS."""

    def guarded(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        made: View[P] = require_admin_access(inner)
        return made

    return guarded


def linked(links: Iterable[Mapping[str, Any]], request: HttpRequest) -> list[MenuItem]:
    """A menu item for each row of `settings.CMS_LINKS` whose permission the reader holds."""
    return [
        MenuItem(
            pick(row["label"], language()),
            reverse(row["url"]),
            name=row["url"].replace("_", "-"),
            icon_name=row["icon"],
            order=row["order"],
        )
        for row in links
        if request.user.has_perm(row["permission"])
    ]
