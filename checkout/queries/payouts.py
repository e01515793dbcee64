"""Payouts for finance: the list, and one of them down to payment, order and contract; its sum and its bank line checked.

Every answer takes the same number of statements, whatever stands in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from checkout.models import BankMatch, VendorMove, VendorPayout
from kernel.money import Money

PAGE = 50
LINES = 200
NOT_SEEN, IN_PART, SEEN = "open", "part", "matched"
"""How much of a payout bank lines settle: nothing, another sum, just what it is."""


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """One payout; `state` as `VendorPayout.State`. `lines` movements went out with it, which add up to `inside`.

    `itemised`: the vendor was asked what went out with it. `bank` says how much of it bank lines settle, `at_bank` the sum.
    """

    number: int
    code: str
    provider: str
    amount: Money
    state: str
    at: datetime
    arrives_on: date
    itemised: bool
    lines: int
    inside: Money
    bank: str
    at_bank: Money

    @property
    def difference(self) -> Money:
        """What its movements lack to its amount; zero for one that ties out."""
        return self.amount - self.inside

    @property
    def ties_out(self) -> bool:
        """Whether its movements are its amount and a bank line is too."""
        return self.itemised and not self.difference and self.bank == SEEN


@dataclass(frozen=True, slots=True)
class PayoutsPage:
    """Payouts, newest first; `following` is the `after` of the next page, None on the last one."""

    rows: tuple[PayoutRow, ...]
    following: int | None


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One movement in a payout and where it leads; `payment`, `order` and `contract` are empty where it leads nowhere.

    `net` = `gross` - `fee`; `reference` is what we called a refund, `source` what the vendor booked it for.
    """

    number: int
    code: str
    kind: str
    gross: Money
    fee: Money
    net: Money
    at: datetime
    source: str
    reference: str
    payment: str
    purpose: str
    order: str
    contract: str


@dataclass(frozen=True, slots=True)
class BankSeen:
    """A bank line that settles (a part of) a payout; `line` is its number."""

    line: int
    account: str
    booked_on: date
    text: str
    amount: Money
    automatic: bool
    made_by: str


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    """One payout, a page of what went out with it, oldest first, and its bank lines; `following` as in `PayoutsPage`."""

    payout: PayoutRow
    lines: tuple[PayoutLine, ...]
    bank: tuple[BankSeen, ...]
    following: int | None


def payouts_page(
    after: int | None = None, size: int = PAGE, *, on_the_way: bool = False
) -> PayoutsPage:
    """A page of payouts; `after` is the number of the last one of the page before.

    `on_the_way`: only those that no bank line settles yet, and that did not come back.
    """
    rows = _summed(VendorPayout.objects.all()).order_by("-at", "-pk")
    if on_the_way:
        gone = (VendorPayout.State.FAILED, VendorPayout.State.CANCELED)
        rows = rows.filter(at_bank=None).exclude(state__in=gone)
    if after is not None:
        last = VendorPayout.objects.filter(pk=after).values("at")[:1]
        rows = rows.filter(Q(at__lt=Subquery(last)) | Q(at=Subquery(last), pk__lt=after))
    found = [_row(row) for row in rows[: size + 1]]
    return PayoutsPage(tuple(found[:size]), _following(found, size))


def payout_facts(code: str, after: int | None = None, size: int = LINES) -> PayoutFacts | None:
    """One payout by the vendor's code with a page of its movements; None where there is none of that code.

    `after` is the number of the last movement of the page before.
    """
    row = _summed(VendorPayout.objects.filter(code=code)).first()
    if row is None:
        return None
    moves = VendorMove.objects.filter(payout=row).select_related("payment__order").order_by("pk")
    if after is not None:
        moves = moves.filter(pk__gt=after)
    lines = [_line(move) for move in moves[: size + 1]]
    return PayoutFacts(_row(row), tuple(lines[:size]), _bank(row), _following(lines, size))


def _following(found: Sequence[PayoutRow] | Sequence[PayoutLine], size: int) -> int | None:
    return found[size - 1].number if len(found) > size else None


def _summed(rows: QuerySet[VendorPayout]) -> QuerySet[Any]:
    inside = VendorMove.objects.filter(payout=OuterRef("pk")).order_by().values("payout")
    at_bank = BankMatch.objects.filter(payout=OuterRef("pk"), undone_at=None).order_by()
    return rows.annotate(
        lines=Subquery(inside.annotate(n=Count("pk")).values("n")),
        inside=Subquery(inside.annotate(sum=Sum(F("gross") - F("fee"))).values("sum")),
        at_bank=Subquery(at_bank.values("payout").annotate(sum=Sum("amount")).values("sum")),
    )


def _row(row: Any) -> PayoutRow:
    at_bank = row.at_bank or 0
    return PayoutRow(
        number=row.pk,
        code=row.code,
        provider=row.provider,
        amount=row.money,
        state=row.state,
        at=row.at,
        arrives_on=row.arrives_on,
        itemised=row.itemised_at is not None,
        lines=row.lines or 0,
        inside=Money(row.inside or 0, row.currency),
        bank=SEEN if at_bank == row.amount else IN_PART if at_bank else NOT_SEEN,
        at_bank=Money(at_bank, row.currency),
    )


def _line(move: VendorMove) -> PayoutLine:
    payment = move.payment
    return PayoutLine(
        number=move.pk,
        code=move.code,
        kind=move.kind,
        gross=Money(move.gross, move.currency),
        fee=Money(move.fee, move.currency),
        net=move.net,
        at=move.at,
        source=move.source,
        reference=move.reference,
        payment=payment.code if payment else "",
        purpose=payment.purpose if payment else "",
        order=payment.order.code if payment else "",
        contract=payment.order.contract_number if payment else "",
    )


def _bank(payout: VendorPayout) -> tuple[BankSeen, ...]:
    rows = BankMatch.objects.filter(payout=payout, undone_at=None).select_related("line")
    return tuple(
        BankSeen(
            line=match.line_id,
            account=match.line.account,
            booked_on=match.line.booked_on,
            text=match.line.text,
            amount=Money(match.amount, match.line.currency),
            automatic=match.automatic,
            made_by=match.made_by,
        )
        for match in rows
    )
