"""Reading the open bank lines against everything that is due: settled by itself only where no other reading exists."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from checkout.domain.bank import BankLine as Line
from checkout.domain.matching import Reading, read_lines
from checkout.errors import CheckoutError
from checkout.models import BankLine, BankMatch
from checkout.queries.bank_book import load_book
from checkout.services.bank_matching import Target, match
from checkout.services.bank_receipts import give_back_parts
from kernel.audit import record
from kernel.money import Money

SYSTEM = "system"
PIECE = 500
FEW = 5
"""Candidates that are kept of a line, the best of them."""


def match_open(*, now: datetime) -> int:
    """Read every open line anew, settle those with one reading, and write down why the others wait; gives the settled.

    Not inside a transaction: each line is settled by one of its own, and one that cannot be is left to a person, as is one
    that a person has worked on. Reading again changes nothing that has not changed.
    """
    rows = list(BankLine.objects.filter(state=BankLine.State.OPEN, matches=None))
    readings = read_lines([_line(row) for row in rows], load_book()) if rows else ()
    pairs = list(zip(rows, readings, strict=True))
    _note([(row, reading) for row, reading in pairs if reading.matched is None])
    settled = sum(_settle(row, reading, now) for row, reading in pairs)
    if settled:
        _tell(settled, [row.pk for row in rows], now)
    give_back_parts(now=now)
    return settled


def _tell(settled: int, lines: Sequence[int], now: datetime) -> None:
    made = BankMatch.objects.filter(
        line__gte=min(lines), line__lte=max(lines), automatic=True, made_at=now
    )
    facts = {"settled": settled, "matches": list(made.values_list("pk", flat=True))}
    with transaction.atomic():
        record(subject="bank", action="bank-lines-matched", actor=SYSTEM, facts=facts, now=now)


def _line(row: BankLine) -> Line:
    return Line(
        booked_on=row.booked_on,
        value_on=row.value_on,
        amount=Money(row.amount, row.currency),
        text=row.text,
        payer=row.payer,
        bank_ref=row.bank_ref,
        end_to_end=row.end_to_end,
    )


def _note(read: Sequence[tuple[BankLine, Reading]]) -> None:
    """Write candidates and reason where they differ from what is written."""
    changed = []
    for row, reading in read:
        candidates: list[dict[str, Any]] = [
            {"kind": each.kind, "code": each.code, "score": each.score, "reasons": [*each.reasons]}
            for each in reading.candidates[:FEW]
        ]
        if (row.why, row.candidates) != (reading.why_not, candidates):
            row.why, row.candidates = reading.why_not, candidates
            changed.append(row)
    for at in range(0, len(changed), PIECE):
        piece = {row.pk: row for row in changed[at : at + PIECE]}
        _write(piece)


def _write(piece: dict[int, BankLine]) -> None:
    with transaction.atomic():
        # A line that a clerk settled meanwhile keeps what it says.
        still = BankLine.objects.select_for_update().filter(pk__in=piece, state=BankLine.State.OPEN)
        rows = [piece[pk] for pk in still.order_by("pk").values_list("pk", flat=True)]
        BankLine.objects.bulk_update(rows, ["why", "candidates"])


def _settle(row: BankLine, reading: Reading, now: datetime) -> bool:
    won = reading.matched
    if won is None:
        return False
    target = Target(won.kind, won.code, Money(row.amount, row.currency))
    with suppress(CheckoutError):
        match(line=row.pk, targets=(target,), actor=SYSTEM, now=now, automatic=True)
        return True
    return False
