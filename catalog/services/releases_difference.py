"""What changes for buyers from one release to another: said, counted, priced and tried on kept cars.

Both releases are asked about the same moment. What is buildable is compared over every car, by the engine; a model whose
rules and options are the same in both is not asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from catalog.domain.catalogue import TRIM_PREFIX, Catalogue, Model
from catalog.queries.saved_cars import KeptCars
from catalog.services.releases_difference_buildable import (
    Buildability,
    CountChange,
    MarketDifference,
)
from catalog.services.releases_difference_cars import CarChanges, Result, Till, car_changes
from catalog.services.releases_difference_rows import (
    PriceChange,
    RuleChange,
    Thing,
    price_changes,
    rule_changes,
    things,
)
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """A reference car with another result."""

    model: Text
    code: str
    before: Result
    after: Result


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that changes; empty parts did not change. `counts` names every trim of both."""

    things: tuple[Thing, ...]
    buildable: tuple[Buildability, ...]
    rules: tuple[RuleChange, ...]
    prices: tuple[PriceChange, ...]
    references: tuple[ReferenceChange, ...]
    counts: tuple[CountChange, ...]
    builds: CarChanges
    quotes: CarChanges

    @property
    def counts_differ(self) -> bool:
        """Whether any trim has more or fewer cars."""
        return any(count.before != count.after for count in self.counts)

    @property
    def empty(self) -> bool:
        """Whether a buyer would notice nothing of all this."""
        told = (self.things, self.buildable, self.rules, self.prices, self.references)
        cars = (self.builds, self.quotes)
        return not any(told) and not any(c.broken_count or c.repriced_count for c in cars)


Kept = tuple[Sequence[KeptCars], int]
"""Groups of equal cars, and how many cars were left out."""


def compare_releases(
    *, before: Catalogue, after: Catalogue, builds: Kept, quotes: Kept, now: datetime
) -> Difference:
    """The difference between two releases at `now`, also for these saved builds and open quotes."""
    was, then = Till(before, after), Till(after, before)
    both = [
        (before.models[code], model)
        for code, model in after.models.items()
        if code in before.models
    ]
    buildable: list[Buildability] = []
    counts: list[CountChange] = []
    for code in dict.fromkeys([*after.models, *before.models]):
        for market in after.markets:
            found = MarketDifference(before, after, code, market, now)
            buildable += found.buildable
            counts += found.counts
    return Difference(
        things=tuple(things(before, after)),
        buildable=tuple(buildable),
        rules=tuple(change for old, new in both for change in rule_changes(old, new)),
        prices=tuple(price_changes(before, after)),
        references=tuple(c for old, new in both for c in _references(was, then, old, new)),
        counts=tuple(counts),
        builds=car_changes(before=was, after=then, cars=builds[0], left_out=builds[1], now=now),
        quotes=car_changes(before=was, after=then, cars=quotes[0], left_out=quotes[1], now=now),
    )


def _references(was: Till, then: Till, old: Model, new: Model) -> Iterator[ReferenceChange]:
    cars: dict[str, Mapping[str, Any]] = {car["code"]: car for car in old.reference_cars}
    cars |= {car["code"]: car for car in new.reference_cars}
    for code, car in cars.items():
        market = then.catalogue.markets.get(car["market"])
        if market is None:
            continue
        day = date.fromisoformat(car["date"])
        noon = datetime.combine(day, time(12), ZoneInfo(market.timezone))
        choices = [TRIM_PREFIX + car["trim"], *car["choices"]]
        before, after = (till.result(new.code, market.code, choices, noon) for till in (was, then))
        if (before.total, before.book) != (after.total, after.book):
            yield ReferenceChange(new.name, code, before, after)
