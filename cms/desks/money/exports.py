"""The books handed out as files, each with its count, sums and SHA-256, and what was handed out before."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone

from checkout.errors import CheckoutError
from checkout.queries import exports as tables
from checkout.queries.exports import Table
from checkout.services import exporting
from cms.desks.money import door
from cms.desks.money.books import neighbours
from cms.desks.money.history import people_of
from cms.desks.money.months import month_asked, period_named
from cms.desks.money.refusals import in_words
from cms.words import language
from kernel.models import AuditEntry
from kernel.money import EXPONENTS, Money

EXPORT = "checkout.export_closedperiod"
MOST = 50
"""So many files that were handed out are listed."""


@door.reading(EXPORT)
def listed(request: HttpRequest) -> HttpResponse:
    """Every table of a month in its formats, and the files of it that were handed out."""
    return show(request, month_asked(request).name)


def show(request: HttpRequest, month: str, refused: list[str] | None = None) -> HttpResponse:
    """The page of a month's exports, with what was refused on top."""
    period = period_named(month)
    context = {
        **neighbours(period),
        "kinds": [_kind(tables.table(name, month=month)) for name in tables.NAMES],
        "made": _handed_out(month),
    }
    return door.page(request, "exports", "exports", context, refused=refused)


def _kind(table: Table) -> dict[str, Any]:
    forms = ("csv", "xlsx", "datev") if table.code == "journal" else ("csv", "xlsx")
    return {"code": table.code, "title": table.title, "forms": forms}


def _handed_out(month: str) -> list[dict[str, Any]]:
    """What was handed out of the month, the newest first, from the audit chain."""
    subjects = [f"export:{name}:{month}" for name in tables.NAMES]
    rows = list(AuditEntry.objects.filter(subject__in=subjects).order_by("-seq")[:MOST])
    people = people_of([row.actor for row in rows])
    return [
        {
            "at": row.at,
            "kind": row.subject.split(":")[1],
            "form": row.facts.get("form", ""),
            "rows": row.facts.get("rows", 0),
            "sums": [
                Money(minor, code)
                for code, minor in sorted(row.facts.get("totals", {}).items())
                if code in EXPONENTS
            ],
            "rows_sha256": row.facts.get("rows_sha256", ""),
            "file_sha256": row.facts.get("file_sha256", ""),
            "left_out": row.facts.get("left_out", 0),
            "by": people.get(row.actor, row.actor),
        }
        for row in rows
    ]


@door.acting(EXPORT)
def make(request: HttpRequest) -> HttpResponse | FileResponse:
    """Hand a file out; told in the audit chain, so it is asked for by POST."""
    month = period_named(request.POST.get("month", "")).name
    try:
        made = exporting.download(
            kind=request.POST.get("kind", ""),
            form=request.POST.get("form", ""),
            month=month,
            language=language(),
            actor=door.actor_of(request),
            now=timezone.now(),
        )
    except CheckoutError as error:
        return show(request, month, in_words(error))
    return FileResponse(
        made.content, headers={**made.headers, "Cache-Control": "private, no-store"}
    )
