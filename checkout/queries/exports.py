"""The books as tables to hand out: journal, deposits, payouts, exceptions, roll-forward, trial balance.

Rows come one by one, so that a table of any length is written in little memory. A day is one of `BOOKS_ZONE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from django.db.models import Q

from checkout.domain.closing import Period, bounds, month_named
from checkout.domain.datev import Booking
from checkout.domain.exceptions import KINDS
from checkout.domain.ledger import ACCOUNTS
from checkout.domain.tie_out import PAYOUT
from checkout.errors import BadExport
from checkout.models import LedgerEntry, LedgerLeg, MoneyException, VendorMove
from checkout.queries.closing import COLUMNS as ROLLED
from checkout.queries.closing import aging, roll_forward_of, trial_balance_at, zone
from kernel.money import EXPONENTS, Money
from kernel.text import Text

Cell = str | int | date | datetime | Money | Text | None
"""A text in every language is written in the reader's; a sum without its currency, which has a column of its own."""
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its code, with its heading."""

    code: str
    heading: Text


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their columns; `counted` is the column whose sums by currency are the control totals."""

    code: str
    title: Text
    columns: tuple[Column, ...]
    counted: str
    rows: Iterator[tuple[Cell, ...]]


_HEADINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "account": ("科目", "Account"),
        "age": ("账龄（天）", "Age in days"),
        "amount": ("金额", "Amount"),
        "applied": ("转销", "Applied"),
        "arrives_on": ("到账日", "Arrives on"),
        "balance": ("余额", "Balance"),
        "class": ("类别", "Class"),
        "closing": ("期末余额", "Closing"),
        "contract": ("合同", "Contract"),
        "credit": ("贷方", "Credit"),
        "currency": ("币种", "Currency"),
        "day": ("日期", "Day"),
        "days": ("天数", "Days"),
        "debit": ("借方", "Debit"),
        "fee": ("手续费", "Fee"),
        "forfeited": ("没收", "Forfeited"),
        "gross": ("总额", "Gross"),
        "key": ("键", "Key"),
        "kind": ("种类", "Kind"),
        "move": ("流水", "Movement"),
        "name": ("名称", "Name"),
        "net": ("净额", "Net"),
        "note": ("备注", "Note"),
        "number": ("编号", "Number"),
        "opened_at": ("出现时间", "Opened"),
        "opening": ("期初余额", "Opening"),
        "order": ("订单", "Order"),
        "other": ("其他", "Other"),
        "owner": ("负责人", "Owner"),
        "payment": ("付款", "Payment"),
        "payout": ("结算款", "Payout"),
        "posted_at": ("记账时间", "Posted"),
        "provider": ("支付平台", "Vendor"),
        "received": ("收到", "Received"),
        "refunded": ("退款", "Refunded"),
        "resolution": ("处理结果", "Resolution"),
        "resolved_at": ("处理时间", "Resolved"),
        "resolved_by": ("处理人", "Resolved by"),
        "since": ("起始日", "Since"),
        "state": ("状态", "State"),
    }
)


def _columns(codes: str) -> tuple[Column, ...]:
    found = []
    for code in codes.split():
        zh, en = _HEADINGS[code]
        found.append(Column(code, {"zh-hans": zh, "en": en}))
    return tuple(found)


def table(kind: str, *, month: str) -> Table:
    """The table of that kind for `month` (`2026-11`), with rows to be read once; raises BadExport, PeriodNotReady.

    Deposits are those at the end of the month; exceptions those that were open in it, or still are.
    """
    made = _TABLES.get(kind)
    if made is None:
        raise BadExport(f"kind: one of {', '.join(_TABLES)}", facts={"field": "kind"})
    period = month_named(month)
    (zh, en), codes, counted, rows = made
    return Table(kind, {"zh-hans": zh, "en": en}, _columns(codes), counted, rows(period))


def _journal(period: Period) -> Iterator[tuple[Cell, ...]]:
    begins, ends = bounds(period, zone())
    rows = LedgerLeg.objects.filter(entry__posted_at__gte=begins, entry__posted_at__lt=ends)
    fields = ("entry_id", "entry__posted_at", "entry__key", "entry__kind", "entry__order__code")
    for number, at, key, kind, order, account, currency, amount, note in (
        rows.order_by("entry_id", "pk")
        .values_list(*fields, "account", "currency", "amount", "entry__note")
        .iterator(chunk_size=CHUNK)
    ):
        here, name = at.astimezone(zone()), dict(ACCOUNTS[account].name)
        money = Money(amount, currency)
        yield number, here.date(), here, key, kind, order, account, name, currency, money, note


