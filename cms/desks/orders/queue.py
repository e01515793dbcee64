"""The page of what is due today; every row leads to its order, and to the move that settles it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from cms.desks.orders.due import KINDS, Due, due_now
from cms.desks.orders.moves import MOVES
from cms.desks.orders.views import VIEW
from cms.words import MARKET


@require_GET
def due(request: HttpRequest) -> HttpResponse:
    """Everything that is due, by kind; `?market=` narrows it. For those who may see orders."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    now = timezone.now()
    market = request.GET.get("market", "")
    market = market if market in MARKET else ""
    found = due_now(now, market=market)
    kinds = [
        {"code": code, "name": KINDS[code].name, "rows": [_row(request, code, row) for row in rows]}
        for code, rows in found.items()
        if rows
    ]
    context = {"kinds": kinds, "market": market, "markets": MARKET, "now": now}
    return render(request, "cms/desks/orders/due.html", context)


def _row(request: HttpRequest, kind: str, row: Due) -> dict[str, object]:
    move = MOVES.get(KINDS[kind].move)
    may = move is not None and request.user.has_perm(move.permission)
    money = kind != "compensations" or request.user.has_perm("checkout.view_payment")
    return {
        "due": row,
        "what": row.what if money else "",
        "shown": _moment(row, today=kind == "slots"),
        "order_url": reverse("desk_order:inspect", args=[row.order.pk]),
        "move": move if may else None,
    }


def _moment(row: Due, *, today: bool) -> str:
    """A day, or a moment in the order's market; of what is today only the time."""
    if row.at is None or not isinstance(row.at, datetime):
        return row.at.isoformat() if row.at else ""
    local = row.at.astimezone(ZoneInfo(row.order.document["market"]["timezone"]))
    return f"{local:%H:%M}" if today else f"{local:%Y-%m-%d %H:%M}"
