"""One car under two releases: buildable, priced, or why not. Shared by reference cars, saved builds and quotes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from catalog.domain.catalogue import Catalogue, Model
from catalog.domain.pricing import PriceList, book_in_force, sheet_by, terms_of
from catalog.errors import CatalogError, NotBuildable, UnknownOption
from catalog.queries.saved_cars import KeptCars
from catalog.services.releases_checking_stretches import Plans
from catalog.services.releases_checking_words import Speech, called, listed, plain
from kernel.money import Money
from kernel.text import LANGUAGES, Text

SHOWN = 20
"""So many groups of cars are told one by one."""
GONE: Text = {"zh-hans": "不再销售", "en": "is not sold any more"}


@dataclass(frozen=True, slots=True)
class Result:
    """A car under one release: with a `total` by `book`, or without and `why`."""

    total: Money | None
    book: str
    why: Text


@dataclass(frozen=True, slots=True)
class CarChange:
    """Equal cars that a release breaks (`after.total` is None) or prices anew."""

    cars: KeptCars
    name: Text
    before: Result
    after: Result


@dataclass(frozen=True, slots=True)
class CarChanges:
    """What a release does to kept cars: how many it breaks and reprices, the first `SHOWN` groups of each.

    `checked` cars were looked at and `left_out` were not. A car that was no car before does not break.
    """

    checked: int
    left_out: int
    broken_count: int
    repriced_count: int
    broken: tuple[CarChange, ...]
    repriced: tuple[CarChange, ...]


class Till:
    """Builds and prices cars under one release; prepares each model and price book once."""

    def __init__(self, catalogue: Catalogue, other: Catalogue) -> None:
        """`other` names what this release does not have."""
        self.catalogue = catalogue
        self._names = {
            (model.code, option.code): option.name
            for model in other.models.values()
            for option in model.options
        }
        self._plans = Plans()
        self._prices: dict[tuple[str, str], PriceList] = {}

    def result(self, model: str, market: str, choices: Iterable[str], at: datetime) -> Result:
        """The car at that moment, with what it costs everybody in all."""
        found = self.catalogue.models.get(model)
        place = self.catalogue.markets.get(market)
        if found is None or place is None or not found.availability.get(market):
            return Result(None, "", GONE)
        day = at.astimezone(ZoneInfo(place.timezone)).date()
        try:
            car = self._plans.car(found, market, day, choices)
            terms = terms_of(self.catalogue, market, at)
            sheet = sheet_by(self._list(found, market, at), place, car, terms)
        except CatalogError as error:
            return Result(None, "", self._why(Speech(found, place), found, error))
        return Result(sheet.total, sheet.price_book, {})

    def _list(self, model: Model, market: str, at: datetime) -> PriceList:
        book = book_in_force(self.catalogue, market, at)
        key = (model.code, book.code)
        if key not in self._prices:
            self._prices[key] = PriceList(model, market, book, self.catalogue)
        return self._prices[key]

    def _why(self, speech: Speech, model: Model, error: CatalogError) -> Text:
        if isinstance(error, UnknownOption):
            gone = [
                called(self._names.get((model.code, code), {}), code)
                for code in error.facts["codes"]
            ]
            return listed([*gone, GONE], {"zh-hans": "", "en": " "})
        if isinstance(error, NotBuildable):
            broken = error.facts.get("violations", ())
            named = [str(part.get("code", part.get("structure"))) for part in broken]
            return listed([speech.part_or_code(name) for name in named])
        return plain(error.message)


def car_changes(
    *, before: Till, after: Till, cars: Sequence[KeptCars], left_out: int, now: datetime
) -> CarChanges:
    """What changing from one release to the other at `now` does to these cars; each group is looked at once a side."""
    broken: list[CarChange] = []
    repriced: list[CarChange] = []
    for kept in cars:
        was = before.result(kept.model, kept.market, kept.choices, now)
        if was.total is None:
            continue
        then = after.result(kept.model, kept.market, kept.choices, now)
        if then.total is None or then.total != was.total:
            change = CarChange(kept, _name(before.catalogue, kept), was, then)
            (broken if then.total is None else repriced).append(change)
    return CarChanges(
        checked=sum(kept.count for kept in cars),
        left_out=left_out,
        broken_count=sum(change.cars.count for change in broken),
        repriced_count=sum(change.cars.count for change in repriced),
        broken=tuple(broken[:SHOWN]),
        repriced=tuple(repriced[:SHOWN]),
    )


def _name(catalogue: Catalogue, kept: KeptCars) -> Text:
    """Model and trim by name."""
    model = catalogue.models[kept.model]
    atoms = {trim.atom: trim.name for trim in model.trims}
    trim = next((atoms[code] for code in kept.choices if code in atoms), {})
    return {
        code: f"{model.name.get(code) or kept.model} {trim.get(code) or ''}".strip()
        for code in LANGUAGES
    }
