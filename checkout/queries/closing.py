"""What a month of the books comes to: trial balance, roll-forward and age of deposits, and what stands against its close.

A day, and so a month, is one of `BOOKS_ZONE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min, Q, Sum

from checkout.domain.closing import (
    Owed,
    Period,
    RollForward,
    against_closing,
    bounds,
    bucket_of,
    month_named,
    month_of,
    roll_forward,
)
from checkout.domain.ledger import DEPOSITS
from checkout.models import (
    ClosedPeriod,
    LedgerEntry,
    LedgerLeg,
    MoneyException,
    ReconciliationRun,
    VendorMove,
)
from checkout.queries.ledger import AccountTotals, accounts_with_totals
from kernel.money import Money
from kernel.text import fingerprint

MONTHS = 36
"""How many months back are listed."""


def zone() -> tzinfo:
    """The time zone of the books."""
    return ZoneInfo(settings.BOOKS_ZONE)


def today(now: datetime) -> date:
    """The day of the books at `now`."""
    return now.astimezone(zone()).date()


def trial_balance_at(month: str) -> tuple[AccountTotals, ...]:
    """Every account at the end of `month` (`2026-11`), by currency; balances add up to zero. Raises PeriodNotReady."""
    return accounts_with_totals(until=bounds(month_named(month), zone())[1])


def roll_forward_of(month: str) -> tuple[RollForward, ...]:
    """The deposit liability through `month` (`2026-11`), by currency. Raises PeriodNotReady."""
    period = month_named(month)
    return roll_forward(_owed(period), first=period.first, last=period.last)


def _owed(period: Period) -> Iterator[Owed]:
    """What was owed before the month in one sum a currency, then every leg of the month."""
    begins, ends = bounds(period, zone())
    legs = LedgerLeg.objects.filter(account=DEPOSITS).order_by()
    before = legs.filter(entry__posted_at__lt=begins)
    for row in before.values("currency").annotate(sum=Sum("amount")):
        day = period.first - timedelta(days=1)
        yield Owed("opening", day, Money(-row["sum"], row["currency"]))
    inside = legs.filter(entry__posted_at__gte=begins, entry__posted_at__lt=ends)
    fields = ("entry__key", "entry__posted_at", "currency", "amount")
    for key, at, currency, amount in inside.values_list(*fields).iterator(chunk_size=5000):
        yield Owed(key, at.astimezone(zone()).date(), Money(-amount, currency))


@dataclass(frozen=True, slots=True)
class Aged:
    """What an order has with us: `since` its first money came, `days` ago, which is the age `bucket`.

    `order` is empty for money of no order.
    """

    order: str
    amount: Money
    since: date
    days: int
    bucket: str


def aging(now: datetime) -> tuple[Aged, ...]:
    """Every order whose deposit account is not at zero, by what was posted before `now`, the oldest first."""
    legs = LedgerLeg.objects.filter(account=DEPOSITS, entry__posted_at__lt=now).order_by()
    rows = legs.values_list("entry__order__code", "currency").annotate(
        sum=Sum("amount"),
        since=Min("entry__posted_at", filter=Q(amount__lt=0)),
        any=Min("entry__posted_at"),
    )
    # A moment before: at midnight the day that has just ended.
    on = today(now - timedelta(microseconds=1))
    found = [
        _aged(code or "", Money(-amount, currency), (since or first), on)
        for code, currency, amount, since, first in rows.exclude(sum=0).iterator(chunk_size=5000)
    ]
    return tuple(sorted(found, key=lambda row: (-row.days, row.order, row.amount.currency)))


def _aged(order: str, amount: Money, at: datetime, on: date) -> Aged:
    since = today(at)
    days = (on - since).days
    return Aged(order, amount, since, days, bucket_of(days))


# ---- The close ----


def reasons_against(
    period: Period, now: datetime, rolled: tuple[RollForward, ...] | None = None
) -> tuple[str, ...]:
    """Every reason against closing a month now, in the words of `checkout.domain.closing.against_closing`."""
    kinds = MoneyException.objects.filter(state=MoneyException.State.OPEN).order_by()
    return against_closing(
        period=period,
        today=today(now),
        closed=_closed(),
        open_kinds=list(kinds.values_list("kind", flat=True).distinct()),
        rolled=roll_forward_of(period.name) if rolled is None else rolled,
        compared=_compared(period),
    )


def _closed() -> list[Period]:
    return [Period(*row) for row in ClosedPeriod.objects.values_list("first_on", "last_on")]


def _compared(period: Period) -> bool:
    """Whether since the end of the month a run was made with the books of every vendor that moved money in it."""
    begins, ends = bounds(period, zone())
    moved = VendorMove.objects.filter(at__gte=begins, at__lt=ends).order_by()
    runs = ReconciliationRun.objects.filter(started_at__gte=ends, error="")
    done = set(runs.exclude(finished_at=None).values_list("provider", flat=True).distinct())
    return bool(done) and set(moved.values_list("provider", flat=True).distinct()) <= done


def frozen(period: Period) -> dict[str, Any]:
    """What is stored of a month when it closes, as JSON: minor units by account, currency and order."""
    ends = bounds(period, zone())[1]
    return {
        "trial_balance": [
            {
                "account": row.code,
                "currency": row.balance.currency,
                "debit": row.debit.minor,
                "credit": row.credit.minor,
                "balance": row.balance.minor,
            }
            for row in trial_balance_at(period.name)
        ],
        "rolled": [rolled_json(row) for row in roll_forward_of(period.name)],
        "aging": [
            {
                "order": row.order,
                "currency": row.amount.currency,
                "amount": row.amount.minor,
                "since": row.since.isoformat(),
                "days": row.days,
            }
            for row in aging(ends)
        ],
    }


COLUMNS = ("opening", "received", "applied", "refunded", "forfeited", "other", "closing")
"""The columns of a roll-forward, in the order in which they are read."""


def rolled_json(row: RollForward) -> dict[str, Any]:
    """A currency of a roll-forward in minor units."""
    amounts = {name: getattr(row, name).minor for name in COLUMNS}
    return {"currency": row.currency, **amounts}


def seal(name: str, content: dict[str, Any]) -> str:
    """SHA-256 of a closed month's canonical JSON."""
    return fingerprint({"period": name, **content})


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """A month of the books; `reasons` stand against its close, and it may close where there are none.

    A closed one says by whom and when, and whether what was frozen is `whole`: still what its SHA-256 says.
    """

    name: str
    first: date
    last: date
    closed: bool
    closed_by: str
    closed_at: datetime | None
    sha256: str
    whole: bool
    reasons: tuple[str, ...]


