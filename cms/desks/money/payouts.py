"""Payouts: the list, and one of them down to each movement, its payment, its order and its contract."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from checkout.domain.tie_out import PAYOUT
from checkout.models import BankMatch, VendorMove, VendorPayout
from cms.desks.money import door
from cms.desks.money.due import on_their_way
from cms.desks.money.paging import sliced
from cms.desks.money.sheets import download
from contracts.models import Contract
from kernel.money import Money, total

SEE = "checkout.view_vendorpayout"
MOST = 2000
"""So many movements of a payout stand on its page; the sheet has them all."""


@door.reading(SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """Every payout, newest first; `?show=way` those that no bank line settles yet."""
    way = request.GET.get("show") == "way"
    seen = BankMatch.objects.filter(payout=OuterRef("pk"), undone_at=None)
    rows = on_their_way() if way else VendorPayout.objects.all()
    found = sliced(rows.annotate(at_bank=Exists(seen)), request)
    return door.page(request, "payouts", "payouts", {"list": found, "way": way})


@door.reading(SEE)
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One payout with its sums, its bank line, and every movement that went out with it."""
    live = BankMatch.objects.filter(undone_at=None).select_related("line")
    payout = get_object_or_404(
        VendorPayout.objects.prefetch_related(Prefetch("bank_matches", live)), code=code
    )
    moves = _moves(payout)
    if request.GET.get("format") == "csv":
        return download(_sheet(payout, moves), f"payout-{payout.code}.csv")
    sums = _sums(payout)
    found = list(moves[:MOST])
    context = {
        "payout": payout,
        "matches": payout.bank_matches.all(),
        "at_bank": Money(sum(match.amount for match in payout.bank_matches.all()), payout.currency),
        "sums": sums,
        "moves": _with_contracts(found),
        "more": sums["count"] - len(found),
    }
    return door.page(request, "payout", "payouts", context)


def _moves(payout: VendorPayout) -> QuerySet[VendorMove]:
    """What went out with it, without the payout's own movement."""
    rows = payout.moves.exclude(kind=PAYOUT)
    return rows.select_related("payment__order")


def _sums(payout: VendorPayout) -> dict[str, Any]:
    """What the movements add up to, by kind and in all, and how far that is from the payout."""
    rows = (
        _moves(payout)
        .order_by()
        .values("kind")
        .annotate(count=Count("pk"), paid=Sum("gross"), cost=Sum("fee"))
        .order_by("kind")
    )

    def money(minor: int) -> Money:
        return Money(minor, payout.currency)

    kinds = [
        {
            "kind": row["kind"],
            "count": row["count"],
            "gross": money(row["paid"]),
            "fee": money(row["cost"]),
            "net": money(row["paid"] - row["cost"]),
        }
        for row in rows
    ]
    net = total([row["net"] for row in kinds], payout.currency)
    return {
        "kinds": kinds,
        "count": sum(row["count"] for row in kinds),
        "gross": total([row["gross"] for row in kinds], payout.currency),
        "fee": total([row["fee"] for row in kinds], payout.currency),
        "net": net,
        "difference": payout.money - net,
    }


def _with_contracts(moves: list[VendorMove]) -> list[dict[str, Any]]:
    """Each movement with its payment, its order and the newest contract of the order."""
    codes = {move.payment.order.code for move in moves if move.payment}
    found = Contract.objects.filter(order__in=codes).order_by("pk")
    contracts = {contract.order: contract for contract in found}
    return [
        {
            "row": move,
            "gross": Money(move.gross, move.currency),
            "fee": Money(move.fee, move.currency),
            "net": move.net,
            "payment": move.payment,
            "order": move.payment.order if move.payment else None,
            "contract": contracts.get(move.payment.order.code) if move.payment else None,
        }
        for move in moves
    ]


def _sheet(payout: VendorPayout, moves: QuerySet[VendorMove]) -> list[list[str]]:
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
        "reference",
    ]
    rows = [
        [
            payout.code,
            move.code,
            move.kind,
            move.at.isoformat(timespec="seconds"),
            str(Money(move.gross, move.currency).decimal),
            str(Money(move.fee, move.currency).decimal),
            str(move.net.decimal),
            move.currency,
            move.payment.code if move.payment else "",
            move.payment.order.code if move.payment else "",
            move.reference,
        ]
        for move in moves.iterator()
    ]
    net = sum((Money.of(row[6], row[7]).minor for row in rows), 0)
    control = ["CONTROL", str(len(rows)), "", "", "", "", str(Money(net, payout.currency).decimal)]
    return [header, *rows, [*control, payout.currency, "", "", ""]]
