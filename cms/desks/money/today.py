"""Today at the finance desk: what waits, and whether books, vendor and bank agreed when they were last compared."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from checkout.models import ReconciliationRun
from cms.desks.money import door
from cms.desks.money.due import todo

SEE = "checkout.view_moneyexception"


@door.reading(SEE)
def today(request: HttpRequest) -> HttpResponse:
    """What has to be done, and the last run with its control sums."""
    return show(request)


def show(request: HttpRequest, refused: list[str] | None = None) -> HttpResponse:
    """The page, with what was refused on top."""
    now = timezone.now()
    run = ReconciliationRun.objects.first()
    context: dict[str, Any] = {
        "todo": todo(now, request.user.has_perm),
        "run": run,
    }
    return door.page(request, "today", "today", context, refused=refused)