def months(now: datetime) -> tuple[MonthFacts, ...]:
    """Every month since the first entry, at most `MONTHS`, the newest first."""
    known = {row.name: row for row in ClosedPeriod.objects.all()[:MONTHS]}
    found = []
    for period in _periods(now):
        row = known.get(period.name)
        found.append(_closed_facts(period, row) if row else _open_facts(period, now))
    return tuple(found)


def _periods(now: datetime) -> Iterator[Period]:
    first = LedgerEntry.objects.aggregate(at=Min("posted_at"))["at"] or now
    period, oldest = month_of(today(now)), month_of(today(first))
    for _ in range(MONTHS):
        yield period
        if period.first <= oldest.first:
            return
        period = month_of(period.first - timedelta(days=1))


def _closed_facts(period: Period, row: ClosedPeriod) -> MonthFacts:
    content = {"trial_balance": row.trial_balance, "rolled": row.rolled, "aging": row.aging}
    return MonthFacts(
        name=period.name,
        first=period.first,
        last=period.last,
        closed=True,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        sha256=row.sha256,
        whole=seal(row.name, content) == row.sha256,
        reasons=(),
    )


def _open_facts(period: Period, now: datetime) -> MonthFacts:
    return MonthFacts(
        name=period.name,
        first=period.first,
        last=period.last,
        closed=False,
        closed_by="",
        closed_at=None,
        sha256="",
        whole=True,
        reasons=reasons_against(period, now),
    )
