"""Exceptions: the queue, and one of them with its facts, its links, what mends it, and what was done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from checkout.domain.exceptions import KINDS
from checkout.models import MoneyException, Order
from checkout.services import exceptions
from cms.desks.money import door
from cms.desks.money.due import open_kinds
from cms.desks.money.facts import facts_of
from cms.desks.money.history import history_of, people_of
from cms.desks.money.paging import sliced
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
        "colleagues": _colleagues(),
        "history": history_of(f"exception:{row.pk}"),
    }
    return door.page(request, "exception", "exceptions", context, refused=refused)


def _colleagues() -> list[tuple[str, str]]:
    """Everybody an exception may be given to: signature and name."""
    codename = WORK.partition(".")[2]
    granted = Q(groups__permissions__codename=codename) | Q(user_permissions__codename=codename)
    users = get_user_model().objects.filter(Q(is_superuser=True) | granted, is_active=True)
    return [
        (f"staff:{user.pk}", user.get_username()) for user in users.order_by("email").distinct()
    ]


def _assign(number: int, request: HttpRequest, actor: str, now: datetime) -> None:
    asked = request.POST.get("owner", "")
    owner = actor if request.POST.get("owner_me") else asked
    if owner and owner not in dict(_colleagues()):
        raise PermissionDenied
    exceptions.assign(exception=number, owner=owner, actor=actor, now=now)


def _note(number: int, request: HttpRequest, actor: str, now: datetime) -> None:
    exceptions.note(exception=number, words=_words(request), actor=actor, now=now)


def _resolve(number: int, request: HttpRequest, actor: str, now: datetime) -> None:
    exceptions.resolve(exception=number, words=_words(request), actor=actor, now=now)


def _reopen(number: int, request: HttpRequest, actor: str, now: datetime) -> None:
    exceptions.reopen(exception=number, words=_words(request), actor=actor, now=now)


def _words(request: HttpRequest) -> str:
    # What a browser sends ends its lines in CR LF, which would count twice.
    return request.POST.get("words", "").replace("\r\n", "\n")


Do = Callable[[int, HttpRequest, str, datetime], None]
ACTS: dict[str, tuple[str, Do, Any]] = {
    "assign": (WORK, _assign, _("Given.")),
    "note": (WORK, _note, _("Written down.")),
    "resolve": (RESOLVE, _resolve, _("Settled.")),
    "reopen": (RESOLVE, _reopen, _("Open again.")),
}
"""What can be done with an exception: the permission, the deed, and what is said afterwards."""


@door.acting(SEE)
def act(request: HttpRequest, number: int, act: str) -> HttpResponse:
    """Do one of `ACTS`; 404 for another, 403 without its permission."""
    do, said = door.allowed(request, ACTS, act)
    get_object_or_404(MoneyException, pk=number)
    return door.done(
        request,
        lambda: do(number, request, door.actor_of(request), timezone.now()),
        said=str(said),
        to=reverse("money_exception", args=[number]),
        again=lambda refused: show(request, number, refused),
    )
