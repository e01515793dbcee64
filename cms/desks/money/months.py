"""Months of the books: those that are closed, and the one that waits to be."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from checkout.domain.closing import Period, month_of
from checkout.models import ClosedPeriod
from cms.desks.money import door
from cms.desks.money.due import month_to_close

SEE = "checkout.view_closedperiod"
CLOSE = "checkout.close_closedperiod"
EXPORT = "checkout.export_closedperiod"


def today_here() -> date:
    """Today in the desk's time zone."""
    return timezone.localtime(timezone.now()).date()


def period_named(name: str) -> Period:
    """The month called `2026-11`; 404 for what is none."""
    try:
        period = month_of(date.fromisoformat(f"{name}-01"))
    except ValueError:
        raise Http404(name) from None
    if period.name != name:
        raise Http404(name)
    return period


@door.reading(SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """Closed months with their fingerprints, and the one that is next."""
    context: dict[str, Any] = {
        "next": month_to_close(today_here()),
        "closed": ClosedPeriod.objects.defer("trial_balance", "rolled"),
    }
    return door.page(request, "months", "months", context)


@door.reading(SEE)
def one(request: HttpRequest, name: str) -> HttpResponse:
    """One month."""
    return show(request, name)


def show(request: HttpRequest, name: str, refused: list[str] | None = None) -> HttpResponse:
    """The page of a month, with what was refused on top."""
    period = period_named(name)
    context: dict[str, Any] = {
        "period": period,
        "closed": ClosedPeriod.objects.filter(name=period.name).first(),
        "over": period.last < today_here(),
        "may_close": request.user.has_perm(CLOSE),
    }
    return door.page(request, "month", "months", context, refused=refused)
