"""Exceptions: the queue, and one of them with its facts, its links, what mends it, and what was done about it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from checkout.domain.exceptions import KINDS
from checkout.models import MoneyException, Order
from cms.desks.money import door
from cms.desks.money.due import open_kinds
from cms.desks.money.facts import facts_of
from cms.desks.money.paging import sliced
from cms.desks.pages import audit_of
from kernel.money import Money

SEE = "checkout.view_moneyexception"
WORK = "checkout.work_moneyexception"
RESOLVE = "checkout.resolve_moneyexception"
TEAMS = tuple(dict.fromkeys(kind.owner for kind in KINDS.values()))


@door.reading(SEE)
def queue(request: HttpRequest) -> HttpResponse:
    """Open exceptions, oldest first; narrowed by `kind`, `owner` (`me`, `nobody`, or a team), `state`, `order`."""
    asked = {name: request.GET.get(name, "").strip() for name in ("kind", "owner", "order")}
    state = request.GET.get("state", "open")
    state = state if state in {"open", "resolved", "all"} else "open"
    rows = _narrowed(asked, state, door.actor_of(request))
    listed = sliced(rows, request, oldest=state == "open")
    context = {
        "kinds": [{**row, "known": KINDS.get(row["kind"])} for row in open_kinds()],
        "classes": KINDS.values(),
        "teams": TEAMS,
        "asked": asked | {"state": state},
        "list": listed,
        "rows": _readable(listed.rows),
    }
    return door.page(request, "exceptions", "exceptions", context)


def _narrowed(asked: dict[str, str], state: str, me: str) -> QuerySet[MoneyException]:
    rows = MoneyException.objects.all()
    if state != "all":
        rows = rows.filter(state=state)
    if asked["kind"]:
        rows = rows.filter(kind=asked["kind"])
    if asked["order"]:
        rows = rows.filter(order_code=asked["order"].upper())
    owner = asked["owner"]
    if owner in TEAMS:
        rows = rows.filter(kind__in=[kind.code for kind in KINDS.values() if kind.owner == owner])
    elif owner:
        rows = rows.filter(owner=me if owner == "me" else "")
    return rows


def _readable(rows: Any) -> list[dict[str, Any]]:
    orders = dict(
        Order.objects.filter(
            code__in={row.order_code for row in rows if row.order_code}
        ).values_list("code", "pk")
    )
    people = people_of(row.owner for row in rows)
    return [
        {
            "row": row,
            "kind": KINDS.get(row.kind),
            "money": money_of(row),
            "order": orders.get(row.order_code),
            "owner": people.get(row.owner, row.owner),
        }
        for row in rows
    ]


def money_of(row: MoneyException) -> Money | None:
    """How much it is about; None where it is about no sum."""
    known = row.amount is not None and row.currency
    return Money(row.amount or 0, row.currency) if known else None


def people_of(signatures: Any) -> dict[str, str]:
    """The sign-in names of `staff:<number>`, in one query."""
    keys = {s.removeprefix("staff:") for s in signatures if s.startswith("staff:")}
    users = get_user_model().objects.filter(pk__in=[key for key in keys if key.isdigit()])
    return {f"staff:{user.pk}": user.get_username() for user in users}


@door.reading(SEE)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One exception."""
    return show(request, number)


def show(request: HttpRequest, number: int, refused: list[str] | None = None) -> HttpResponse:
    """The page of an exception, with what was refused on top."""
    row = get_object_or_404(MoneyException, pk=number)
    kind = KINDS.get(row.kind)
    me = door.actor_of(request)
    people = people_of((row.owner, row.resolved_by))
    context = {
        "row": row,
        "kind": kind,
        "money": money_of(row),
        "facts": facts_of(row),
        "owner": people.get(row.owner, row.owner),
        "resolved_by": people.get(row.resolved_by, row.resolved_by),
        "mine": row.owner == me,
        "may_work": request.user.has_perm(WORK),
        "may_resolve": request.user.has_perm(RESOLVE),
        "audit": audit_of(f"exception:{row.pk}"),
    }
    return door.page(request, "exception", "exceptions", context, refused=refused)
