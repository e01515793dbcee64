"""What law and tax say, as dated rows with their source (`docs/rules/law.md`).

A figure of the law is never a constant of the program: it is a row with a first day, a last day and how sure we are.
Where rows of a key exist and none covers the day, nothing is guessed: the caller gets an error and the sale stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.errors import NoLawRow

MOMENTS = ("invoice_date", "contract_date", "delivery_date", "application_date", "display_date")
"""Which day of a sale decides which row holds."""
HOLIDAYS = "calendar.holidays"
"""Key of the calendars: one row a market and year (`applies_to`), with `days`, `working`, `regions` and `parts`."""

CONFIDENCES = ("statute", "secondary", "general")
"""Text of the law read; press or law firm; general knowledge, to be confirmed before launch."""


@dataclass(frozen=True, slots=True)
class LawRow:
    """One fact of one market: `value` is a text, number, truth or mapping; money inside it is in minor units.

    In force on `valid_from` <= day < `valid_until` (None: open). `by` is the day of the sale that decides. `applies_to`
    narrows the key (`nev`, `stock`); None is for everything.
    """

    market: str
    key: str
    value: Any
    valid_from: date
    valid_until: date | None
    by: str
    confidence: str
    needs_review: bool
    source: str
    applies_to: str | None = None

    def covers(self, day: date) -> bool:
        """Whether the row is in force on `day`."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


class Law:
    """The rows of every market, ready to be asked."""

    def __init__(self, rows: Iterable[LawRow]) -> None:
        """Keeps the rows by market, key and what they apply to."""
        self.rows = tuple(rows)
        self._by_key: dict[tuple[str, str, str | None], list[LawRow]] = {}
        for row in self.rows:
            self._by_key.setdefault((row.market, row.key, row.applies_to), []).append(row)

    def knows(self, market: str, key: str, applies_to: str | None = None) -> bool:
        """Whether any row speaks of the key in that market, on whatever day."""
        return (market, key, applies_to) in self._by_key

    def row(self, market: str, key: str, day: date, applies_to: str | None = None) -> LawRow:
        """The row in force on `day`, the youngest of several; raises NoLawRow naming market, key, day and what ended."""
        rows = self._by_key.get((market, key, applies_to), [])
        found = [row for row in rows if row.covers(day)]
        if found:
            return max(found, key=lambda row: row.valid_from)
        past = [row.valid_until for row in rows if row.valid_until and row.valid_until <= day]
        ended = max(past, default=None)
        why = f"; the last row ended before {ended.isoformat()}" if ended else ""
        raise NoLawRow(
            f"market {market} has no row {_named(key, applies_to)} for {day.isoformat()}{why}: "
            "add one before selling",
            facts={
                "market": market,
                "key": key,
                "applies_to": applies_to,
                "day": day.isoformat(),
                "ended": ended.isoformat() if ended else None,
            },
        )

    def ask(self, market: str, key: str, day: date, applies_to: str | None = None) -> LawRow | None:
        """As `row`, but None where the market has never had such a row: it has no such law."""
        if not self.knows(market, key, applies_to):
            return None
        return self.row(market, key, day, applies_to)

    def share(self, market: str, key: str, day: date) -> Decimal:
        """A rate or share such as `0.13`; raises NoLawRow."""
        return Decimal(str(self.row(market, key, day).value))

    def changes(self, market: str, after: date) -> tuple[tuple[date, LawRow], ...]:
        """Rows of the market that start or end after a day, with that day, ascending: what a long promise must say."""
        found = [
            (moment, row)
            for row in self.rows
            if row.market == market
            for moment in (row.valid_from, row.valid_until)
            if moment is not None and moment > after
        ]
        return tuple(sorted(found, key=lambda one: (one[0], one[1].key)))

    def ends_without_successor(self, market: str) -> tuple[LawRow, ...]:
        """Rows whose end no other row of the same key covers, in order of that end: what somebody must look after."""
        found = []
        for row in self.rows:
            until = row.valid_until
            if row.market != market or until is None:
                continue
            same = self._by_key[(market, row.key, row.applies_to)]
            if not any(other.covers(until) for other in same):
                found.append(row)
        return tuple(sorted(found, key=lambda row: (row.valid_until or date.max, row.key)))


def _named(key: str, applies_to: str | None) -> str:
    return f"{key} ({applies_to})" if applies_to else key


def read_law(rows: Iterable[Mapping[str, Any]]) -> Law:
    """The law of a release document; raises KeyError, ValueError where a row is malformed."""
    return Law(
        LawRow(
            market=row["market"],
            key=row["key"],
            value=row["value"],
            valid_from=date.fromisoformat(row["from"]),
            valid_until=date.fromisoformat(row["until"]) if row.get("until") else None,
            by=row["by"],
            confidence=row["confidence"],
            needs_review=bool(row.get("needs_review")),
            source=row["source"],
            applies_to=row.get("applies_to"),
        )
        for row in rows
    )
