"""Posting: entries are added once, balanced, and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from checkout.domain.ledger import Leg, check_entry
from checkout.errors import UnbalancedEntry
from checkout.models import LedgerEntry, LedgerLeg, Order


def post(
    *, key: str, kind: str, order: Order | None, legs: Iterable[Leg], now: datetime, note: str = ""
) -> bool:
    """Add one entry; False if `key` was posted before with the same legs, so posting twice is harmless.

    Raises UnbalancedEntry, UnknownAccount, and UnbalancedEntry too when `key` was posted with other legs.
    """
    checked = check_entry(legs)
    with transaction.atomic(savepoint=False):
        entry, created = LedgerEntry.objects.get_or_create(
            key=key, defaults={"kind": kind, "order": order, "posted_at": now, "note": note}
        )
        if created:
            LedgerLeg.objects.bulk_create(
                LedgerLeg(
                    entry=entry,
                    account=leg.account,
                    currency=leg.amount.currency,
                    amount=leg.amount.minor,
                )
                for leg in checked
            )
    if not created:
        _check_same(entry, checked)
    return created


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
