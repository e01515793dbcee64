"""Payouts: the list, and one of them down to each movement, its payment, its order and its contract."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Model, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from checkout.domain.tie_out import PAYOUT
from checkout.models import Order, Payment, VendorMove
from checkout.queries.payouts import PayoutFacts, payout_facts, payouts_page
from cms.desks.money import door
from cms.desks.money.paging import number_after
from cms.desks.money.sheets import download
from contracts.models import Contract
from kernel.money import Money

SEE = "checkout.view_vendorpayout"


@door.reading(SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """Every payout, newest first; `?show=way` those that no bank line settles yet."""
    way = request.GET.get("show") == "way"
    after = number_after(request)
    found = payouts_page(after, on_the_way=way)
    pager = {"after": found.following or "", "first": after is None}
    context = {"rows": found.rows, "list": pager, "way": way}
    return door.page(request, "payouts", "payouts", context)


@door.reading(SEE)
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One payout with its sums, its bank lines, and a page of the movements that went out with it."""
    after = number_after(request)
    facts = payout_facts(code, after)
    if facts is None:
        raise Http404(code)
    if request.GET.get("format") == "csv":
        return download(_sheet(facts), f"payout-{code}.csv")
    context = {
        "payout": facts.payout,
        "bank": facts.bank,
        "kinds": _kinds(facts),
        "moves": _linked(facts),
        "list": {"after": facts.following or "", "first": after is None},
    }
    return door.page(request, "payout", "payouts", context)


def _moves(facts: PayoutFacts) -> QuerySet[VendorMove]:
    """What went out with it, without the payout's own movement."""
    rows = VendorMove.objects.filter(payout=facts.payout.number)
    return rows.exclude(kind=PAYOUT).order_by("pk")


def _kinds(facts: PayoutFacts) -> list[dict[str, Any]]:
    """What the movements add up to by kind."""
    currency = facts.payout.amount.currency
    rows = _moves(facts).order_by().values("kind")
    return [
        {
            "kind": row["kind"],
            "count": row["count"],
            "gross": Money(row["paid"], currency),
            "fee": Money(row["cost"], currency),
            "net": Money(row["paid"] - row["cost"], currency),
        }
        for row in rows.annotate(count=Count("pk"), paid=Sum("gross"), cost=Sum("fee")).order_by(
            "kind"
        )
    ]


def _linked(facts: PayoutFacts) -> list[dict[str, Any]]:
    """Each movement with the pages of its payment, its order and its contract; a statement for each kind of page."""
    lines = facts.lines
    payments = _pages(Payment, "code", (line.payment for line in lines))
    orders = _pages(Order, "code", (line.order for line in lines))
    contracts = _pages(Contract, "number", (line.contract for line in lines))
    return [
        {
            "line": line,
            "payment_url": payments.get(line.payment, ""),
            "order_url": orders.get(line.order, ""),
            "contract_url": contracts.get(line.contract, ""),
        }
        for line in lines
    ]


def _pages(model: type[Model], field: str, names: Iterable[str]) -> dict[str, str]:
    wanted = {name for name in names if name}
    rows = model._default_manager.filter(**{f"{field}__in": wanted}).values_list(field, "pk")
    page = f"desk_{model._meta.model_name}:inspect"
    return {name: reverse(page, args=[pk]) for name, pk in rows}


def _sheet(facts: PayoutFacts) -> list[list[str]]:
    """Every movement of the payout, and a control row with their count and sum."""
    header = [
        "payout",
        "move",
        "kind",
        "at",
        "gross",
        "fee",
        "net",
        "currency",
        "payment",
        "order",
        "contract",
        "reference",
    ]
    rows, net = [], 0
    for move in _moves(facts).select_related("payment__order").iterator(chunk_size=2000):
        order = move.payment.order if move.payment else None
        net += move.net.minor
        rows.append(
            [
                facts.payout.code,
                move.code,
                move.kind,
                move.at.isoformat(timespec="seconds"),
                str(Money(move.gross, move.currency).decimal),
                str(Money(move.fee, move.currency).decimal),
                str(move.net.decimal),
                move.currency,
                move.payment.code if move.payment else "",
                order.code if order else "",
                order.contract_number if order else "",
                move.reference,
            ]
        )
    currency = facts.payout.amount.currency
    control = ["CONTROL", str(len(rows)), "", "", "", "", str(Money(net, currency).decimal)]
    return [header, *rows, [*control, currency, "", "", "", ""]]
