"""Posting: entries are added once, balanced, and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from checkout.domain.ledger import Leg, check_entry
from checkout.errors import PeriodClosed, UnbalancedEntry
from checkout.models import LedgerEntry, LedgerLeg, Order

CLOSED = "period-closed"
"""What the database's refusal of an entry in a closed month begins with."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry to add: its key, which is posted once ever, its kind and its legs."""

    key: str
    kind: str
    legs: tuple[Leg, ...]
    note: str = ""


def post(
    *, key: str, kind: str, order: Order | None, legs: Iterable[Leg], now: datetime, note: str = ""
) -> bool:
    """Add one entry; False if `key` was posted before with the same legs, so posting twice is harmless.

    Raises UnbalancedEntry, UnknownAccount, and UnbalancedEntry too when `key` was posted with other legs.
    """
    (created,) = post_each(order=order, postings=(Posting(key, kind, tuple(legs), note),), now=now)
    return created


def post_each(
    *, order: Order | None, postings: Sequence[Posting], now: datetime
) -> tuple[bool, ...]:
    """As `post` for each of these, all of one order and under different keys, in three statements.

    Whoever posts for an order holds its lock, so nobody posts the same beside us; the key is unique all the same, and
    the whole transaction of a second one ends with IntegrityError. Raises PeriodClosed where `now` is in a closed month:
    the database says so, and the transaction is over.
    """
    legs = [check_entry(posting.legs) for posting in postings]
    rows = LedgerEntry.objects.filter(key__in=[posting.key for posting in postings])
    known = {entry.key: entry for entry in rows}
    with transaction.atomic(savepoint=False):
        _store(
            [
                (_entry(order.pk if order else None, posting, now), checked)
                for posting, checked in zip(postings, legs, strict=True)
                if posting.key not in known
            ]
        )
    for posting, checked in zip(postings, legs, strict=True):
        if posting.key in known:
            _check_same(known[posting.key], checked)
    return tuple(posting.key not in known for posting in postings)


def post_missing(*, postings: Sequence[tuple[int | None, Posting]], now: datetime) -> int:
    """Add those of these entries whose key nobody posted yet, each for the order of that number or for none; gives how many.

    Under different keys, in three statements; what stands under a key already is not compared. The caller holds the
    orders' locks. Raises UnbalancedEntry, UnknownAccount; IntegrityError where somebody posts the same beside us.
    """
    keys = [posting.key for _, posting in postings]
    known = set(LedgerEntry.objects.filter(key__in=keys).values_list("key", flat=True))
    fresh = [
        (_entry(order, posting, now), check_entry(posting.legs))
        for order, posting in postings
        if posting.key not in known
    ]
    with transaction.atomic():
        _store(fresh)
    return len(fresh)


def _entry(order: int | None, posting: Posting, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        key=posting.key, kind=posting.kind, order_id=order, posted_at=now, note=posting.note
    )


def _closed(at: datetime) -> PeriodClosed:
    month = f"{at.astimezone(ZoneInfo(settings.BOOKS_ZONE)):%Y-%m}"
    text = {
        "zh-hans": f"{month} 已结账，不能再记账，请重试。",
        "en": f"The books of {month} are closed; try again.",
    }
    return PeriodClosed(f"the books of {month} are closed", facts={"period": month, "text": text})


def _store(entries: Sequence[tuple[LedgerEntry, tuple[Leg, ...]]]) -> None:
    """Into the tables; raises PeriodClosed in the database's stead."""
    try:
        LedgerEntry.objects.bulk_create([entry for entry, _ in entries])
    except IntegrityError as error:
        if CLOSED not in str(error):
            raise
        raise _closed(entries[0][0].posted_at) from error
    LedgerLeg.objects.bulk_create(
        LedgerLeg(
            entry=entry,
            account=leg.account,
            currency=leg.amount.currency,
            amount=leg.amount.minor,
        )
        for entry, legs in entries
        for leg in legs
    )


def reverse(*, key: str, now: datetime, note: str) -> bool:
    """Take back the entry of `key` by its mirror image under `reversal:<key>`; False if that was done before.

    Raises UnbalancedEntry if there is no such entry.
    """
    with transaction.atomic():
        entry = LedgerEntry.objects.select_related("order").filter(key=key).first()
        if entry is None:
            raise UnbalancedEntry(f"key: nothing was posted under {key!r}", facts={"key": key})
        mirrored = [Leg(leg.account, -leg.amount) for leg in _legs_of(entry)]
        return post(
            key=f"reversal:{key}",
            kind="reversal",
            order=entry.order,
            legs=mirrored,
            now=now,
            note=note,
        )


def _check_same(entry: LedgerEntry, legs: tuple[Leg, ...]) -> None:
    if sorted(_legs_of(entry), key=_by_account) != sorted(legs, key=_by_account):
        raise UnbalancedEntry(
            f"key: {entry.key!r} was posted with other legs; reverse it and post under a new key",
            facts={"key": entry.key},
        )


def _by_account(leg: Leg) -> tuple[str, str, int]:
    return leg.account, leg.amount.currency, leg.amount.minor


def _legs_of(entry: LedgerEntry) -> list[Leg]:
    return [leg.as_leg() for leg in entry.legs.all()]
