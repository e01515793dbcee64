"""What can be built under two releases: options and trims that became buildable or not, cars counted."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from catalog.domain.catalogue import Catalogue, Trim
from catalog.domain.pricing import local_day
from catalog.errors import CatalogError
from catalog.services.releases_checking_counts import cars_of
from catalog.services.releases_checking_stretches import Stretch
from catalog.services.releases_checking_words import Speech, place
from kernel.text import Text

GAINED, LOST = "gained", "lost"


@dataclass(frozen=True, slots=True)
class Buildability:
    """An option that became buildable (`gained`) or not (`lost`) on these trims; without `code` the trims themselves.

    `why` of something lost is a minimal set of reasons in words.
    """

    what: str
    where: Text
    trims: tuple[Text, ...]
    code: str
    name: Text
    why: Text


@dataclass(frozen=True, slots=True)
class CountChange:
    """How many cars of a trim can be built; None where it is not sold or its rules are too many to count."""

    where: Text
    trim: Text
    before: int | None
    after: int | None


class MarketDifference:
    """One model in one market under both releases, today: `buildable` and `counts`."""

    def __init__(
        self, before: Catalogue, after: Catalogue, model: str, market: str, now: datetime
    ) -> None:
        self.after = after
        self.buildable: list[Buildability] = []
        self.counts: list[CountChange] = []
        with ExitStack() as stack:
            old = _today(before, model, market, now, stack)
            new = _today(after, model, market, now, stack)
            if old and new and old.problem != new.problem:
                self._compare(old, new)
            self._count(old, new)

    def _count(self, old: Stretch | None, new: Stretch | None) -> None:
        sides = [side for side in (new, old) if side is not None]
        trims: dict[str, Trim] = {}
        for side in sides:
            trims |= {trim.code: trim for trim in side.model.trims if trim.code not in trims}
        for trim in trims.values():
            where = place(sides[0].model.name, self.after.markets[sides[0].plan.market].name)
            self.counts.append(CountChange(where, trim.name, _cars(old, trim), _cars(new, trim)))

    def _compare(self, old: Stretch, new: Stretch) -> None:
        shared = [t for t in new.model.trims if t.code in {o.code for o in old.model.trims}]
        known = {o.code for o in old.model.options} & {o.code for o in new.model.options}
        changed: dict[tuple[str, str, tuple[str, ...]], list[Trim]] = {}
        for trim in shared:
            had, has = _had(old, trim), _had(new, trim)
            if bool(had) != bool(has):
                key = (GAINED if has else LOST, "", () if has else new.why([trim.atom]))
                changed.setdefault(key, []).append(trim)
                continue
            for code in sorted((had ^ has) & known, key=new.plan.order.__getitem__):
                key = (
                    (GAINED, code, ()) if code in has else (LOST, code, new.why([trim.atom, code]))
                )
                changed.setdefault(key, []).append(trim)
        self.buildable += [self._told(new, *key, trims) for key, trims in changed.items()]

    def _told(
        self, new: Stretch, what: str, code: str, why: tuple[str, ...], trims: list[Trim]
    ) -> Buildability:
        speech = Speech(new.model, self.after.markets[new.plan.market])
        name = new.model.option(code).name if code else {}
        names = tuple(trim.name for trim in trims)
        return Buildability(what, speech.where, names, code, name, speech.parts(why))


def _today(
    catalogue: Catalogue, model: str, market: str, now: datetime, stack: ExitStack
) -> Stretch | None:
    """The model today; None where it is not sold there or its rules cannot be read."""
    found, where = catalogue.models.get(model), catalogue.markets.get(market)
    if found is None or where is None or not found.availability.get(market):
        return None
    try:
        stretch = Stretch(found, market, local_day(where, now))
    except CatalogError:
        return None
    stack.callback(stretch.close)
    return stretch


def _had(stretch: Stretch, trim: Trim) -> set[str]:
    """The options some car of the trim has; empty where no car exists."""
    marks = stretch.plan.marks[trim.code]
    return set() if stretch.empty(trim) else set(marks) - set(stretch.dead(trim))


def _cars(stretch: Stretch | None, trim: Trim) -> int | None:
    if stretch is None or trim.atom not in stretch.plan.order:
        return None
    return cars_of(stretch, trim)
