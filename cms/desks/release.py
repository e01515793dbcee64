"""The release desk: what would go on sale, what the checks say, publish, roll back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from catalog.errors import CatalogError, NothingOnSale, ReleaseRefused
from catalog.models import Release, ReleasePointer, ReleaseSwitch
from catalog.queries.on_sale import on_sale
from catalog.services.releases import check_document, compile_document, publish_release, roll_back
from cms.desks.changes import Change, changes, counted
from cms.desks.findings import in_words
from cms.queries import picture_addresses

SHOWN = 20
CHANGES_SHOWN = 60


def _may(request: HttpRequest, action: str) -> None:
    if not request.user.has_perm(f"catalog.{action}_release"):
        raise PermissionDenied


def _waiting() -> tuple[dict[str, Any], list[Change]]:
    """The document of what is live, and how it differs from the one on sale."""
    document = compile_document(pictures=picture_addresses())
    try:
        before: Mapping[str, Any] = on_sale().document
    except NothingOnSale:
        before = {}
    return document, changes(before, document)


def _told(waiting: list[Change]) -> dict[str, Any]:
    return {
        "changes": waiting[:CHANGES_SHOWN],
        "more": max(0, len(waiting) - CHANGES_SHOWN),
        "counts": counted(waiting),
    }


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What publishing would change now, the releases so far, and every move of the pointer."""
    _may(request, "view")
    _, waiting = _waiting()
    context: dict[str, Any] = {
        "pointer": ReleasePointer.objects.select_related("release").first(),
        "releases": Release.objects.defer("document")[:SHOWN],
        "switches": ReleaseSwitch.objects.select_related("before", "after")[:SHOWN],
        "may_publish": request.user.has_perm("catalog.add_release"),
        "may_roll_back": request.user.has_perm("catalog.change_release"),
        **_told(waiting),
    }
    return render(request, "cms/desks/release.html", context)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Compile what is live now and show what the checks say; nothing is stored."""
    _may(request, "view")
    document, waiting = _waiting()
    findings = check_document(document, now=timezone.now())
    return _findings(request, [finding.facts() for finding in findings], waiting, status=200)


def _findings(
    request: HttpRequest, findings: list[dict[str, Any]], waiting: list[Change], *, status: int
) -> HttpResponse:
    told = in_words(findings)
    context: dict[str, Any] = {
        "errors": [f for f in told if f["level"] == "error"],
        "warnings": [f for f in told if f["level"] != "error"],
        "refused": status != 200,
        "may_publish": request.user.has_perm("catalog.add_release"),
        **_told(waiting),
    }
    return render(request, "cms/desks/release_check.html", context, status=status)


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Publish what is live now; a refusal shows its findings and changes nothing."""
    _may(request, "add")
    try:
        made = publish_release(
            now=timezone.now(),
            actor=_actor(request),
            pictures=picture_addresses(),
            note=request.POST.get("note", "")[:200],
        )
    except ReleaseRefused as refusal:
        findings = list(refusal.facts.get("findings", ()))
        if not findings:
            messages.error(request, gettext("Somebody else changed the catalogue; publish again."))
            return redirect("release_desk")
        return _findings(request, findings, _waiting()[1], status=409)
    if made.made:
        messages.success(request, gettext("Release %(code)s is on sale.") % {"code": made.code})
    else:
        messages.info(request, gettext("Nothing has changed, so nothing was published."))
    return redirect("release_desk")


@require_POST
def back(request: HttpRequest, code: str) -> HttpResponse:
    """Put an earlier release on sale again."""
    _may(request, "change")
    try:
        roll_back(to_code=code, now=timezone.now(), actor=_actor(request))
    except CatalogError:
        messages.error(request, gettext("There is no release %(code)s.") % {"code": code})
    else:
        messages.success(request, gettext("Release %(code)s is on sale again.") % {"code": code})
    return redirect("release_desk")


def _actor(request: HttpRequest) -> str:
    return request.user.get_username() or str(request.user.pk)
