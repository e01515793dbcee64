"""Today at the finance desk: what waits, and whether books, vendor and bank agreed when they were last compared."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from checkout import tasks
from checkout.models import ReconciliationRun
from cms.desks.money import door
from cms.desks.money.due import todo
from kernel.money import EXPONENTS, Money

SEE = "checkout.view_moneyexception"
START = "checkout.start_reconciliationrun"


@door.reading(SEE)
def today(request: HttpRequest) -> HttpResponse:
    """What has to be done, and the last run of every vendor with its control sums."""
    return show(request)


def show(request: HttpRequest, refused: list[str] | None = None) -> HttpResponse:
    """The page, with what was refused on top."""
    now = timezone.now()
    newest = ReconciliationRun.objects.order_by().values("provider").annotate(last=Max("pk"))
    runs = ReconciliationRun.objects.filter(pk__in=newest.values("last")).order_by("provider")
    context: dict[str, Any] = {
        "todo": todo(now, request.user.has_perm),
        "runs": [{"run": run, "sums": sums_of(run)} for run in runs],
        "may_run": request.user.has_perm(START),
    }
    return door.page(request, "today", "today", context, refused=refused)


def sums_of(run: ReconciliationRun) -> list[dict[str, Any]]:
    """What our books and the vendor said by currency, and how far apart they were; zero where all ties out."""
    books, vendor = (run.sums.get(side, {}) for side in ("ledger", "vendor"))
    known = [code for code in sorted({*books, *vendor}) if code in EXPONENTS]
    return [
        {
            "currency": code,
            "books": Money(books.get(code, 0), code),
            "vendor": Money(vendor.get(code, 0), code),
            "difference": Money(books.get(code, 0) - vendor.get(code, 0), code),
        }
        for code in known
    ]


@door.acting(SEE, START)
def compare(request: HttpRequest) -> HttpResponse:
    """Ask a worker to read every vendor's books and compare now."""
    return door.done(
        request,
        lambda: tasks.tie_out.enqueue(by=door.actor_of(request)),
        said=gettext("Books and world are being compared. Load the page again in a moment."),
        to=reverse("money_today"),
        again=lambda refused: show(request, refused),
    )
