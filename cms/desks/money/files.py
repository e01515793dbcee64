"""Statements of our bank: files that were uploaded, how far each is read, and what is wrong with one that was refused."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from checkout.models import BankFile
from checkout.queries.banking import file_progress
from checkout.services import bank_import
from cms.desks.money import door
from cms.desks.money.paging import sliced
from cms.words import said as in_words
from kernel.money import EXPONENTS

SEE = "checkout.view_bankfile"
IMPORT = "checkout.import_bankfile"
MOST = 20
"""So many files are uploaded at once."""


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
        "may_import": request.user.has_perm(IMPORT),
        "currencies": sorted(EXPONENTS),
        "wait": any(_under_way(row) for row in found.rows),
    }
    return door.page(request, "files", "bank", context, refused=refused)


def facts_of(row: BankFile) -> dict[str, Any]:
    """A file for reading: how much of it is read, and its problem in words."""
    return {
        "row": row,
        "percent": percent(row.done, row.total),
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
    lines = [in_words("statement_fault", facts.get("code", ""))]
    if where:
        lines.append(gettext(", ").join(where))
    return [*lines, str(facts.get("detail", ""))]


@door.acting(SEE, IMPORT)
def upload(request: HttpRequest) -> HttpResponse:
    """Store files for the worker to read; one that was uploaded before is not read twice."""
    sent = request.FILES.getlist("files")
    said = {name: request.POST.get(name, "") for name in ("account", "currency")}
    if not sent or len(sent) > MOST:
        return show(request, [gettext("Choose 1 to %(most)s files.") % {"most": MOST}])
    new: list[bool] = []

    def do() -> None:
        for file in sent:
            stored = bank_import.store_file(
                name=file.name or "",
                content=file.read(),
                actor=door.actor_of(request),
                now=timezone.now(),
                **said,
            )
            new.append(stored[1])

    answer = door.done(
        request,
        do,
        said="",
        to=reverse("money_files"),
        again=lambda refused: show(request, refused),
    )
    if new and not all(new):
        messages.info(request, gettext("Files that were uploaded before are not read twice."))
    return answer


@door.reading(SEE)
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far a file is read, for the page that waits for it."""
    found = file_progress(number)
    if found is None:
        raise Http404(number)
    answer = JsonResponse(
        {
            "state": found.state,
            "said": in_words("bank_file", found.state),
            "total": found.total,
            "done": found.done,
            "percent": percent(found.done, found.total),
            "over": found.over,
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer


def percent(done: int, total: int) -> int:
    """How much is done, in whole hundredths; nothing of nothing."""
    return 100 * done // total if total else 0
