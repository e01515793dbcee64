"""A period of the books: the deposit liability rolled forward, the trial balance, and whether it may close.

opening + received - applied - refunded - forfeited = closing, in every currency, from the ledger alone. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from types import MappingProxyType

from checkout.domain.exceptions import KINDS
from checkout.errors import PeriodNotReady
from kernel.money import Money

RECEIVED, APPLIED, REFUNDED, FORFEITED = "received", "applied", "refunded", "forfeited"
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "bt": RECEIVED,
        "bank": RECEIVED,
        "match": RECEIVED,
        "own": RECEIVED,
        "ap": APPLIED,
        "rf": REFUNDED,
        "rx": REFUNDED,
        "dl": REFUNDED,
        "forfeit": FORFEITED,
    }
)
"""What an entry on customer deposits is, by the first part of its key; a reversal counts as what it takes back."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A leg on customer deposits: `amount` is what we owe more (negative: less), on a day of the desk's time zone."""

    key: str
    on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class RollForward:
    """One currency: `closing` = `opening` + `received` - `applied` - `refunded` - `forfeited` + `other`.

    `other` holds entries nobody has a column for; a period with any does not close.
    """

    currency: str
    opening: Money
    received: Money
    applied: Money
    refunded: Money
    forfeited: Money
    other: Money
    closing: Money


def roll_forward(legs: Iterable[Owed], *, first: date, last: date) -> tuple[RollForward, ...]:
    """The liability from `first` to `last`, both included, by currency; legs after `last` are left out."""
    opening: Counter[str] = Counter()
    moved: dict[str, Counter[str]] = defaultdict(Counter)
    for leg in legs:
        if leg.on > last:
            continue
        if leg.on < first:
            opening[leg.amount.currency] += leg.amount.minor
        else:
            moved[leg.amount.currency][column_of(leg.key)] += leg.amount.minor
    return tuple(
        _rolled(currency, opening[currency], moved[currency])
        for currency in sorted({*opening, *moved})
    )


def column_of(key: str) -> str:
    """The column of an entry by its key, `other` for one that nobody thought of."""
    return COLUMNS.get(key.removeprefix("reversal:").split(":")[0], "other")


def _rolled(currency: str, opening: int, moved: Mapping[str, int]) -> RollForward:
    def money(minor: int) -> Money:
        return Money(minor, currency)

    return RollForward(
        currency=currency,
        opening=money(opening),
        received=money(moved[RECEIVED]),
        applied=money(-moved[APPLIED]),
        refunded=money(-moved[REFUNDED]),
        forfeited=money(-moved[FORFEITED]),
        other=money(moved["other"]),
        closing=money(opening + sum(moved.values())),
    )


@dataclass(frozen=True, slots=True)
class Period:
    """A month of the books, by its days in the desk's time zone."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """As `2026-11`."""
        return f"{self.first:%Y-%m}"


def month_of(day: date) -> Period:
    """The month that a day belongs to."""
    first = day.replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return Period(first, date.fromordinal(following.toordinal() - 1))


def month_named(name: str) -> Period:
    """The month of a name such as `2026-11`; raises PeriodNotReady for what is none."""
    try:
        found = month_of(date.fromisoformat(f"{name}-01"))
    except ValueError:
        found = None
    if found is None or found.name != name:
        raise PeriodNotReady(
            f"month: {name!r} is no month such as 2026-11",
            facts={"period": name, "reasons": ["no-month"]},
        )
    return found


def bounds(period: Period, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first moment of the period and the first one after it, in UTC; its days are days of `zone`."""
    following = date.fromordinal(period.last.toordinal() + 1)
    first, after = (datetime.combine(day, time(), zone) for day in (period.first, following))
    return first.astimezone(UTC), after.astimezone(UTC)


def against_closing(
    *,
    period: Period,
    today: date,
    closed: Sequence[Period],
    open_kinds: Iterable[str],
    rolled: Iterable[RollForward],
    compared: bool = True,
) -> tuple[str, ...]:
    """Every reason against closing the period now, as a word each; nothing where it may close.

    It must be over and `compared` with vendor and bank since, follow the last closed one, have no exception that blocks
    (`exceptions: E01 E12`), and no entry without a column.
    """
    last = max((done.last for done in closed), default=None)
    after_last = last is None or date.fromordinal(last.toordinal() + 1) == period.first
    blocking = sorted({kind for kind in open_kinds if KINDS[kind].blocks})
    known = {
        "not-over": today <= period.last,
        "closed-already": last is not None and last >= period.last,
        "gap-before": last is not None and last < period.last and not after_last,
        "not-compared": today > period.last and not compared,
        "exceptions: " + " ".join(blocking): bool(blocking),
        "unknown-entries": any(row.other for row in rolled),
    }
    return tuple(reason for reason, stands in known.items() if stands)


BUCKETS = (30, 60, 90, 180)
"""The last day of each age in which deposits are shown; what is older stands under `181-`."""


def bucket_of(days: int) -> str:
    """The age of a deposit that is `days` old, such as `31-60`."""
    floor = 0
    for last in BUCKETS:
        if days <= last:
            return f"{floor}-{last}"
        floor = last + 1
    return f"{floor}-"
