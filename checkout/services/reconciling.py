"""The tie-out run: compare everything, list what differs once, and settle by itself what no longer does.

The vendor is asked before anything is read, the comparison reads one moment of the tables, and only then something is
written. One run of a vendor at a time: the table of runs holds one unfinished row of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction

from checkout.domain.exceptions import Finding, everywhere
from checkout.domain.tie_out import World, findings
from checkout.gateways.books import VendorBooks
from checkout.models import MoneyException, ReconciliationRun
from checkout.queries.tie_out import YOUNG, world
from kernel.audit import record
from kernel.money import EXPONENTS, Money

SYSTEM = "system"
"""Who settles what a run no longer finds."""
DIED_AFTER = timedelta(minutes=30)
"""How long a run may take; an older unfinished one belongs to a process that died."""
READINGS = 3
"""How often the vendor's balance is read until two readings in a row are the same."""
BATCH = 500
"""Exceptions looked up, added or changed by one statement."""
LONGEST_KEY = 255
_OPEN, _RESOLVED = MoneyException.State.OPEN, MoneyException.State.RESOLVED


def run(*, provider: str, books: VendorBooks, now: datetime, by: str) -> ReconciliationRun | None:
    """Compare everything with this vendor's books and list what differs; None where another run is under way.

    `by` is who asked for it. The vendor's balance has to be known: its silence is written down with the run, nothing is
    opened or settled, and GatewayUnavailable goes on to the caller. Not inside a transaction.
    """
    row = _begun(provider, now, by)
    if row is None:
        return None
    try:
        balance, listed = _balance(books, now)
        found = world(provider, balance, now, live=books.live, listed=listed)
        return _ended(row, found, findings(found), now)
    except Exception as error:
        told = getattr(error, "message", None) or type(error).__name__
        _mine(row).update(error=str(told), finished_at=now)
        raise


def _mine(row: ReconciliationRun) -> Any:
    return ReconciliationRun.objects.filter(pk=row.pk, finished_at=None)


def _begun(provider: str, now: datetime, by: str) -> ReconciliationRun | None:
    """The run, unfinished and alone; None while another one of the vendor is."""
    running = ReconciliationRun.objects.filter(provider=provider, finished_at=None)
    running.filter(started_at__lt=now - DIED_AFTER).update(finished_at=now, error="died")
    try:
        with transaction.atomic():
            return ReconciliationRun.objects.create(
                provider=provider, started_at=now, started_by=by
            )
    except IntegrityError:
        return None


def _balance(books: VendorBooks, now: datetime) -> tuple[Mapping[str, int], dict[str, Money]]:
    """What the vendor holds for us, and what it had booked of the last `YOUNG` by then, by code."""
    for _ in range(READINGS):
        balance = books.balance()
        listed = {
            move.code: Money(move.gross - move.fee, move.currency)
            for move in books.moves(since=now - YOUNG)
            if move.currency in EXPONENTS
        }
        if books.balance() == balance:
            break
    return balance, listed


@dataclass(slots=True)
class _Changes:
    """What a run does to the table of exceptions."""

    new: list[MoneyException]
    changed: list[MoneyException]
    opened: int = 0
    resolved: int = 0


def _ended(
    row: ReconciliationRun, known: World, found: Iterable[Finding], now: datetime
) -> ReconciliationRun:
    listed = {(one.kind, _key(one.key)): one for one in found}
    with transaction.atomic():
        if not _mine(row).update(finished_at=now):
            return row  # it took too long, and another run has taken its place
        changes = _compared(listed, known.provider, now)
        MoneyException.objects.bulk_create(changes.new, batch_size=BATCH)
        MoneyException.objects.bulk_update(changes.changed, _CHANGED, batch_size=BATCH)
        row.finished_at, row.found = now, len(listed)
        row.opened, row.resolved = changes.opened, changes.resolved
        row.sums = _sums(known)
        row.save()
        if row.opened or row.resolved or row.started_by != SYSTEM:
            _tell(row, now)
    return row


