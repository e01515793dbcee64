"""A saved build, reopened: what it was, and what it is under the release on sale now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.domain.pricing import PriceSheet, read_price_sheet
from catalog.errors import (
    CatalogError,
    MarketNotOnSale,
    NotBuildable,
    UnknownBuild,
    UnknownCode,
    UnknownOption,
)
from catalog.models import Build
from catalog.queries.configuring import CarFacts, car_facts
from kernel.money import Money
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class BuildChange:
    """One difference between the saved car and the same choices today.

    `kind`: `price` (`before` and `after` differ), `added` (on the car now), `removed` (not on it any more),
    `gone` (not sold any more: an option, the model or the market), `rule` (broken now; `name` is what the
    rule tells the buyer) or `structure` (a group without its choice and the like).
    """

    kind: str
    code: str
    name: Text
    before: Money | None = None
    after: Money | None = None


@dataclass(frozen=True, slots=True)
class CurrentFacts:
    """The same choices today: `valid` says whether they are still a car; then `sheet` and `days` are its own."""

    release: str | None
    valid: bool
    sheet: PriceSheet | None
    days: int | None
    changes: tuple[BuildChange, ...]


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """A car somebody saved: `choices` the clicks, `options` everything on it, `sheet` and `days` of that day.

    `names` covers the trim (`trim:CODE`) and every option; `current` is what it is today.
    """

    code: str
    release: str
    model: str
    market: str
    trim: str
    choices: tuple[str, ...]
    options: tuple[str, ...]
    sheet: PriceSheet
    days: int
    names: Mapping[str, Text]
    created_at: datetime
    current: CurrentFacts


def build(code: str, now: datetime) -> BuildFacts:
    """The saved build of that code, in any case of letters; raises UnknownBuild, NothingOnSale."""
    row = (
        Build.objects.filter(code=code.strip().upper())
        .values(
            "code",
            "release__code",
            "model",
            "market",
            "trim",
            "choices",
            "options",
            "price_sheet",
            "lead_days",
            "created_at",
        )
        .first()
    )
    if row is None:
        raise UnknownBuild(f"no saved build has the code {code!r}", facts={"build": code})
    return build_facts(row, now)


def build_facts(row: Mapping[str, Any], now: datetime) -> BuildFacts:
    """The facts of a stored row, given as `build` reads it."""
    sheet = read_price_sheet(row["price_sheet"])
    return BuildFacts(
        code=row["code"],
        release=row["release__code"],
        model=row["model"],
        market=row["market"],
        trim=row["trim"],
        choices=tuple(row["choices"]),
        options=tuple(row["options"]),
        sheet=sheet,
        days=row["lead_days"],
        names={line.code: line.name for line in sheet.lines if line.kind != "delivery"},
        created_at=row["created_at"],
        current=_current(row, sheet, now),
    )


def _current(row: Mapping[str, Any], sheet: PriceSheet, now: datetime) -> CurrentFacts:
    names = {line.code: line.name for line in sheet.lines}
    try:
        facts = car_facts(model=row["model"], market=row["market"], choices=row["choices"], now=now)
    except (UnknownCode, MarketNotOnSale, NotBuildable) as error:
        return CurrentFacts(None, False, None, None, tuple(_reasons(error, row, names)))
    return CurrentFacts(
        facts.release, True, facts.sheet, facts.days, tuple(_differences(sheet, facts))
    )


def _reasons(
    error: CatalogError, row: Mapping[str, Any], names: Mapping[str, Text]
) -> Iterator[BuildChange]:
    """Why the choices are no car today."""
    if isinstance(error, UnknownOption):
        for code in error.facts["codes"]:
            yield BuildChange("gone", code, names.get(code, {}))
        return
    if not isinstance(error, NotBuildable):
        yield BuildChange("gone", row["model"], {})
        return
    for violation in error.facts.get("violations", ()):
        if "structure" in violation:
            yield BuildChange("structure", violation["structure"], {})
        else:
            yield BuildChange("rule", violation["code"], violation["text"])


def _differences(before: PriceSheet, facts: CarFacts) -> Iterator[BuildChange]:
    """Line by line, in the order of the new sheet, then what is gone."""
    old = {line.code: line for line in before.lines}
    new = {line.code: line for line in facts.sheet.lines}
    for code, line in new.items():
        if code not in old:
            yield BuildChange("added", code, line.name, None, line.amount)
        elif old[code].amount != line.amount:
            yield BuildChange("price", code, line.name, old[code].amount, line.amount)
    for code, line in old.items():
        if code not in new:
            yield BuildChange("removed", code, line.name, line.amount, None)
