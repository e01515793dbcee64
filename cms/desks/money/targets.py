"""What a bank line may settle, for a person who matches by hand: orders, payments, payouts, transfers, with what is open on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Q, Sum
from django.urls import reverse

from checkout.domain.transfers import references_in
from checkout.models import BankLine, BankMatch, Order, OutgoingTransfer, Payment, VendorPayout
from checkout.queries.bank_book import dues_of
from kernel.money import Money

KINDS = ("order", "payment", "payout", "transfer")
MOST = 10
"""So many of a kind are found by a search."""
Name = tuple[str, str]
"""A kind and a code."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a line may settle; `expected` has the line's sign: positive came in, negative went out."""

    kind: str
    code: str
    title: str
    expected: Money
    url: str
    score: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How a form names it."""
        return f"{self.kind}:{self.code}"


def name_of(text: str) -> Name | None:
    """The kind and code that a form sent; None for anything else."""
    kind, colon, code = text.partition(":")
    return (kind, code) if colon and kind in KINDS and 0 < len(code) <= 255 else None


def suggested(lines: Iterable[BankLine]) -> dict[Name, tuple[int, tuple[str, ...]]]:
    """The candidates that the reading of these lines left, with score and reasons, best first."""
    found: dict[Name, tuple[int, tuple[str, ...]]] = {}
    for line in lines:
        for one in line.candidates:
            name = (str(one.get("kind", "")), str(one.get("code", "")))
            if name[0] in KINDS:
                score = (int(one.get("score", 0)), tuple(one.get("reasons", ())))
                found[name] = max(found.get(name, (0, ())), score)
    return dict(sorted(found.items(), key=lambda item: -item[1][0]))


def searched(words: str) -> list[Name]:
    """Orders by code, buyer or transfer reference, payouts and transfers by code or name; at most `MOST` of each."""
    text = words.strip()[:100]
    if len(text) < 2:
        return []
    named = list(references_in(text).orders)
    orders = Order.objects.filter(
        Q(code__in=named) | Q(code__icontains=text) | Q(buyer_name__icontains=text)
    )
    payouts = VendorPayout.objects.filter(code__icontains=text)
    transfers = OutgoingTransfer.objects.filter(Q(code__icontains=text) | Q(holder__icontains=text))
    return [
        *(("order", code) for code in orders.order_by("-pk").values_list("code", flat=True)[:MOST]),
        *(("payout", code) for code in payouts.values_list("code", flat=True)[:MOST]),
        *(("transfer", code) for code in transfers.values_list("code", flat=True)[:MOST]),
    ]


def offers(names: Iterable[Name]) -> list[Offer]:
    """These, as far as they exist, with what is open on each; a fixed number of statements, however many there are."""
    wanted = list(dict.fromkeys(names))
    by_kind = {kind: [code for k, code in wanted if k == kind] for kind in KINDS}
    found: dict[Name, Offer] = {}
    for kind, codes in by_kind.items():
        if codes:
            found |= {(kind, offer.code): offer for offer in _LOOK[kind](codes)}
    return [found[name] for name in wanted if name in found]


def scored(offer: Offer, told: Mapping[Name, tuple[int, tuple[str, ...]]]) -> Offer:
    """The offer with why it was suggested."""
    score, reasons = told.get((offer.kind, offer.code), (0, ()))
    return replace(offer, score=score, reasons=reasons)


def _orders(codes: list[str]) -> list[Offer]:
    rows = Order.objects.filter(code__in=codes)
    due = dues_of(rows)
    return [
        Offer(
            "order",
            row.code,
            row.buyer_name,
            due.get(row.pk, Money.zero(row.currency)),
            reverse("desk_order:inspect", args=[row.pk]),
        )
        for row in rows.only("code", "buyer_name", "currency")
    ]


def _payments(codes: list[str]) -> list[Offer]:
    rows = Payment.objects.filter(code__in=codes).select_related("order")
    got = _sums("payment__code", payment__code__in=codes)
    return [
        Offer(
            "payment",
            row.code,
            f"{row.order.code} {row.order.buyer_name}",
            Money(row.amount - got.get(row.code, 0), row.currency),
            reverse("desk_payment:inspect", args=[row.pk]),
        )
        for row in rows
    ]


def _payouts(codes: list[str]) -> list[Offer]:
    rows = VendorPayout.objects.filter(code__in=codes)
    got = _sums("payout__code", payout__code__in=codes)
    return [
        Offer(
            "payout",
            row.code,
            row.arrives_on.isoformat(),
            Money(row.amount - got.get(row.code, 0), row.currency),
            reverse("money_payout", args=[row.code]),
        )
        for row in rows
    ]


def _transfers(codes: list[str]) -> list[Offer]:
    rows = OutgoingTransfer.objects.filter(code__in=codes).select_related("order")
    return [
        Offer(
            "transfer",
            row.code,
            f"{row.order.code} {row.holder}",
            Money(row.amount if row.state == row.State.DONE else -row.amount, row.currency),
            reverse("money_transfer", args=[row.code]),
        )
        for row in rows
    ]


def _sums(field: str, **where: Any) -> dict[str, int]:
    rows = BankMatch.objects.filter(undone_at=None, **where).order_by().values(field)
    return {row[field]: row["sum"] for row in rows.annotate(sum=Sum(F("amount") + F("charge")))}


_LOOK = {"order": _orders, "payment": _payments, "payout": _payouts, "transfer": _transfers}