def _tell(row: ReconciliationRun, now: datetime) -> None:
    """Into the audit chain: what somebody asked for, and what changed something; the table has every run."""
    facts = {"found": row.found, "opened": row.opened, "resolved": row.resolved}
    record(
        subject=f"reconciliation:{row.provider}",
        action="reconciled",
        actor=row.started_by,
        facts={**facts, "run": row.pk, "sums": row.sums},
        now=now,
    )


def _sums(known: World) -> dict[str, Any]:
    """The control sums by currency: what moved at the vendor, what it holds, what the ledger says, what buyers are owed."""
    moved: dict[str, int] = {}
    for move in known.moves:
        moved[move.net.currency] = moved.get(move.net.currency, 0) + move.net.minor
    owed: dict[str, int] = {}
    for amount in known.deposits.values():
        owed[amount.currency] = owed.get(amount.currency, 0) + amount.minor
    return {
        "moves": moved,
        "vendor": dict(known.balance),
        "ledger": dict(known.ledger),
        "deposits": owed,
        "rows": {
            "moves": len(known.moves),
            "payments": len(known.payments),
            "payouts": len(known.payouts),
            "open_lines": len(known.lines),
        },
    }


_CHANGED = (
    *("order_code", "amount", "currency", "facts", "state", "opened_at", "seen_at"),
    *("resolved_at", "resolved_by", "resolution"),
)


def _compared(listed: Mapping[tuple[str, str], Finding], provider: str, now: datetime) -> _Changes:
    changes = _Changes([], [])
    known = {(row.kind, row.key): row for row in _rows(listed)}
    for name, finding in listed.items():
        row = known.get(name)
        if row is None:
            changes.new.append(_opened(name, finding, provider, now))
            changes.opened += 1
        else:
            changes.opened += _seen(row, finding, provider, now)
            changes.changed.append(row)
    for row in known.values():
        gone = (row.kind, row.key) not in listed and row.state == _OPEN
        if gone and (everywhere(row.kind, row.key) or row.facts.get("provider") == provider):
            row.state, row.resolved_at, row.resolved_by = _RESOLVED, now, SYSTEM
            changes.changed.append(row)
            changes.resolved += 1
    return changes


def _rows(listed: Iterable[tuple[str, str]]) -> Iterator[MoneyException]:
    """The rows that are open, and those of the findings; locked, so that nobody settles one meanwhile."""
    yield from MoneyException.objects.select_for_update().filter(state=_OPEN)
    keys = iter({key for _, key in listed})
    while batch := list(islice(keys, BATCH)):
        rows = MoneyException.objects.select_for_update().filter(key__in=batch)
        yield from rows.exclude(state=_OPEN)


def _facts(finding: Finding, provider: str) -> dict[str, str]:
    own = {} if everywhere(finding.kind, finding.key) else {"provider": provider}
    return {**finding.facts, **own}


def _opened(
    name: tuple[str, str], finding: Finding, provider: str, now: datetime
) -> MoneyException:
    row = MoneyException(kind=name[0], key=name[1], opened_at=now, seen_at=now)
    _refreshed(row, finding, _facts(finding, provider))
    return row


def _refreshed(row: MoneyException, finding: Finding, facts: dict[str, str]) -> None:
    row.facts = facts
    # Money of another currency than its order's bears that currency's name behind the code.
    row.order_code = finding.order.partition(" ")[0].removeprefix("-")
    row.amount = None if finding.amount is None else finding.amount.minor
    row.currency = "" if finding.amount is None else finding.amount.currency


def _seen(row: MoneyException, finding: Finding, provider: str, now: datetime) -> bool:
    """Bring a known row to what was found; whether it opens again.

    What a person settled stays settled while its facts are what they were; what a run settled opens whenever it is back.
    """
    facts = _facts(finding, provider)
    was = (row.facts, row.amount, row.currency)
    _refreshed(row, finding, facts)
    row.seen_at = now
    if row.state == _OPEN:
        return False
    if row.resolved_by != SYSTEM and was == (row.facts, row.amount, row.currency):
        return False
    row.state, row.opened_at = _OPEN, now
    row.resolved_at, row.resolved_by, row.resolution = None, "", ""
    return True


def _key(key: str) -> str:
    """The key as the table holds it; a longer one keeps its head and a digest of all of it."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[:190]}:{hashlib.sha256(key.encode()).hexdigest()}"
