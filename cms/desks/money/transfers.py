"""Money that leaves our bank account: refunds and compensations that await a second person, are sent, or came back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from checkout.models import Compensation, OutgoingTransfer
from checkout.queries.banking import transfer_facts
from checkout.queries.contests import is_contested
from checkout.queries.payment_list import payment_list
from checkout.services import outgoing
from cms.desks.money import door
from cms.desks.money.history import history_of, people_of
from cms.desks.money.paging import sliced
from kernel.money import Money

SEE = "checkout.view_outgoingtransfer"
APPROVE = "checkout.approve_outgoingtransfer"
SEND = "checkout.send_outgoingtransfer"
DECIDE = "checkout.change_compensation"
MOST = 500
"""So many transfers go on one list."""
STATES = [state.value for state in OutgoingTransfer.State]


@door.reading(SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """Transfers, narrowed by `state`; `state=compensations` those sums that nobody decided about."""
    return show_list(request)


def show_list(request: HttpRequest, refused: list[str] | None = None) -> HttpResponse:
    """The page of all transfers, with what was refused on top."""
    state = request.GET.get("state", "")
    rows = OutgoingTransfer.objects.select_related("order")
    waits = state in {"proposed", "approved"}
    found = sliced(rows.filter(state=state) if state in STATES else rows, request, oldest=waits)
    proposed = Compensation.objects.filter(state=Compensation.State.PROPOSED)
    sees = request.user.has_perm("checkout.view_compensation")
    compensations = sliced(proposed.select_related("order"), request, oldest=True)
    listed = compensations.rows if sees and state in {"", "compensations"} else []
    people = people_of({row.proposed_by for row in [*found.rows, *listed]})
    context = {
        "list": compensations if state == "compensations" else found,
        "transfers": [_row(row, people, request) for row in found.rows]
        if state != "compensations"
        else [],
        "compensations": [_row(row, people, request) for row in listed],
        "state": state,
        "states": STATES,
        "may_approve": request.user.has_perm(APPROVE),
        "may_send": request.user.has_perm(SEND),
        "may_decide": request.user.has_perm(DECIDE),
    }
    return door.page(request, "transfers", "transfers", context, refused=refused)


def _row(row: Any, people: dict[str, str], request: HttpRequest) -> dict[str, Any]:
    return {
        "row": row,
        "money": row.money,
        "order": row.order,
        "proposed_by": people.get(row.proposed_by, row.proposed_by),
        "own": row.proposed_by == door.actor_of(request),
    }


@door.reading(SEE)
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One transfer."""
    return show(request, code)


def show(request: HttpRequest, code: str, refused: list[str] | None = None) -> HttpResponse:
    """The page of a transfer, with what was refused on top."""
    row = get_object_or_404(OutgoingTransfer.objects.select_related("order", "payment"), code=code)
    people = people_of((row.proposed_by, row.decided_by, row.sent_by))
    context = {
        **_row(row, people, request),
        "transfer": row,
        "facts": transfer_facts(code),
        "contested": row.payment is not None and is_contested(row.payment),
        "history": history_of(f"transfer:{code}"),
        "decided_by": people.get(row.decided_by, row.decided_by),
        "sent_by": people.get(row.sent_by, row.sent_by),
        "may_approve": request.user.has_perm(APPROVE),
        "may_send": request.user.has_perm(SEND),
    }
    return door.page(request, "transfer", "transfers", context, refused=refused)


def _approve(code: str, request: HttpRequest, actor: str, now: datetime) -> None:
    outgoing.approve(transfer=code, actor=actor, now=now)


def _refuse(code: str, request: HttpRequest, actor: str, now: datetime) -> None:
    outgoing.refuse(transfer=code, note=request.POST.get("note", ""), actor=actor, now=now)


def _again(code: str, request: HttpRequest, actor: str, now: datetime) -> None:
    outgoing.propose_again(transfer=code, actor=actor, now=now)


Do = Callable[[str, HttpRequest, str, datetime], None]
ACTS: dict[str, tuple[str, Do, Any]] = {
    "approve": (APPROVE, _approve, _("Approved.")),
    "refuse": (APPROVE, _refuse, _("Refused.")),
    "again": (SEND, _again, _("Proposed anew; the buyer is asked for an account.")),
}
"""What can be done with a transfer: the permission, the deed, and what is said afterwards."""


@door.acting(SEE)
def act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """Do one of `ACTS`; 404 for another, 403 without its permission."""
    do, said = door.allowed(request, ACTS, act)
    get_object_or_404(OutgoingTransfer, code=code)
    return door.done(
        request,
        lambda: do(code, request, door.actor_of(request), timezone.now()),
        said=str(said),
        to=reverse("money_transfer", args=[code]),
        again=lambda refused: show(request, code, refused),
    )


@door.acting(SEE, SEND)
def send(request: HttpRequest) -> HttpResponse:
    """Tell the bank to pay the chosen ones, all or none, and lead to the list it is given."""
    codes = request.POST.getlist("transfer")[:MOST]
    if not codes:
        return show_list(request, [gettext("Choose at least one approved transfer.")])
    query = urlencode([("transfer", code) for code in codes])
    return door.done(
        request,
        lambda: outgoing.send(transfers=codes, actor=door.actor_of(request), now=timezone.now()),
        said=gettext("Marked as sent. Give the list to the bank now."),
        to=f"{reverse('money_list')}?{query}",
        again=lambda refused: show_list(request, refused),
    )


@door.reading(SEE)
def sent_list(request: HttpRequest) -> HttpResponse:
    """The list for the bank of transfers that were sent: its sums, and as CSV with clear account numbers."""
    if not request.user.has_perm(SEND):
        raise PermissionDenied
    made = payment_list(request.GET.getlist("transfer")[:MOST])
    if request.GET.get("format") == "csv":
        answer = HttpResponse(made.content, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="transfers-{made.sha256[:12]}.csv"'
        answer["Cache-Control"] = "private, no-store"
        return answer
    context = {
        "list": made,
        "sums": [Money(minor, currency) for currency, minor in sorted(made.totals.items())],
        "query": request.GET.urlencode(),
    }
    return door.page(request, "sent_list", "transfers", context)