def _deposits(period: Period) -> Iterator[tuple[Cell, ...]]:
    for row in aging(bounds(period, zone())[1]):
        yield row.order, row.amount.currency, row.amount, row.since, row.days, row.bucket


def _payouts(period: Period) -> Iterator[tuple[Cell, ...]]:
    """What went out with every payout that arrives in the month, down to the order and its contract."""
    inside = {"payout__arrives_on__gte": period.first, "payout__arrives_on__lte": period.last}
    rows = VendorMove.objects.filter(**inside, currency__in=EXPONENTS).exclude(kind=PAYOUT)
    of_payout = ("provider", "payout__code", "payout__arrives_on", "payout__state")
    of_order = ("payment__code", "payment__order__code", "payment__order__contract_number")
    for *told, currency, gross, fee in (
        rows.order_by("payout__arrives_on", "payout_id", "at", "pk")
        .values_list(*of_payout, "code", "kind", *of_order, "currency", "gross", "fee")
        .iterator(chunk_size=CHUNK)
    ):
        sums = (Money(minor, currency) for minor in (gross, fee, gross - fee))
        yield *told, currency, *sums


def _exceptions(period: Period) -> Iterator[tuple[Cell, ...]]:
    begins, ends = bounds(period, zone())
    then = Q(opened_at__lt=ends) & (Q(resolved_at=None) | Q(resolved_at__gte=begins))
    for row in MoneyException.objects.filter(then).order_by("pk").iterator(chunk_size=CHUNK):
        known = row.amount is not None and row.currency in EXPONENTS
        yield (
            row.pk,
            row.kind,
            KINDS[row.kind].name,
            row.state,
            row.key,
            row.order_code,
            row.currency,
            Money(row.amount or 0, row.currency) if known else None,
            row.opened_at.astimezone(zone()),
            row.owner or KINDS[row.kind].owner,
            row.note,
            row.resolved_at.astimezone(zone()) if row.resolved_at else None,
            row.resolved_by,
            row.resolution,
        )


def _rolled(period: Period) -> Iterator[tuple[Cell, ...]]:
    for row in roll_forward_of(period.name):
        yield row.currency, *(getattr(row, name) for name in ROLLED)


def _balances(period: Period) -> Iterator[tuple[Cell, ...]]:
    for row in trial_balance_at(period.name):
        yield row.code, row.name, row.balance.currency, row.debit, row.credit, row.balance


_Made = tuple[tuple[str, str], str, str, Callable[[Period], Iterator[tuple[Cell, ...]]]]
_TABLES: Mapping[str, _Made] = MappingProxyType(
    {
        "journal": (
            ("日记账", "Journal"),
            "number day posted_at key kind order account name currency amount note",
            "amount",
            _journal,
        ),
        "deposits": (
            ("客户订金账龄", "Deposits by order"),
            "order currency amount since days age",
            "amount",
            _deposits,
        ),
        "payouts": (
            ("结算明细", "Payouts"),
            "provider payout arrives_on state move kind payment order contract currency gross fee net",
            "net",
            _payouts,
        ),
        "exceptions": (
            ("差异", "Exceptions"),
            "number class name state key order currency amount opened_at owner note resolved_at "
            "resolved_by resolution",
            "amount",
            _exceptions,
        ),
        "roll-forward": (
            ("订金负债变动", "Deposit roll-forward"),
            "currency " + " ".join(ROLLED),
            "closing",
            _rolled,
        ),
        "trial-balance": (
            ("试算平衡表", "Trial balance"),
            "account name currency debit credit balance",
            "debit",
            _balances,
        ),
    }
)
NAMES = tuple(_TABLES)
"""Every kind of table, by its code."""


def bookings(month: str, currency: str) -> tuple[tuple[Booking, ...], int]:
    """The entries of a month that are wholly in one currency, and how many others there are. Raises PeriodNotReady."""
    begins, ends = bounds(month_named(month), zone())
    rows = LedgerEntry.objects.filter(posted_at__gte=begins, posted_at__lt=ends).order_by("pk")
    found, others = [], 0
    for entry in rows.select_related("order").prefetch_related("legs").iterator(chunk_size=CHUNK):
        legs = tuple(leg.as_leg() for leg in entry.legs.all())
        if any(leg.amount.currency != currency for leg in legs):
            others += 1
            continue
        on = entry.posted_at.astimezone(zone()).date()
        text = " ".join(part for part in (entry.kind, entry.order and entry.order.code) if part)
        found.append(Booking(entry.key, on, text, legs))
    return tuple(found), others
