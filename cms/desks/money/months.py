"""Months of the books: those that are closed, and the one that waits to be."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext

from checkout.domain.closing import Period, month_of
from checkout.domain.exceptions import KINDS
from checkout.models import ClosedPeriod
from checkout.queries import closing
from checkout.services.closing import close_month
from cms.desks.money import door
from cms.desks.money.due import month_to_close
from cms.desks.money.history import history_of, people_of
from cms.desks.money.rolled import balance_sums, steps_of
from cms.words import language
from cms.words import said as in_words
from kernel.text import pick

SEE = "checkout.view_closedperiod"
CLOSE = "checkout.close_closedperiod"
EXPORT = "checkout.export_closedperiod"


def period_named(name: str) -> Period:
    """The month called `2026-11`; 404 for what is none."""
    try:
        period = month_of(date.fromisoformat(f"{name}-01"))
    except ValueError:
        raise Http404(name) from None
    if period.name != name:
        raise Http404(name)
    return period


def month_asked(request: HttpRequest) -> Period:
    """The month of `?month=`; this one where nothing was asked; 404 for nonsense."""
    name = request.GET.get("month", "")
    return period_named(name) if name else month_of(closing.today(timezone.now()))


@door.reading(SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """Closed months with their fingerprints, and the one that is next."""
    now = timezone.now()
    context: dict[str, Any] = {
        "next": month_to_close(now),
        "current": month_of(closing.today(now)),
        "closed": ClosedPeriod.objects.defer("trial_balance", "rolled", "aging"),
    }
    return door.page(request, "months", "months", context)


@door.reading(SEE)
def one(request: HttpRequest, name: str) -> HttpResponse:
    """One month."""
    return show(request, name)


def show(request: HttpRequest, name: str, refused: list[str] | None = None) -> HttpResponse:
    """The page of a month, with what was refused on top."""
    period, now = period_named(name), timezone.now()
    closed = ClosedPeriod.objects.filter(name=period.name).first()
    rolled = closing.roll_forward_of(period.name)
    people = people_of([closed.closed_by] if closed else [])
    context: dict[str, Any] = {
        "period": period,
        "closed": closed,
        "closed_by": people.get(closed.closed_by, closed.closed_by) if closed else "",
        "reasons": [] if closed else against(closing.reasons_against(period, now, rolled)),
        "rolled": [{"row": row, "steps": steps_of(row)} for row in rolled],
        "sums": balance_sums(closing.trial_balance_at(period.name)),
        "may_close": request.user.has_perm(CLOSE),
        "history": history_of(f"period:{period.name}"),
    }
    return door.page(request, "month", "months", context, refused=refused)


def against(reasons: tuple[str, ...]) -> list[dict[str, Any]]:
    """What stands against a close, in words, with the page where it is mended."""
    found: list[dict[str, Any]] = []
    for reason in reasons:
        word, _colon, kinds = reason.partition(": ")
        if word == "exceptions":
            found += [_exceptions(kind) for kind in kinds.split()]
        else:
            found.append({"said": in_words("against", word), "url": _MENDED.get(word, "")})
    return found


def _exceptions(kind: str) -> dict[str, Any]:
    name = pick(KINDS[kind].name, language()) if kind in KINDS else ""
    return {"said": f"{kind} {name}", "url": f"{reverse('money_exceptions')}?kind={kind}"}


_MENDED = {"not-compared": reverse_lazy("money_today"), "gap-before": reverse_lazy("money_months")}


@door.acting(SEE, CLOSE)
def close(request: HttpRequest, name: str) -> HttpResponse:
    """Close a month whose name was typed; refused with every reason against it."""
    period = period_named(name)
    if request.POST.get("typed", "").strip() != period.name:
        line = gettext("Type %(month)s to close it.") % {"month": period.name}
        return show(request, name, [line])
    return door.done(
        request,
        lambda: close_month(month=period.name, actor=door.actor_of(request), now=timezone.now()),
        said=gettext("%(month)s is closed.") % {"month": period.name},
        to=reverse("money_month", args=[period.name]),
        again=lambda refused: show(request, name, refused),
    )
