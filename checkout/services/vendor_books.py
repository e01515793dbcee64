"""Reading a vendor's books into our tables, and the ledger after them: a run that fails or comes twice loses nothing.

What webhooks missed is found here: movements, payouts, disputes. What the vendor says is stored as it says it, also a kind
or a currency that nobody thought of; `checkout.domain.tie_out` lists what does not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Max, Min, OuterRef, Q, Subquery, Sum

from checkout.domain.tie_out import PAYOUT_BACK
from checkout.errors import GatewayRefused
from checkout.gateways.books import BookDispute, BookMove, BookPayout, VendorBooks
from checkout.gateways.ports import PaymentGateway
from checkout.models import Payment, VendorDispute, VendorMove, VendorPayout
from checkout.services.catching_up import catch_up
from checkout.services.contesting import post_losses, take
from checkout.services.vendor_posting import BATCH, post_moves

OVERLAP = timedelta(days=4)
"""How far behind the newest movement that we know the books are read again: vendors list late."""
PAYOUTS_BACK = timedelta(days=10)
"""How long after it was made a payout is looked at again: a bank may refuse one that counted as paid."""
DISPUTES_BACK = timedelta(days=120)
"""How long after it was opened a dispute is looked at again; an undecided one always is."""
ITEMISE_AGAIN = timedelta(hours=1)
"""How long a payout whose lines are not its amount is left before it is itemised again."""
ITEMISE_MOST = 100
"""So many payouts are itemised in one run; the rest waits for the next."""
_GONE = (VendorPayout.State.FAILED, VendorPayout.State.CANCELED)
_TOLD = (
    "kind",
    "gross",
    "fee",
    "currency",
    "source",
    "vendor_payment",
    "reference",
    "live",
    "at",
    "available_on",
)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one reading brought: movements that are new or told otherwise, entries posted, and by their codes payouts that
    are new or changed, those that came back since the last reading, and disputes that were opened or decided."""

    moves: int = 0
    posted: int = 0
    payouts: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()


def pull(*, books: VendorBooks, now: datetime, gateway: PaymentGateway | None = None) -> Pulled:
    """Read what is new in a vendor's books, store it, and bring the ledger to it; afterwards 1100 is what the vendor holds.

    With the same vendor's `gateway`, payments and refunds of which the books know more than we do are settled first.

    The first run begins with the oldest payment, every other one four days before the newest movement that is known. Not
    inside a transaction: the vendor is asked before anything is written. Raises GatewayUnavailable; what was stored
    before stays and is found again.
    """
    since = _since(books.provider, now)
    found = sorted(books.moves(since=since), key=lambda move: (move.at, move.code))
    told = list(books.payouts(since=min(since, _payouts_since(books.provider, now))))
    contests = list(books.disputes(since=min(since, _disputes_since(books.provider, now))))
    # Oldest first: where this breaks off, the next run begins with what is missing.
    moves = _store_moves(books, found, now)
    payouts, failed = _store_payouts(books.provider, told, now)
    moves += _itemise(books, now)
    _link(books.provider)
    if gateway is not None:
        catch_up(gateway=gateway, now=now)
    posted = post_moves(provider=books.provider, now=now)
    disputes = _take_disputes(books.provider, contests, now)
    posted += post_losses(provider=books.provider, now=now)
    return Pulled(moves, posted, payouts, failed, disputes)


def _since(provider: str, now: datetime) -> datetime:
    ours = VendorMove.objects.filter(provider=provider, at__lte=now)
    last: datetime | None = ours.aggregate(last=Max("at"))["last"]
    if last is None:
        first = Payment.objects.filter(provider=provider).aggregate(first=Min("created_at"))
        last = first["first"]
    return (last or now) - OVERLAP


def _payouts_since(provider: str, now: datetime) -> datetime:
    pending = VendorPayout.objects.filter(provider=provider, state=VendorPayout.State.PENDING)
    oldest = pending.aggregate(oldest=Min("at"))["oldest"]
    return min(now - PAYOUTS_BACK, oldest or now)


def _disputes_since(provider: str, now: datetime) -> datetime:
    undecided = VendorDispute.objects.filter(provider=provider, state=VendorDispute.State.OPEN)
    oldest = undecided.aggregate(oldest=Min("at"))["oldest"]
    return min(now - DISPUTES_BACK, oldest or now)


def _store_moves(
    books: VendorBooks,
    moves: Sequence[BookMove],
    now: datetime,
    payout: VendorPayout | None = None,
) -> int:
    """Store movements as told, and with which payout they went out; gives how many were new or told otherwise."""
    stored = 0
    for at in range(0, len(moves), BATCH):
        batch = {move.code: move for move in moves[at : at + BATCH]}
        rows = VendorMove.objects.filter(provider=books.provider, code__in=batch)
        known = {row[0]: row[1:] for row in rows.values_list("code", *_TOLD)}
        rows_told = (_row(books, move, now) for move in batch.values())
        fresh = [row for row in rows_told if known.get(row.code) != _facts(row)]
        _upsert(fresh, (*_TOLD, "seen_at"))
        if payout is not None:
            rows.exclude(payout=payout).update(payout=payout, seen_at=now)
        stored += len(fresh)
    return stored


