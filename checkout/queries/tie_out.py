"""Everything the tie-out compares, read from the tables as one `World` in a number of statements that does not grow.

Movements, payments and entries of the last `YOUNG` may be known on one side only, because they are read one after the
other while buyers pay; such a movement is not compared until it is older, or known to all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum

from checkout.domain.bank import Statement, gap_between
from checkout.domain.ledger import UNIDENTIFIED
from checkout.domain.order import FINAL, State
from checkout.domain.payment_methods import refundable_until
from checkout.domain.payments import PAID
from checkout.domain.tie_out import (
    CHARGE,
    UNBOOKED_AFTER,
    Contested,
    Joined,
    Lined,
    Moved,
    Paid,
    PaidOut,
    World,
)
from checkout.errors import PaymentMismatch
from checkout.models import (
    BankLine,
    BankMatch,
    BankStatement,
    LedgerLeg,
    Payment,
    PaymentOperation,
    VendorDispute,
    VendorMove,
    VendorPayout,
)
from checkout.queries.held import deposits, held, vendor_balance
from checkout.queries.paid import refund_days_of
from checkout.queries.unheard import calls, dead_messages
from kernel.models import AuditEntry
from kernel.money import EXPONENTS, Money

YOUNG = UNBOOKED_AFTER
"""How long a movement may be known to one side only."""
ITEMISED_WITHIN = timedelta(days=1)
"""How long a payout may wait for its lines before their sum is judged all the same."""
WITHDRAWN_WITHIN = timedelta(days=30)
"""How long after the handover money may still have to go back: the longest right to withdraw and a reserve."""
CHUNK = 5000


@contextmanager
def one_moment() -> Iterator[None]:
    """All questions inside are answered as of the moment of the first one, and nothing is written.

    PostgreSQL: a transaction of its own that repeats its reads; inside another transaction it is that one's. SQLite:
    one transaction has the whole file.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def world(
    provider: str,
    books_balance: Mapping[str, int],
    now: datetime,
    *,
    live: bool = True,
    listed: Mapping[str, Money] | None = None,
) -> World:
    """The world of one vendor and all banks up to `now`, for `checkout.domain.tie_out.findings`.

    `books_balance` is what the vendor holds for us by currency, `listed` the net of every movement of the last `YOUNG`
    that it had booked by then, by code; `live` whether it is real money. Days are days of the books (`BOOKS_ZONE`).
    """
    today = now.astimezone(ZoneInfo(settings.BOOKS_ZONE)).date()
    with one_moment():
        moves, young, unreadable = _moves(provider, since=now - YOUNG)
        codes = frozenset(move.code for move in moves)
        ledger, posted = vendor_balance(provider, codes=codes, since=now - YOUNG)
        # Read, and posted in a moment: as if it were posted.
        early = young.keys() - posted
        return World(
            now=now,
            today=today,
            moves=moves,
            posted=posted | early,
            payments=tuple(_payments(provider, moves, now)),
            calls=calls(provider),
            payouts=tuple(_payouts(provider, now)),
            disputes=tuple(_disputes(provider)),
            lines=tuple(_lines()),
            gaps=tuple(_gaps()),
            dead_messages=dead_messages(),
            balance=_moved(_known(books_balance), _one_sided(codes, young, listed)),
            ledger=_moved(ledger, [young[code] for code in early]),
            deposits=deposits(),
            held=held(since=now - YOUNG),
            live=live,
            provider=provider,
            unreadable=unreadable,
        )


def _known(sums: Mapping[str, int]) -> dict[str, int]:
    """Without currencies that we do not know: their movements are listed one by one."""
    return {currency: amount for currency, amount in sums.items() if currency in EXPONENTS}


def _one_sided(
    codes: frozenset[str], young: Mapping[str, Money], listed: Mapping[str, Money] | None
) -> list[Money]:
    """What brings the vendor's balance to the movements that we have read: the young ones of one side only."""
    if listed is None:
        return []
    unread = [-net for code, net in listed.items() if code not in codes]
    return unread + [net for code, net in young.items() if code not in listed]


def _moved(sums: Mapping[str, int], by: Iterable[Money]) -> dict[str, int]:
    found = Counter(sums)
    for net in by:
        found[net.currency] += net.minor
    return dict(found)


