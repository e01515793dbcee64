"""Extras sold beside the car, by consent: care plans, warranties, services (`docs/rules/quotes.md`). Pure.

Nothing is sold that nobody asked for: an extra has the buyer's yes, the buyer's no, or no answer at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.domain.price_sheet import PriceLine, PriceSheet, Vat
from checkout.errors import ExtraChanged, UnknownExtra
from kernel.money import Money
from kernel.text import Text, fingerprint

SERVICE = "service"
"""The kind of an extra's line on a price sheet, and what a lender names when it finances extras."""


@dataclass(frozen=True, slots=True)
class Extra:
    """A service of the catalogue in one market; `price` is gross, `km` may be unlimited (None)."""

    code: str
    kind: str
    name: Text
    text: Text
    years: int
    km: int | None
    price: Money

    @property
    def version(self) -> str:
        """Names the very words and limits that a buyer answers; another price is no other version."""
        words = [self.code, self.kind, dict(self.name), dict(self.text), self.years, self.km]
        return fingerprint(words)[:12]


@dataclass(frozen=True, slots=True)
class Answer:
    """A buyer's yes or no to an extra; `version` and `at` (the words answered, and when) are empty until it is recorded."""

    code: str
    wanted: bool
    version: str = ""
    at: datetime | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON; `read_answers` is the way back."""
        return {
            "code": self.code,
            "wanted": self.wanted,
            "text_version": self.version or None,
            "at": self.at and self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """An extra on offer with the answer to it; None where nobody has answered."""

    extra: Extra
    answer: Answer | None

    @property
    def sold(self) -> bool:
        """Whether the buyer said yes."""
        return self.answer is not None and self.answer.wanted

    def facts(self) -> dict[str, Any]:
        """As the quote's document holds it."""
        extra, answer = self.extra, self.answer
        return {
            "code": extra.code,
            "kind": extra.kind,
            "name": dict(extra.name),
            "text": dict(extra.text) or None,
            "years": extra.years,
            "km": extra.km,
            "price": {"amount": extra.price.minor, "currency": extra.price.currency},
            "text_version": extra.version,
            "wanted": answer and answer.wanted,
            "answered_at": answer and answer.at and answer.at.isoformat(),
        }


def read_extras(
    rows: Sequence[Mapping[str, Any]], *, market: str, currency: str
) -> tuple[Extra, ...]:
    """The extras of a market from the rows of a release (prices in minor units), in the catalogue's order."""
    return tuple(
        Extra(
            code=row["code"],
            kind=row["kind"],
            name=row["name"],
            text=row.get("text") or {},
            years=row["years"],
            km=row.get("km"),
            price=Money(row["prices"][market], currency),
        )
        for row in rows
        if market in row["markets"]
    )


def offered(extras: Sequence[Extra], answers: Sequence[Answer]) -> tuple[Asked, ...]:
    """Every extra on offer with its answer.

    Raises UnknownExtra for an answer to an extra that this market does not sell, ExtraChanged for one to other words.
    """
    known = {extra.code: extra for extra in extras}
    for number, answer in enumerate(answers):
        _check(answer, known, f"extras.{number}.code")
    given = {answer.code: answer for answer in answers}
    return tuple(Asked(extra, given.get(extra.code)) for extra in extras)


def _check(answer: Answer, known: Mapping[str, Extra], field: str) -> None:
    extra = known.get(answer.code)
    if extra is None:
        raise UnknownExtra(
            f"{field}: {answer.code!r} is not sold in this market",
            facts={"field": field, "extra": answer.code, "extras": list(known)},
        )
    if answer.version and answer.version != extra.version:
        raise ExtraChanged(
            f"{field}: the words of {answer.code} have changed; show them and ask again",
            facts={"field": field, "extra": answer.code, "text_version": extra.version},
        )


def recorded(asked: Sequence[Asked], now: datetime) -> tuple[Answer, ...]:
    """The answers with the words they were given to and their moment; an earlier moment stays."""
    return tuple(
        replace(one.answer, version=one.extra.version, at=one.answer.at or now)
        for one in asked
        if one.answer is not None
    )


def with_extras(sheet: PriceSheet, asked: Sequence[Asked], rate: Decimal) -> PriceSheet:
    """The sheet with a line for each extra sold, last; a line's tax is what the VAT of the running total grows by."""
    vat, total, before = Vat(rate), sheet.total.minor, sheet.vat.minor
    lines = list(sheet.lines)
    for extra in (one.extra for one in asked if one.sold):
        total += extra.price.minor
        after = vat.inside(total)
        tax = Money(after - before, sheet.currency)
        lines.append(PriceLine(extra.code, SERVICE, extra.name, extra.price, tax))
        before = after
    if len(lines) == len(sheet.lines):
        return sheet
    return replace(
        sheet,
        lines=tuple(lines),
        total=Money(total, sheet.currency),
        vat=Money(before, sheet.currency),
    )


def extras_sum(asked: Sequence[Asked], currency: str) -> Money:
    """What the extras sold cost together."""
    return Money(sum(one.extra.price.minor for one in asked if one.sold), currency)


def answers_in(document: Mapping[str, Any]) -> dict[str, bool]:
    """The yes and no of a quote's document by extra; empty for one made before there were extras."""
    items = document.get("extras", {"items": ()})["items"]
    return {one["code"]: one["wanted"] for one in items if one["wanted"] is not None}
