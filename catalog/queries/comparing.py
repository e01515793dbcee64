"""Two to four builds side by side: saved ones by their codes, unsaved ones by their choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.domain.comparing import Column, Section, check_count, compare, differing
from catalog.errors import (
    CatalogError,
    MarketNotOnSale,
    NoPriceBook,
    NotBuildable,
    NotComparable,
    UnknownCode,
)
from catalog.queries.builds import BuildChange, BuildFacts, build
from catalog.queries.configuring import CarFacts, car_facts
from catalog.queries.on_sale import OnSale, on_sale, release
from kernel.text import Text

OWN, TODAY = "own", "today"
"""Under which release a saved build is compared: the one it was saved under, or the one on sale."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A build to compare: `build` is the code of a saved one; without it `model`, `market` and `choices` say the car."""

    build: str | None = None
    model: str = ""
    market: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedCar:
    """One column: `under` says whether `release` is the build's own or the one on sale (`today`).

    `valid_today` says whether the choices are still a car; a build that is none is shown under its own release.
    `changes` is what became of a saved build since. `code` and `created_at` are None for an unsaved one.
    """

    code: str | None
    created_at: datetime | None
    release: str
    under: str
    valid_today: bool
    model: str
    name: Text
    market: str
    trim: str
    trim_name: Text
    choices: tuple[str, ...]
    column: Column
    changes: tuple[BuildChange, ...]


@dataclass(frozen=True, slots=True)
class ComparisonFacts:
    """The cars and the rows about them; `rows` and `differing` count all rows, shown or not."""

    market: str
    cars: tuple[ComparedCar, ...]
    sections: tuple[Section, ...]
    rows: int
    differing: int


def compare_builds(
    *,
    builds: Sequence[Wanted],
    differences_only: bool = False,
    under: str = TODAY,
    now: datetime,
) -> ComparisonFacts:
    """The comparison; `under` is `today` or `own`, for saved builds.

    Raises NotComparable for one or five builds, the same build twice, or two markets; and what is wrong with one of
    them (UnknownBuild, UnknownModel, UnknownOption, NotBuildable, UnknownMarket, MarketNotOnSale) with `facts.errors`.
    """
    check_count(len(builds))
    cars: list[ComparedCar] = []
    for place, wanted in enumerate(builds):
        cars.append(_placed(place, wanted, under, now))
        _check_fits(place, cars)
    every = compare([car.column for car in cars])
    different = differing(every)
    return ComparisonFacts(
        market=cars[0].market,
        cars=tuple(cars),
        sections=different if differences_only else every,
        rows=_count(every),
        differing=_count(different),
    )


def _count(sections: Sequence[Section]) -> int:
    return sum(len(section.rows) for section in sections)


def _placed(place: int, wanted: Wanted, under: str, now: datetime) -> ComparedCar:
    """The car at a place; what is wrong with it names the place."""
    try:
        return _saved(build(wanted.build, now), under) if wanted.build else _unsaved(wanted, now)
    except (UnknownCode, MarketNotOnSale, NotBuildable, NoPriceBook) as error:
        raise _named(error, place, wanted) from error


def _named(error: CatalogError, place: int, wanted: Wanted) -> CatalogError:
    field = f"builds.{place}.{_field(error, wanted)}"
    found = {"errors": [{"field": field, "message": error.message}], **error.facts}
    return type(error)(f"{field}: {error.message}", facts=found)


def _field(error: CatalogError, wanted: Wanted) -> str:
    if wanted.build:
        return "build"
    by_code = {"unknown-model": "model", "unknown-market": "market", "market-not-on-sale": "market"}
    return by_code.get(error.code, "choices")


def _check_fits(place: int, cars: Sequence[ComparedCar]) -> None:
    """The last car beside those before it: not the same build again, and of the same market."""
    last, before = cars[-1], cars[:-1]
    if last.code is not None and last.code in [car.code for car in before]:
        _refuse(f"builds.{place}.build", f"{last.code} is there already; give another build")
    if before and last.market != before[0].market:
        field = "build" if last.code else "market"
        _refuse(
            f"builds.{place}.{field}",
            f"is of market {last.market}, the first build of {before[0].market}; compare builds of one market",
        )


def _refuse(field: str, message: str) -> None:
    raise NotComparable(
        f"{field}: {message}", facts={"errors": [{"field": field, "message": message}]}
    )


def _unsaved(wanted: Wanted, now: datetime) -> ComparedCar:
    facts = car_facts(model=wanted.model, market=wanted.market, choices=wanted.choices, now=now)
    return _of_car(on_sale(), facts)


def _of_car(shelf: OnSale, facts: CarFacts) -> ComparedCar:
    model = shelf.catalogue.models[facts.model]
    return ComparedCar(
        code=None,
        created_at=None,
        release=facts.release,
        under=TODAY,
        valid_today=True,
        model=facts.model,
        name=model.name,
        market=facts.market,
        trim=facts.trim,
        trim_name=model.trim(facts.trim).name,
        choices=facts.choices,
        column=Column(model, facts.trim, facts.sheet, facts.days),
        changes=(),
    )


def _saved(facts: BuildFacts, under: str) -> ComparedCar:
    """Under the release on sale where that is asked for and still a car; else as it was saved."""
    today = facts.current
    sheet, days, code, shown = facts.sheet, facts.days, facts.release, OWN
    if under == TODAY and today.release and today.sheet and today.days is not None:
        sheet, days, code, shown = today.sheet, today.days, today.release, TODAY
    model = release(code).catalogue.models[facts.model]
    return ComparedCar(
        code=facts.code,
        created_at=facts.created_at,
        release=code,
        under=shown,
        valid_today=today.valid,
        model=facts.model,
        name=model.name,
        market=facts.market,
        trim=facts.trim,
        trim_name=model.trim(facts.trim).name,
        choices=facts.choices,
        column=Column(model, facts.trim, sheet, days),
        changes=today.changes,
    )