def _moves(
    provider: str, *, since: datetime
) -> tuple[tuple[Moved, ...], dict[str, Money], tuple[str, ...]]:
    """Every movement, the net of those since `since` by code, and the codes of those in a currency we do not know."""
    rows = VendorMove.objects.filter(provider=provider).order_by("pk")
    fields = ("code", "kind", "gross", "fee", "currency", "vendor_payment", "reference", "live")
    moves, young, unreadable = [], {}, []
    for row in rows.values_list(
        *fields, "payment__provider_id", "payout__code", "at", named=True
    ).iterator(chunk_size=CHUNK):
        if row.currency not in EXPONENTS:
            unreadable.append(row.code)
            continue
        move = Moved(
            code=row.code,
            kind=row.kind,
            gross=Money(row.gross, row.currency),
            fee=Money(row.fee, row.currency),
            payment=row.payment__provider_id or row.vendor_payment,
            reference=row.reference,
            payout=row.payout__code or "",
            live=row.live,
        )
        moves.append(move)
        if row.at >= since:
            young[move.code] = move.net
    return tuple(moves), young, tuple(unreadable)


def _payments(provider: str, moves: Iterable[Moved], now: datetime) -> Iterator[Paid]:
    """Every payment that ever reached a vendor; those of other vendors only where one order may have been paid twice."""
    charged = _charged(moves)
    mismatched = _mismatched()
    rows = Payment.objects.select_related("order").order_by("pk")
    ours = Q(provider=provider) & ~Q(provider_id=None)
    paid_elsewhere = ~Q(provider=provider) & Q(state__in=PAID)
    parts, back, zone = _paid_in_parts(), _going_back(), ZoneInfo(settings.BOOKS_ZONE)
    for row in rows.filter(ours | paid_elsewhere).only(*_FIELDS).iterator(chunk_size=CHUNK):
        held_for = row.terms.get("hold_until")
        known = Paid(
            code=row.code,
            order=row.order.code,
            purpose="part" if row.order_id in parts and row.purpose == "balance" else row.purpose,
            provider_id=row.provider_id or "",
            amount=row.money,
            seen=row.money,
            paid=row.state in PAID,
            refunded=Money(max(row.refunded, back.get(row.pk, 0)), row.currency),
            settled_at=row.settled_at,
            refundable_until=_refundable_until(row, zone),
            hold_until=datetime.fromisoformat(held_for) if held_for else None,
            wanted=_wanted(row, now),
        )
        if row.provider != provider:
            yield replace(
                known, provider_id="", settled_at=None, refundable_until=None, hold_until=None
            )
        elif row.failure_code == PaymentMismatch.code:
            yield replace(known, seen=mismatched.get(row.code, Money.zero(row.currency)))
        else:
            booked = charged.get((known.provider_id, row.currency), row.amount)
            yield replace(known, seen=Money(booked, row.currency))


_FIELDS = (
    *("code", "purpose", "provider", "provider_id", "amount", "currency", "state", "failure_code"),
    *("refunded", "settled_at", "terms", "method"),
    *("order__code", "order__state", "order__handed_over_at"),
)


def _going_back() -> dict[int, int]:
    """What was given back of each payment or is on its way back, by its number."""
    rows = PaymentOperation.objects.filter(kind=PaymentOperation.Kind.REFUND).order_by()
    living = rows.exclude(state=PaymentOperation.State.FAILED)
    return dict(living.values_list("payment_id").annotate(sum=Sum("amount", default=0)))


def _charged(moves: Iterable[Moved]) -> Counter[tuple[str, str]]:
    """What was booked of each payment by currency; one settled in another currency than it was paid in is not compared."""
    found: Counter[tuple[str, str]] = Counter()
    for move in moves:
        if move.kind == CHARGE:
            found[move.payment, move.gross.currency] += move.gross.minor
    return found


def _mismatched() -> dict[str, Money]:
    """What the vendor took instead of what was asked for, by payment: as posted, else as written down."""
    wrong = dict(
        Payment.objects.filter(failure_code=PaymentMismatch.code).values_list("code", "order__code")
    )
    legs = LedgerLeg.objects.filter(account=UNIDENTIFIED, entry__note__in=wrong, amount__lt=0)
    found = {
        note: Money(-amount, currency)
        for note, currency, amount in legs.values_list("entry__note", "currency", "amount")
    }
    subjects = [f"order:{order}" for payment, order in wrong.items() if payment not in found]
    told = AuditEntry.objects.filter(subject__in=subjects, action="payment-mismatch")
    for facts in told.order_by("seq").values_list("facts", flat=True):
        seen = facts["found"]
        found.setdefault(facts["payment"], Money(seen["minor"], seen["currency"]))
    return found


