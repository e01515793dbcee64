"""The release desk: what would go on sale, what the checks say, publish, roll back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from catalog.errors import CatalogError, ReleaseRefused
from catalog.models import Release, ReleasePointer, ReleaseSwitch
from catalog.services.releases import check_document, compile_document, publish_release, roll_back
from cms.queries import picture_addresses
from kernel.text import fingerprint

SHOWN = 20


def _may(request: HttpRequest, action: str) -> None:
    if not request.user.has_perm(f"catalog.{action}_release"):
        raise PermissionDenied


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Releases, newest first, with the one on sale marked and the last moves of the pointer."""
    _may(request, "view")
    pointer = ReleasePointer.objects.select_related("release").first()
    context: dict[str, Any] = {
        "pointer": pointer,
        "releases": Release.objects.defer("document")[:SHOWN],
        "switches": ReleaseSwitch.objects.select_related("before", "after")[:SHOWN],
        "may_publish": request.user.has_perm("catalog.add_release"),
    }
    return render(request, "cms/desks/release.html", context)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Compile what is live now and show what the checks say; nothing is stored."""
    _may(request, "view")
    document = compile_document(pictures=picture_addresses())
    findings = check_document(document, now=timezone.now())
    pointer = ReleasePointer.objects.select_related("release").first()
    context: dict[str, Any] = {
        "findings": findings,
        "errors": [f for f in findings if f.level == "error"],
        "unchanged": pointer is not None and pointer.release.fingerprint == fingerprint(document),
        "may_publish": request.user.has_perm("catalog.add_release"),
    }
    return render(request, "cms/desks/release_check.html", context)


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Publish what is live now; a refusal lists its findings and changes nothing."""
    _may(request, "add")
    try:
        made = publish_release(
            now=timezone.now(),
            actor=_actor(request),
            pictures=picture_addresses(),
            note=request.POST.get("note", "")[:200],
        )
    except ReleaseRefused as refusal:
        messages.error(request, f"Not published. {refusal}")
        return redirect("release_desk")
    messages.success(request, f"Release {made.code} is on sale.")
    return redirect("release_desk")


@require_POST
def back(request: HttpRequest, code: str) -> HttpResponse:
    """Put an earlier release on sale again."""
    _may(request, "change")
    try:
        roll_back(to_code=code, now=timezone.now(), actor=_actor(request))
    except CatalogError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Release {code} is on sale again.")
    return redirect("release_desk")


def _actor(request: HttpRequest) -> str:
    return request.user.get_username() or str(request.user.pk)
