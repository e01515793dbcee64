"""Statements of our bank: files that were uploaded, how far each is read, and what is wrong with one that was refused."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from checkout.models import BankFile
from cms.desks.money import door
from cms.desks.money.paging import sliced
from cms.words import said

SEE = "checkout.view_bankfile"
IMPORT = "checkout.import_bankfile"


@door.reading(SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """Every file, newest first, and the form to upload more."""
    return show(request)


def show(request: HttpRequest, refused: list[str] | None = None) -> HttpResponse:
    """The page of the files, with what was refused on top."""
    found = sliced(BankFile.objects.defer("content"), request)
    context = {
        "list": found,
        "files": [facts_of(row) for row in found.rows],
        "may_import": False,
        "wait": any(_under_way(row) for row in found.rows),
    }
    return door.page(request, "files", "bank", context, refused=refused)


def facts_of(row: BankFile) -> dict[str, Any]:
    """A file for reading: how much of it is read, and its problem in words."""
    return {
        "row": row,
        "percent": 100 * row.done // row.total if row.total else 0,
        "under_way": _under_way(row),
        "again": row.done - row.added,
        "problem": problem_of(row),
    }


def _under_way(row: BankFile) -> bool:
    return row.state in {BankFile.State.WAITING, BankFile.State.RUNNING}


def problem_of(row: BankFile) -> list[str]:
    """What is wrong with a refused file and where; empty where it was not refused."""
    facts = row.problem
    if row.state != BankFile.State.REFUSED or not facts:
        return []
    where = []
    if facts.get("row"):
        where.append(gettext("Row %(row)s") % {"row": facts["row"]})
    if facts.get("field"):
        where.append(gettext("column %(field)s") % {"field": facts["field"]})
    lines = [said("statement_fault", facts.get("code", ""))]
    if where:
        lines.append(gettext(", ").join(where))
    return [*lines, str(facts.get("detail", ""))]


@door.reading(SEE)
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far a file is read, for the page that waits for it."""
    row = get_object_or_404(BankFile.objects.defer("content"), pk=number)
    facts = facts_of(row)
    answer = JsonResponse(
        {
            "state": row.state,
            "said": said("bank_file", row.state),
            "total": row.total,
            "done": row.done,
            "percent": facts["percent"],
            "over": not facts["under_way"],
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer
