"""What the finance desk has to do, the most urgent first: counts and oldest of everything that waits. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from checkout.domain.closing import Period, month_of
from checkout.domain.exceptions import KINDS
from checkout.models import (
    BankFile,
    BankLine,
    BankMatch,
    ClosedPeriod,
    Compensation,
    LedgerEntry,
    MoneyException,
    OutgoingTransfer,
    VendorDispute,
    VendorPayout,
)
from checkout.queries import closing
from kernel.money import Money

NEAR = timedelta(days=2)
"""A dispute whose deadline is so near is late to be looked at."""


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits: how many, since or until when, how much, and where it is done; `bad` cannot wait."""

    code: str
    name: Any
    url: str
    count: int
    since: datetime | date | None = None
    until: datetime | date | None = None
    sums: list[Money] = field(default_factory=list)
    bad: bool = False


def todo(now: datetime, may: Callable[[str], bool]) -> list[Todo]:
    """Everything that waits, for a reader with these permissions; what does not wait is left out."""
    found = [each for permission, find in _FINDERS if may(permission) for each in find(now)]
    return sorted((each for each in found if each.count), key=lambda each: not each.bad)


def _disputes(now: datetime) -> Iterator[Todo]:
    rows = VendorDispute.objects.filter(state=VendorDispute.State.OPEN)
    first = rows.aggregate(count=Count("pk"), until=Min("answer_by"))
    near = first["until"] is not None and first["until"] - now <= NEAR
    url = f"{reverse('money_exceptions')}?kind=E09"
    yield Todo(
        "disputes",
        _("Disputes to answer"),
        url,
        first["count"],
        until=first["until"],
        sums=_sums(rows),
        bad=near,
    )


def _exceptions(now: datetime) -> Iterator[Todo]:
    for row in open_kinds():
        if row["kind"] == "E09" or row["kind"] not in KINDS:
            continue  # disputes stand above, with their deadline
        kind = KINDS[row["kind"]]
        url = f"{reverse('money_exceptions')}?kind={kind.code}"
        yield Todo(kind.code, kind.name, url, row["count"], since=row["since"], bad=kind.blocks)


def open_kinds() -> list[dict[str, Any]]:
    """Count and oldest of the open exceptions by class, those that block a close first."""
    rows = (
        MoneyException.objects.filter(state=MoneyException.State.OPEN)
        .order_by()
        .values("kind")
        .annotate(count=Count("pk"), since=Min("opened_at"))
    )
    found = [dict(row) for row in rows]
    return sorted(found, key=lambda row: (not _blocks(row["kind"]), row["kind"]))


def _blocks(kind: str) -> bool:
    return kind in KINDS and KINDS[kind].blocks


def _lines(now: datetime) -> Iterator[Todo]:
    rows = BankLine.objects.filter(state=BankLine.State.OPEN)
    found = rows.aggregate(count=Count("pk"), since=Min("booked_on"))
    yield Todo(
        "lines",
        _("Bank lines to match"),
        reverse("money_lines"),
        found["count"],
        since=found["since"],
    )


def _files(now: datetime) -> Iterator[Todo]:
    under_way = (BankFile.State.WAITING, BankFile.State.RUNNING)
    rows = BankFile.objects.filter(
        Q(state__in=under_way)
        | Q(state=BankFile.State.REFUSED, uploaded_at__gte=now - timedelta(days=1))
    )
    found = rows.aggregate(
        count=Count("pk"), since=Min("uploaded_at"), refused=Count("pk", filter=Q(state="refused"))
    )
    yield Todo(
        "files",
        _("Statements being read, or refused today"),
        reverse("money_files"),
        found["count"],
        since=found["since"],
        bad=bool(found["refused"]),
    )


def _transfers(now: datetime) -> Iterator[Todo]:
    states = OutgoingTransfer.State
    for state, name in (
        (states.PROPOSED, _("Transfers that await a second person")),
        (states.APPROVED, _("Approved transfers to tell the bank")),
    ):
        rows = OutgoingTransfer.objects.filter(state=state)
        found = rows.aggregate(count=Count("pk"), since=Min("proposed_at"))
        url = f"{reverse('money_transfers')}?state={state.value}"
        yield Todo(state.value, name, url, found["count"], since=found["since"], sums=_sums(rows))


def _compensations(now: datetime) -> Iterator[Todo]:
    rows = Compensation.objects.filter(state=Compensation.State.PROPOSED)
    found = rows.aggregate(count=Count("pk"), since=Min("proposed_at"))
    yield Todo(
        "compensations",
        _("Compensations that await a second person"),
        f"{reverse('money_transfers')}?state=compensations",
        found["count"],
        since=found["since"],
        sums=_sums(rows),
    )


def on_their_way() -> QuerySet[VendorPayout]:
    """Payouts that no bank line settles yet, and that did not fail."""
    seen = BankMatch.objects.filter(payout=OuterRef("pk"), undone_at=None)
    states = (VendorPayout.State.PENDING, VendorPayout.State.PAID)
    return VendorPayout.objects.filter(~Exists(seen), state__in=states)


def _payouts(now: datetime) -> Iterator[Todo]:
    rows = on_their_way()
    found = rows.aggregate(count=Count("pk"), until=Min("arrives_on"))
    yield Todo(
        "payouts",
        _("Payouts on their way"),
        f"{reverse('money_payouts')}?show=way",
        found["count"],
        until=found["until"],
        sums=_sums(rows),
    )


def _month(now: datetime) -> Iterator[Todo]:
    period = month_to_close(now)
    if period is not None:
        yield Todo(
            "month",
            _("Month to close"),
            reverse("money_month", args=[period.name]),
            1,
            since=period.last,
        )


def month_to_close(now: datetime) -> Period | None:
    """The month after the last closed one, or that of the first entry; None while it is not over."""
    last = ClosedPeriod.objects.aggregate(last=Max("last_on"))["last"]
    if last is not None:
        period = month_of(last + timedelta(days=1))
    else:
        first = LedgerEntry.objects.aggregate(first=Min("posted_at"))["first"]
        if first is None:
            return None
        period = month_of(closing.today(first))
    return period if period.last < closing.today(now) else None


def _sums(rows: QuerySet[Any]) -> list[Money]:
    found = rows.order_by().values("currency").annotate(sum=Sum("amount")).order_by("currency")
    return [Money(row["sum"], row["currency"]) for row in found]


_FINDERS: tuple[tuple[str, Callable[[datetime], Iterator[Todo]]], ...] = (
    ("checkout.view_moneyexception", _disputes),
    ("checkout.view_moneyexception", _exceptions),
    ("checkout.view_outgoingtransfer", _transfers),
    ("checkout.view_compensation", _compensations),
    ("checkout.view_bankline", _lines),
    ("checkout.view_bankfile", _files),
    ("checkout.view_vendorpayout", _payouts),
    ("checkout.view_closedperiod", _month),
)
"""Each kind with the permission to see it, in the order of urgency."""
