"""Lines of our bank's statements: those that wait to be matched, and one of them with its candidates and matches."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from checkout.domain.ledger import ACCOUNTS, ASIDE
from checkout.models import BankLine, BankMatch
from checkout.queries.banking import line_facts
from cms.desks.money import door
from cms.desks.money.history import history_of, people_of
from cms.desks.money.paging import sliced
from kernel.money import Money

SEE = "checkout.view_bankline"
MATCH = "checkout.match_bankline"
STATES = ("open", "matched", "aside", "all")
WHYS = ("unknown", "amount", "ambiguous", "nothing-due", "cut", "claimed-twice")


@door.reading(SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """Lines that wait, oldest first; narrowed by `state`, `why`, `way` (`in`, `out`) and words `q`."""
    asked = {name: request.GET.get(name, "").strip() for name in ("state", "why", "way", "q")}
    asked["state"] = asked["state"] if asked["state"] in STATES else "open"
    found = sliced(_narrowed(asked), request, oldest=asked["state"] == "open")
    context = {
        "list": found,
        "asked": asked,
        "whys": WHYS,
        "may_match": request.user.has_perm(MATCH),
    }
    return door.page(request, "lines", "bank", context)


def _narrowed(asked: dict[str, str]) -> QuerySet[BankLine]:
    rows = BankLine.objects.all()
    if asked["state"] != "all":
        rows = rows.filter(state=asked["state"])
    if asked["why"] in WHYS:
        rows = rows.filter(why=asked["why"])
    if asked["way"] in {"in", "out"}:
        rows = rows.filter(amount__gt=0) if asked["way"] == "in" else rows.filter(amount__lt=0)
    if asked["q"]:
        rows = rows.filter(Q(text__icontains=asked["q"]) | Q(payer__icontains=asked["q"]))
    return rows


@door.reading(SEE)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One line."""
    return show(request, number)


def show(request: HttpRequest, number: int, refused: list[str] | None = None) -> HttpResponse:
    """The page of a line, with what was refused on top."""
    row = get_object_or_404(BankLine.objects.select_related("statement"), pk=number)
    matches = list(
        row.matches.select_related("payment__order", "payout", "transfer__order").order_by("pk")
    )
    people = people_of({each.made_by for each in matches} | {each.undone_by for each in matches})
    context = {
        "line": row,
        "matches": [settles(match, people) for match in matches],
        "candidates": line_facts(number).candidates if row.state == BankLine.State.OPEN else (),
        "accounts": [ACCOUNTS[code] for code in sorted(ASIDE)],
        "history": history_of(f"bank-line:{row.pk}"),
        "may_match": request.user.has_perm(MATCH),
    }
    return door.page(request, "line", "bank", context, refused=refused)


def settles(match: BankMatch, people: dict[str, str]) -> dict[str, Any]:
    """What a match settles, with its page and who made it."""
    kind, code, url, order = _target(match)
    return {
        "row": match,
        "kind": kind,
        "code": code,
        "url": url,
        "order": order,
        "money": Money(match.amount, match.line.currency),
        "made_by": people.get(match.made_by, match.made_by),
        "undone_by": people.get(match.undone_by, match.undone_by),
    }


def _target(match: BankMatch) -> tuple[str, str, str, Any]:
    if match.payment is not None:
        url = reverse("desk_payment:inspect", args=[match.payment.pk])
        return "payment", match.payment.code, url, match.payment.order
    if match.payout is not None:
        return "payout", match.payout.code, reverse("money_payout", args=[match.payout.code]), None
    transfer = match.transfer
    if transfer is None:
        return "", "", "", None
    return (
        "transfer",
        transfer.code,
        reverse("money_transfer", args=[transfer.code]),
        transfer.order,
    )
