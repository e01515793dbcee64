"""The audit chain: who did what to which subject, each entry carrying the hash of the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import transaction

from kernel.jobs import task
from kernel.models import AuditEntry, AuditHead
from kernel.text import canonical_json

TOLD_FAULTS = 20
"""How many faults an alarm spells out; `verify_chain` gives all of them."""


class ChainBroken(Exception):
    """The audit chain does not verify; the message names its first faults."""


def record(
    *, subject: str, action: str, actor: str, facts: Mapping[str, Any], now: datetime
) -> AuditEntry:
    """Add one entry to the end of the chain, in the caller's transaction.

    `subject` is what it is about (`order:K7Q2M4XW`), `action` a verb in kebab-case, `actor` who
    (`user:7`, `guest`, `worker`), `facts` anything JSON can hold (money, moments and frozen
    dataclasses are written as JSON). Entries of concurrent transactions queue for the end of the
    chain until commit: record late. Raises TypeError for facts JSON cannot hold.
    """
    told = msgspec.to_builtins(dict(facts))
    with transaction.atomic(savepoint=False):
        head = _head()
        entry = AuditEntry(
            seq=head.seq + 1,
            at=now.astimezone(UTC),
            subject=subject,
            action=action,
            actor=actor,
            facts=told,
            previous=head.hash,
        )
        entry.hash = _hash(entry)
        entry.save(force_insert=True)
        AuditHead.objects.filter(pk=head.pk).update(seq=entry.seq, hash=entry.hash)
    return entry


def _head() -> AuditHead:
    """The end of the chain, locked; SQLite has locked the whole file already (IMMEDIATE)."""
    head = AuditHead.objects.select_for_update().filter(pk=AuditHead.ONLY).first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(pk=AuditHead.ONLY)], ignore_conflicts=True)
        head = AuditHead.objects.select_for_update().get(pk=AuditHead.ONLY)
    return head


def _hash(entry: AuditEntry) -> str:
    return hashlib.sha256(
        canonical_json(
            {
                "seq": entry.seq,
                "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "subject": entry.subject,
                "action": entry.action,
                "actor": entry.actor,
                "facts": entry.facts,
                "previous": entry.previous,
            }
        )
    ).hexdigest()


def _end() -> AuditHead:
    """The end of the chain as the head tells it, without a lock."""
    return AuditHead.objects.filter(pk=AuditHead.ONLY).first() or AuditHead()


def verify_chain() -> list[str]:
    """Every fault of the chain in plain English, first to last; an empty list when it is whole.

    Finds a changed, missing, added or reordered entry, and entries cut from the end. Entries that a
    running shop adds meanwhile are no fault.
    """
    faults: list[str] = []
    head = _end()  # before the entries: what is recorded meanwhile only comes after it
    previous, expected, at_head = "0" * 64, 1, "0" * 64
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=1000):
        if entry.seq != expected:
            faults.append(f"entries {expected} to {entry.seq - 1} are missing")
        if entry.previous != previous:
            faults.append(f"entry {entry.seq} does not follow the entry before it")
        if entry.hash != _hash(entry):
            faults.append(f"entry {entry.seq} was changed")
        if entry.seq == head.seq:
            at_head = entry.hash
        previous, expected = entry.hash, entry.seq + 1
    if at_head != head.hash or (expected - 1 > head.seq and _end().seq < expected - 1):
        faults.append(f"the chain ends at entry {expected - 1}, its head says {head.seq}")
    return faults


@task(max_attempts=3)
def verify_nightly() -> None:
    """Verify the whole chain; raises ChainBroken, so a broken one ends among the dead letters."""
    faults = verify_chain()
    if faults:
        more = f"; and {len(faults) - TOLD_FAULTS} more" if len(faults) > TOLD_FAULTS else ""
        raise ChainBroken(f"the audit chain is broken: {'; '.join(faults[:TOLD_FAULTS])}{more}")
