"""Money that leaves our bank account: refunds and compensations that await a second person, are sent, or came back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from checkout.models import Compensation, OutgoingTransfer
from cms.desks.money import door
from cms.desks.money.exceptions import people_of
from cms.desks.money.paging import sliced

SEE = "checkout.view_outgoingtransfer"
APPROVE = "checkout.approve_outgoingtransfer"
SEND = "checkout.send_outgoingtransfer"
DECIDE = "checkout.change_compensation"
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
        "decided_by": people.get(row.decided_by, row.decided_by),
        "sent_by": people.get(row.sent_by, row.sent_by),
        "may_approve": request.user.has_perm(APPROVE),
        "may_send": request.user.has_perm(SEND),
    }
    return door.page(request, "transfer", "transfers", context, refused=refused)
