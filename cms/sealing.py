"""What the CMS answers to somebody who would take back what buyers were told: a message, not a stack trace.

Tables refuse by themselves (`catalog.models.prices`); these hooks ask before Wagtail deletes or unpublishes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from catalog.models import Incentive
from catalog.models.prices import sealed, sealing_book
from catalog.services.releases import newest_document


def why_kept(row: object, *, deleting: bool) -> str:
    """Why a row may not be taken back, in the language of the admin; an empty string where it may."""
    book = sealing_book(row)
    if book:
        return sealed(book)
    if deleting and isinstance(row, Incentive) and _promised(row.code):
        return gettext(
            "%(offer)s was published and cannot be deleted; let it end on a day instead."
        ) % {"offer": row}
    return ""


def _promised(code: str) -> bool:
    newest = newest_document() or {"incentives": ()}
    return any(row["code"] == code for row in newest["incentives"])


def _refuse(request: HttpRequest, rows: Iterable[Any], *, deleting: bool) -> HttpResponse | None:
    for row in rows:
        reason = why_kept(row, deleting=deleting)
        if reason:
            messages.error(request, reason)
            return redirect(reverse(row.snippet_viewset.get_url_name("edit"), args=[row.pk]))
    return None


def keep_what_was_told(request: HttpRequest, rows: Iterable[Any]) -> HttpResponse | None:
    """Nothing published is deleted."""
    return _refuse(request, rows, deleting=True) if request.method == "POST" else None


def keep_prices_live(request: HttpRequest, row: Any) -> HttpResponse | None:
    """No published price is taken back."""
    return _refuse(request, [row], deleting=False)


def keep_many(
    request: HttpRequest, action: str, rows: Iterable[Any], view: object
) -> HttpResponse | None:
    """The same for rows ticked in a list."""
    if action != "delete" or request.method != "POST":
        return None
    return _refuse(request, rows, deleting=True)
