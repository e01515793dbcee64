"""The door of the finance desk: who opens a page, who sends one, and what a refusal looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from checkout.errors import CheckoutError
from cms.desks.money.refusals import in_words
from cms.desks.once import fresh, remember, sent_before

P = ParamSpec("P")
Do = TypeVar("Do")
"""A deed of a page."""
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the desk in its menu, for those who hold `permission`."""

    code: str
    name: Any
    url: str
    permission: str


TABS = (
    Tab("today", _("Today"), "money_today", "checkout.view_moneyexception"),
    Tab("exceptions", _("Exceptions"), "money_exceptions", "checkout.view_moneyexception"),
    Tab("payouts", _("Payouts"), "money_payouts", "checkout.view_vendorpayout"),
    Tab("bank", _("Bank"), "money_lines", "checkout.view_bankline"),
    Tab(
        "transfers",
        _("Refunds and transfers"),
        "money_transfers",
        "checkout.view_outgoingtransfer",
    ),
    Tab("books", _("Books"), "money_roll", "checkout.view_ledgerentry"),
    Tab("months", _("Month close"), "money_months", "checkout.view_closedperiod"),
    Tab("exports", _("Exports"), "money_exports", "checkout.export_closedperiod"),
    Tab("day", _("Deposits of a day"), "finance_day", "checkout.view_ledgerentry"),
    Tab("ledger", _("Ledger by account"), "finance_ledger", "checkout.view_ledgerentry"),
)
"""Every page with a place in the menu, in the order of a day's work."""


def actor_of(request: HttpRequest) -> str:
    """How a member of staff signs what they do."""
    return f"staff:{request.user.pk}"


def framed(request: HttpRequest, here: str) -> dict[str, Any]:
    """What the frame of a page shows: the menu of the desk for its reader, and the title."""
    shown = [tab for tab in TABS if request.user.has_perm(tab.permission)]
    return {
        "tabs": [
            {"name": tab.name, "url": reverse(tab.url), "here": tab.code == here} for tab in shown
        ],
        "title": next((tab.name for tab in TABS if tab.code == here), _("Finance desk")),
    }


def reading(permission: str) -> Callable[[View[P]], View[P]]:
    """A page that changes nothing, for those who hold `permission`."""

    def guarded(view: View[P]) -> View[P]:
        made: View[P] = require_GET(_permitted(view, permission))
        return made

    return guarded


def acting(*permissions: str) -> Callable[[View[P]], View[P]]:
    """Something that is done by POST, for those who hold every one of `permissions`."""

    def guarded(view: View[P]) -> View[P]:
        made: View[P] = require_POST(_permitted(view, *permissions))
        return made

    return guarded


def _permitted(view: View[P], *permissions: str) -> View[P]:
    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.has_perms(permissions):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return inner


def allowed(
    request: HttpRequest, acts: Mapping[str, tuple[str, Do, Any]], name: str
) -> tuple[Do, Any]:
    """The deed of that name and what is said afterwards; 404 for another name, 403 without its permission."""
    if name not in acts:
        raise Http404(name)
    permission, do, said = acts[name]
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return do, said


def page(
    request: HttpRequest,
    name: str,
    tab: str,
    context: dict[str, Any],
    *,
    refused: list[str] | None = None,
) -> HttpResponse:
    """A page of the desk; with `refused` lines it says them first and answers 409."""
    own = {
        **framed(request, tab),
        "once": fresh(),
        "refused": refused or [],
        "now": timezone.now(),
    }
    status = 409 if refused else 200
    return render(request, f"cms/desks/money/{name}.html", own | context, status=status)


def done(
    request: HttpRequest,
    do: Callable[[], Any],
    *,
    said: str,
    to: str,
    again: Callable[[list[str]], HttpResponse],
) -> HttpResponse:
    """Do it once and lead on with `said`; a refusal shows the page `again` with what is true now."""
    if sent_before(request):
        messages.info(request, gettext("This was done already; nothing was done twice."))
        return redirect(to)
    try:
        do()
    except CheckoutError as error:
        return again(in_words(error))
    remember(request)
    if said:
        messages.success(request, said)
    return redirect(to)