def _row(books: VendorBooks, move: BookMove, now: datetime) -> VendorMove:
    return VendorMove(
        provider=books.provider,
        code=move.code,
        kind=move.kind[:64],
        gross=move.gross,
        fee=move.fee,
        currency=move.currency[:3],
        source=move.source,
        vendor_payment=move.payment,
        reference=move.reference,
        live=books.live,
        at=move.at,
        available_on=move.available_on,
        seen_at=now,
    )


def _facts(row: VendorMove) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _TOLD)


def _upsert(rows: Sequence[VendorMove], fields: Iterable[str]) -> None:
    VendorMove.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["provider", "code"], update_fields=list(fields)
    )


def _store_payouts(
    provider: str, told: Sequence[BookPayout], now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of payouts that are new or changed, and of those that came back since."""
    changed: list[str] = []
    failed: list[str] = []
    for at in range(0, len(told), BATCH):
        batch = {payout.code: payout for payout in told[at : at + BATCH]}
        rows = VendorPayout.objects.filter(provider=provider, code__in=batch)
        known = {row.code: row for row in rows}
        fresh = [_payout(provider, payout, now) for payout in batch.values()]
        VendorPayout.objects.bulk_create(
            fresh,
            update_conflicts=True,
            unique_fields=["provider", "code"],
            update_fields=["amount", "currency", "arrives_on", "state", "at", "seen_at"],
        )
        moved = [row for row in fresh if _changed(known.get(row.code), row)]
        changed += [row.code for row in moved]
        failed += [row.code for row in moved if row.state in _GONE]
    return tuple(changed), tuple(failed)


def _payout(provider: str, told: BookPayout, now: datetime) -> VendorPayout:
    return VendorPayout(
        provider=provider,
        code=told.code,
        amount=told.amount,
        currency=told.currency[:3],
        arrives_on=told.arrives_on,
        state=told.state,
        at=told.at,
        seen_at=now,
    )


def _changed(before: VendorPayout | None, after: VendorPayout) -> bool:
    return before is None or (before.state, before.amount) != (after.state, after.amount)


def _itemise(books: VendorBooks, now: datetime) -> int:
    """Ask what went out with each payout that nobody asked about yet, and with young ones that do not add up."""
    stored = 0
    for payout in _to_itemise(books.provider, now):
        try:
            inside = list(books.moves_of(payout.code))
        except GatewayRefused:  # a payout made by hand: the vendor keeps no list
            inside = []
        stored += _store_moves(books, _that_add_up(inside, payout.amount), now, payout)
        VendorPayout.objects.filter(pk=payout.pk).update(itemised_at=now)
    return stored


def _to_itemise(provider: str, now: datetime) -> Iterator[VendorPayout]:
    rows = VendorPayout.objects.filter(provider=provider).exclude(state__in=_GONE)
    inside = VendorMove.objects.filter(payout=OuterRef("pk")).order_by().values("payout")
    net = inside.annotate(sum=Sum(F("gross") - F("fee"))).values("sum")
    again = Q(at__gte=now - PAYOUTS_BACK, itemised_at__lte=now - ITEMISE_AGAIN)
    due = rows.annotate(net=Subquery(net)).filter(
        Q(itemised_at=None) | again & (Q(net=None) | ~Q(net=F("amount")))
    )
    return iter(due.order_by("at", "pk")[:ITEMISE_MOST])


def _that_add_up(inside: Sequence[BookMove], amount: int) -> Sequence[BookMove]:
    """What went out with a payout of `amount`.

    Money of an earlier payout that came back is listed beside it by some vendors and in its place by others.
    """
    without = [move for move in inside if move.kind != PAYOUT_BACK]
    return without if _net(without) == amount != _net(inside) else inside


def _net(moves: Iterable[BookMove]) -> int:
    return sum(move.gross - move.fee for move in moves)


def _take_disputes(provider: str, told: Sequence[BookDispute], now: datetime) -> tuple[str, ...]:
    """Take what is news; the codes of it."""
    rows = VendorDispute.objects.filter(provider=provider, code__in=[one.code for one in told])
    known = {row.code: row for row in rows}
    names = [one.payment for one in told]
    ours = set(
        Payment.objects.filter(provider=provider, provider_id__in=names).values_list(
            "provider_id", flat=True
        )
    )
    return tuple(
        one.code
        for one in told
        if _is_news(known.get(one.code), one, ours) and take(provider=provider, found=one, now=now)
    )


def _is_news(known: VendorDispute | None, told: BookDispute, ours: set[str | None]) -> bool:
    if known is None:
        return True
    unlinked = known.payment_id is None and told.payment in ours
    return unlinked or (known.state, known.answer_by) != (told.state, told.answer_by)


def _link(provider: str) -> None:
    """Name our payment on every movement of one, also where we learned the vendor's name of it only later."""
    ours = Payment.objects.filter(provider=provider, provider_id=OuterRef("vendor_payment"))
    rows = VendorMove.objects.filter(Exists(ours), provider=provider, payment=None)
    rows.exclude(vendor_payment="").update(payment=Subquery(ours.values("pk")[:1]))
