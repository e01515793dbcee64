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

from catalog.errors import CatalogError, NothingOnSale, ReleaseRefused, UnknownRelease
from catalog.models import Release, ReleasePointer, ReleaseSwitch
from catalog.queries.on_sale import on_sale, release
from catalog.services.releases import (
    compile_document,
    newest_document,
    publish_release,
    roll_back,
)
from catalog.services.releases_checking import Checked, check_release
from catalog.services.releases_checking_counts import Served, TrimCount
from catalog.services.releases_difference import Difference
from cms.desks.changes import Change, changes, counted
from cms.desks.comparing import difference
from cms.desks.findings import LEVELS, in_words
from cms.queries import picture_addresses

SHOWN = 20
CHOSEN = 200
"""So many releases are offered for comparison."""
CHANGES_SHOWN = 60


def _may(request: HttpRequest, action: str) -> None:
    if not request.user.has_perm(f"catalog.{action}_release"):
        raise PermissionDenied


def _waiting() -> tuple[dict[str, Any], list[Change]]:
    """The document of what is live, and how it differs from the one on sale."""
    document = compile_document(pictures=picture_addresses())
    return document, changes(_selling(), document)


def _selling() -> Mapping[str, Any]:
    """The document on sale; empty where nothing is."""
    try:
        return on_sale().document
    except NothingOnSale:
        return {}


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
    now = timezone.now()
    checked = check_release(document, now=now, previous=newest_document())
    findings = [finding.facts() for finding in checked.findings]
    context = {
        "counts_of_cars": by_model(checked),
        "difference": difference(_selling(), document, now),
        "with_quotes": request.user.has_perm("checkout.view_quote"),
    }
    return _findings(request, findings, waiting, status=200, more=context)


def _findings(
    request: HttpRequest,
    findings: list[dict[str, Any]],
    waiting: list[Change],
    *,
    status: int,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    told = in_words(findings)
    context: dict[str, Any] = {
        "levels": [(level, [f for f in told if f["level"] == level]) for level in LEVELS],
        "errors": any(finding["level"] == "error" for finding in told),
        "refused": status != 200,
        "may_publish": request.user.has_perm("catalog.add_release"),
        **_told(waiting),
        **(more or {}),
    }
    return render(request, "cms/desks/release_check.html", context, status=status)


def by_model(checked: Checked) -> list[tuple[Served, list[TrimCount]]]:
    """Each model and market with the cars of its trims."""
    return [
        (one, [c for c in checked.counts if (c.model, c.market) == (one.model, one.market)])
        for one in checked.served
    ]


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Any two releases: what changed for buyers from `before` to `after`."""
    _may(request, "view")
    codes = list(Release.objects.values_list("code", flat=True)[:CHOSEN])
    after = request.GET.get("after") or (codes[0] if codes else "")
    before = request.GET.get("before") or _earlier(codes, after)
    try:
        found = _compared(before, after) if codes else None
    except UnknownRelease as error:
        messages.error(
            request, gettext("There is no release %(code)s.") % {"code": error.facts["release"]}
        )
        return redirect("release_compare")
    context = {
        "codes": codes,
        "before": before,
        "after": after,
        "difference": found,
        "with_quotes": request.user.has_perm("checkout.view_quote"),
    }
    return render(request, "cms/desks/release_compare.html", context)


def _compared(before: str, after: str) -> Difference | None:
    return difference(release(before).document, release(after).document, timezone.now())


def _earlier(codes: list[str], after: str) -> str:
    """The release before `after` in the history, or itself."""
    place = codes.index(after) + 1 if after in codes else 0
    return codes[place] if place < len(codes) else after


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
