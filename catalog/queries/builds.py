"""A saved build, reopened: what it was, and what it is under the release on sale now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.car import Car
from catalog.domain.configuration.configurator import Evaluation
from catalog.domain.configuration.wording import Named
from catalog.domain.pricing import PriceSheet, read_price_sheet
from catalog.errors import (
    CatalogError,
    MarketNotOnSale,
    NoPriceBook,
    NotBuildable,
    UnknownBuild,
    UnknownCode,
    UnknownOption,
)
from catalog.models import Build
from catalog.queries.configuring import CarFacts, RepairFacts, Shop, car_facts, shop
from kernel.money import Money
from kernel.text import Text

PARTS = frozenset({"base", "option", "package", "included", "standard"})
"""Lines of a price sheet that are the car itself: no offer, no fee."""
WAYS = 3
"""How many cars of today are offered for a build that is none any more."""


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
    """The same choices today: `valid` says whether they are still a car; then `sheet` and `days` are its own.

    The differences are to the car as it was saved. `ways` are up to three cars of today for choices that are none any
    more: the nearest ones, cheapest first; empty where the model is not sold any more.
    """

    release: str | None
    valid: bool
    sheet: PriceSheet | None
    days: int | None
    changes: tuple[BuildChange, ...]
    price_difference: Money | None = None
    days_difference: int | None = None
    ways: tuple[RepairFacts, ...] = ()


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


@dataclass(frozen=True, slots=True)
class SavedCar:
    """What was saved under a code, without a look at today."""

    code: str
    model: str
    market: str
    choices: tuple[str, ...]


def saved_car(code: str) -> SavedCar:
    """The car that was saved under that code, in any case of letters; raises UnknownBuild."""
    fields = ("code", "model", "market", "choices")
    row = Build.objects.filter(code=code.strip().upper()).values_list(*fields).first()
    if row is None:
        raise UnknownBuild(f"no saved build has the code {code!r}", facts={"build": code})
    return SavedCar(row[0], row[1], row[2], tuple(row[3]))


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
        names={line.code: line.name for line in sheet.lines if line.kind in PARTS},
        created_at=row["created_at"],
        current=_current(row, sheet, now),
    )


def _current(row: Mapping[str, Any], sheet: PriceSheet, now: datetime) -> CurrentFacts:
    names = {line.code: line.name for line in sheet.lines}
    try:
        facts = car_facts(model=row["model"], market=row["market"], choices=row["choices"], now=now)
    except (UnknownCode, MarketNotOnSale, NotBuildable, NoPriceBook) as error:
        changes = tuple(_reasons(error, row, names))
        return CurrentFacts(None, False, None, None, changes, ways=_ways(row, sheet, now))
    return CurrentFacts(
        release=facts.release,
        valid=True,
        sheet=facts.sheet,
        days=facts.days,
        changes=tuple(_differences(sheet, facts)),
        price_difference=facts.sheet.total - sheet.total,
        days_difference=facts.days - row["lead_days"],
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
        gone = str(error.facts.get("code") or row["model"])
        yield BuildChange("gone", gone, names.get(gone, {}))
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


def _ways(row: Mapping[str, Any], sheet: PriceSheet, now: datetime) -> tuple[RepairFacts, ...]:
    """The nearest cars of today: what is left of the choices, completed or repaired; of any trim when its own is gone."""
    try:
        place = shop(model=row["model"], market=row["market"], now=now)
        known = [code for code in row["choices"] if code in place.plan.order]
        trims = [code for code in known if code.startswith(TRIM_PREFIX)]
        rest = [code for code in known if not code.startswith(TRIM_PREFIX)]
        starts = trims or [trim.atom for trim in place.model.trims]
        found = {
            way.choices: way for start in starts for way in _from(place, row, sheet, (start, *rest))
        }
    except (UnknownCode, MarketNotOnSale, NoPriceBook):
        return ()
    ranked = sorted(
        found.values(), key=lambda way: (len(way.removes), way.total.minor, way.choices)
    )
    return tuple(sorted(ranked[:WAYS], key=lambda way: way.total.minor))


def _from(
    place: Shop, row: Mapping[str, Any], sheet: PriceSheet, choices: Sequence[str]
) -> Iterator[RepairFacts]:
    answer = place.configurator.evaluate(choices, prices=place.net, days=place.days)
    for chosen, car in _cars(answer):
        total, before = place.sheet(car).total, set(row["choices"])
        yield RepairFacts(
            adds=place.wording.names(code for code in chosen if code not in before),
            removes=tuple(_gone(row, sheet, set(chosen))),
            choices=chosen,
            total=total,
            price_difference=total - sheet.total,
            days_difference=place.days(car) - row["lead_days"],
        )


def _cars(answer: Evaluation) -> Iterator[tuple[tuple[str, ...], Car]]:
    """The choices as they are where they are a car, else their completion, else their repairs."""
    if answer.valid:
        yield answer.choices, answer.car
    elif answer.completion is not None:
        yield answer.completion.choices, answer.completion.car
    else:
        for repair in answer.repairs:
            yield repair.choices, repair.car


def _gone(row: Mapping[str, Any], sheet: PriceSheet, kept: set[str]) -> Iterator[Named]:
    names = {line.code: line.name for line in sheet.lines}
    for code in row["choices"]:
        if code not in kept:
            yield Named(code, names.get(code, {}))
