"""What finance asks: accounts with totals, entries, the deposits of a day; as facts and as rows for CSV."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from checkout.domain.ledger import ACCOUNTS, DEPOSITS
from checkout.errors import UnknownAccount
from checkout.models import LedgerEntry, LedgerLeg, Payment
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class AccountTotals:
    """One account in one currency; `balance` = `debit` - `credit`, both not negative."""

    code: str
    kind: str
    name: dict[str, str]
    debit: Money
    credit: Money
    balance: Money
    legs: int


@dataclass(frozen=True, slots=True)
class LegFacts:
    """One side of an entry; debit positive, credit negative."""

    account: str
    name: dict[str, str]
    amount: Money


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One entry with its legs; `order` is empty where it belongs to none."""

    number: int
    key: str
    kind: str
    order: str
    posted_at: datetime
    note: str
    legs: tuple[LegFacts, ...]


@dataclass(frozen=True, slots=True)
class DepositFacts:
    """One deposit that arrived; `fee` and `net` are None until the vendor has booked it.

    The fee may be in another currency than the amount; `net` is None then too.
    """

    order: str
    order_state: str
    payment: str
    state: str
    method: str
    provider: str
    provider_id: str
    balance_transaction: str
    amount: Money
    refunded: Money
    fee: Money | None
    net: Money | None
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows for a CSV file, header first and control totals last; `totals` counts minor units per currency."""

    rows: tuple[tuple[str, ...], ...]
    count: int
    totals: dict[str, int]


def accounts_with_totals(
    *, since: datetime | None = None, until: datetime | None = None
) -> tuple[AccountTotals, ...]:
    """Every account that was posted to, per currency, by code; `until` is exclusive. Balances add up to zero."""
    rows = (
        LedgerLeg.objects.filter(_between("entry__posted_at", since, until))
        .values("account", "currency")
        .annotate(
            debit=Sum("amount", filter=Q(amount__gt=0), default=0),
            credit=Sum("amount", filter=Q(amount__lt=0), default=0),
            legs=Sum(1),
        )
        .order_by("account", "currency")
    )
    return tuple(_totals(row) for row in rows)


def _totals(row: Mapping[str, Any]) -> AccountTotals:
    account, currency = ACCOUNTS[row["account"]], row["currency"]
    return AccountTotals(
        code=account.code,
        kind=account.kind,
        name=dict(account.name),
        debit=Money(row["debit"], currency),
        credit=Money(-row["credit"], currency),
        balance=Money(row["debit"] + row["credit"], currency),
        legs=row["legs"],
    )


def entries(
    *,
    account: str = "",
    order: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 500,
) -> tuple[EntryFacts, ...]:
    """The newest entries first, of an account, of an order, of a time, or all. Raises UnknownAccount."""
    if account and account not in ACCOUNTS:
        raise UnknownAccount(f"account: there is no {account!r}", facts={"account": account})
    rows = LedgerEntry.objects.filter(_between("posted_at", since, until)).order_by("-pk")
    if account:
        rows = rows.filter(pk__in=LedgerLeg.objects.filter(account=account).values("entry_id"))
    if order:
        rows = rows.filter(order__code=order)
    return tuple(
        _entry(entry) for entry in rows.select_related("order").prefetch_related("legs")[:limit]
    )


def _entry(entry: LedgerEntry) -> EntryFacts:
    return EntryFacts(
        number=entry.pk,
        key=entry.key,
        kind=entry.kind,
        order=entry.order.code if entry.order else "",
        posted_at=entry.posted_at,
        note=entry.note,
        legs=tuple(
            LegFacts(leg.account, dict(ACCOUNTS[leg.account].name), Money(leg.amount, leg.currency))
            for leg in entry.legs.all()
        ),
    )


def deposits_of_day(day: date, timezone: str) -> tuple[DepositFacts, ...]:
    """The deposits that arrived on `day` as the calendar of `timezone` has it, oldest first.

    Raises zoneinfo.ZoneInfoNotFoundError.
    """
    start, end = _bounds(day, timezone)
    rows = Payment.objects.filter(
        purpose=Payment.Purpose.DEPOSIT, settled_at__gte=start, settled_at__lt=end
    ).select_related("order")
    return tuple(_deposit(payment) for payment in rows.order_by("settled_at", "pk"))


def _deposit(payment: Payment) -> DepositFacts:
    fee = None if payment.fee is None else Money(payment.fee, payment.fee_currency)
    same = fee is not None and fee.currency == payment.currency
    return DepositFacts(
        order=payment.order.code,
        order_state=payment.order.state,
        payment=payment.code,
        state=payment.state,
        method=payment.method,
        provider=payment.provider,
        provider_id=payment.provider_id or "",
        balance_transaction=payment.balance_transaction,
        amount=payment.money,
        refunded=Money(payment.refunded, payment.currency),
        fee=fee,
        net=payment.money - fee if fee is not None and same else None,
        settled_at=payment.settled_at or payment.created_at,
    )


def deposit_liability(*, order: str = "") -> tuple[Money, ...]:
    """What we owe buyers on account 2000, per currency; of one order if it is named. Zeros are left out."""
    rows = LedgerLeg.objects.filter(account=DEPOSITS)
    if order:
        rows = rows.filter(entry__order__code=order)
    sums = rows.values("currency").annotate(total=Sum("amount")).order_by("currency")
    return tuple(Money(-row["total"], row["currency"]) for row in sums if row["total"])


def deposits_sheet(deposits: Sequence[DepositFacts], timezone: str) -> Sheet:
    """The deposits of a day for CSV, moments in `timezone`; the control total is the sum of the amounts."""
    zone = ZoneInfo(timezone)
    header = (
        "settled_at", "order", "order_state", "payment", "state", "provider", "method", "provider_id",
        "balance_transaction", "currency", "amount", "refunded", "fee", "net",
    )  # fmt: skip
    rows = [
        (
            deposit.settled_at.astimezone(zone).isoformat(timespec="seconds"),
            deposit.order,
            deposit.order_state,
            deposit.payment,
            deposit.state,
            deposit.provider,
            deposit.method,
            deposit.provider_id,
            deposit.balance_transaction,
            deposit.amount.currency,
            _plain(deposit.amount),
            _plain(deposit.refunded),
            _plain(deposit.fee),
            _plain(deposit.net),
        )
        for deposit in deposits
    ]
    return _sheet(header, rows, (deposit.amount for deposit in deposits), "amount")


def ledger_sheet(found: Sequence[EntryFacts]) -> Sheet:
    """Entries for CSV, a row a leg, moments in UTC; the control total of whole entries is zero."""
    header = (
        "number",
        "posted_at",
        "key",
        "kind",
        "order",
        "account",
        "name",
        "currency",
        "amount",
        "note",
    )
    rows = [
        (
            str(entry.number),
            entry.posted_at.astimezone(UTC).isoformat(timespec="seconds"),
            entry.key,
            entry.kind,
            entry.order,
            leg.account,
            leg.name["en"],
            leg.amount.currency,
            _plain(leg.amount),
            entry.note,
        )
        for entry in found
        for leg in entry.legs
    ]
    return _sheet(header, rows, (leg.amount for entry in found for leg in entry.legs), "amount")


def _sheet(
    header: tuple[str, ...], rows: Sequence[tuple[str, ...]], amounts: Iterable[Money], column: str
) -> Sheet:
    """Header, rows, and one control row per currency: `CONTROL`, the count, the sum below `column`."""
    totals: dict[str, int] = defaultdict(int)
    for amount in amounts:
        totals[amount.currency] += amount.minor
    control = []
    for currency, minor in sorted(totals.items()):
        line = [""] * len(header)
        line[0], line[1] = "CONTROL", str(len(rows))
        line[header.index("currency")] = currency
        line[header.index(column)] = _plain(Money(minor, currency))
        control.append(tuple(line))
    return Sheet(rows=(header, *rows, *control), count=len(rows), totals=dict(totals))


def _plain(amount: Money | None) -> str:
    return "" if amount is None else str(amount.decimal)


def _bounds(day: date, timezone: str) -> tuple[datetime, datetime]:
    zone = ZoneInfo(timezone)
    start = datetime.combine(day, time(), tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _between(field: str, since: datetime | None, until: datetime | None) -> Q:
    found = Q()
    if since is not None:
        found &= Q(**{f"{field}__gte": since})
    if until is not None:
        found &= Q(**{f"{field}__lt": until})
    return found