def _paid_in_parts() -> frozenset[int]:
    """Orders that paid their balance in several payments, and all in all not more than their price: none is twice."""
    of_balance = Count("pk", filter=Q(purpose=Payment.Purpose.BALANCE))
    sums = Payment.objects.filter(state__in=PAID).order_by().values("order_id", "order__price")
    several = sums.annotate(sum=Sum("amount") - Sum("refunded"), parts=of_balance)
    rows = several.filter(parts__gt=1)
    return frozenset(row["order_id"] for row in rows if row["sum"] <= row["order__price"])


def _refundable_until(row: Payment, zone: ZoneInfo) -> date | None:
    """The last day on which the vendor gives this payment back, by what held when it was begun."""
    if row.settled_at is None:
        return None
    until = refundable_until(settled_at=row.settled_at, refund_days=refund_days_of(row))
    return until.astimezone(zone).date() if until else None


def _wanted(row: Payment, now: datetime) -> bool:
    order = row.order
    if order.handed_over_at is not None and now - order.handed_over_at > WITHDRAWN_WITHIN:
        return False
    return State(order.state) not in FINAL


def _payouts(provider: str, now: datetime) -> Iterator[PaidOut]:
    matched = dict(
        BankMatch.objects.filter(payout__provider=provider, undone_at=None)
        .order_by()
        .values_list("payout_id")
        .annotate(sum=Sum(F("amount") + F("charge")))
    )
    lost = (VendorPayout.State.FAILED, VendorPayout.State.CANCELED)
    rows = VendorPayout.objects.filter(provider=provider, currency__in=EXPONENTS)
    for row in rows.order_by("pk").iterator():
        yield PaidOut(
            code=row.code,
            amount=row.money,
            arrives_on=row.arrives_on,
            at_bank=matched.get(row.pk) == row.amount,
            failed=row.state in lost,
            itemised=row.itemised_at is not None or now - row.at > ITEMISED_WITHIN,
        )


def _disputes(provider: str) -> Iterator[Contested]:
    rows = VendorDispute.objects.filter(provider=provider, currency__in=EXPONENTS)
    rows = rows.filter(state=VendorDispute.State.OPEN)
    for row in rows.select_related("payment__order").order_by("pk"):
        until = row.answer_by.astimezone(ZoneInfo(settings.BOOKS_ZONE)) if row.answer_by else None
        order = row.payment.order.code if row.payment else ""
        yield Contested(row.code, order, row.money, until.date() if until else None)


def _lines() -> Iterator[Lined]:
    """Lines that wait, each with what of it is not settled yet."""
    rows = BankLine.objects.filter(state=BankLine.State.OPEN).order_by("pk")
    used = Sum("matches__amount", filter=Q(matches__undone_at=None), default=0)
    found = rows.annotate(used=used).values_list("key", "amount", "used", "currency", "why")
    for key, amount, part, currency, why in found:
        yield Lined(key, Money(amount - part, currency), why)


def _gaps() -> Iterator[Joined]:
    """Statements of an account that follow each other and do not join."""
    by_account: dict[tuple[str, str], list[BankStatement]] = defaultdict(list)
    for row in BankStatement.objects.exclude(first_on=None).order_by("first_on", "last_on", "pk"):
        by_account[row.account, row.currency].append(row)
    for (account, currency), rows in by_account.items():
        for before, after in zip(rows, rows[1:], strict=False):
            missing = gap_between(_facts(before, currency), _facts(after, currency))
            if missing:
                yield Joined(account, _name(before), _name(after), missing)


def _name(row: BankStatement) -> str:
    return row.number or f"{row.first_on}/{row.last_on}"


def _facts(row: BankStatement, currency: str) -> Statement:
    opening, closing = (
        None if amount is None else Money(amount, currency) for amount in (row.opening, row.closing)
    )
    return Statement(row.account, currency, row.number, opening, closing, ())
