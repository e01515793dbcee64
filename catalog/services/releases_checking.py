"""What a release must hold before it goes on sale, said in words a marketer can act on.

Errors keep a release from being published, warnings and notes do not. In a market that is prepared but not on
sale an error is a warning. The engine answers exactly: a trim that cannot be built, an option no car can have and an
option no car can do without are found whatever combination of rules causes them. See docs/rules/release.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.domain.catalogue import Catalogue, Model, read_catalogue
from catalog.errors import CatalogError
from catalog.services.releases_checking_buildable import buildable
from catalog.services.releases_checking_counts import Served, TrimCount, counts, served
from catalog.services.releases_checking_law import law_and_offers
from catalog.services.releases_checking_offers import published_offers
from catalog.services.releases_checking_prices import (
    prices,
    published_books,
    reference_cars,
    selling_terms,
)
from catalog.services.releases_checking_rules import contents, readable, rules_of
from catalog.services.releases_checking_stretches import Stretches, Subject, stretches
from catalog.services.releases_checking_words import (
    ERROR,
    Finding,
    errors_in,
    place,
    plain,
    say,
    worst_first,
)

__all__ = ["Checked", "Finding", "check_document", "check_release", "errors_in"]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings worst first, how many cars each trim has today, and which tier serves each model."""

    findings: tuple[Finding, ...]
    counts: tuple[TrimCount, ...] = ()
    served: tuple[Served, ...] = ()


def _silent(_line: str) -> None:
    """Nobody watches."""


def check_document(
    document: Mapping[str, Any],
    *,
    now: datetime,
    previous: Mapping[str, Any] | None = None,
    progress: Progress = _silent,
) -> list[Finding]:
    """The findings of `check_release`, without counting."""
    return [*_checked(document, now, previous, progress, counting=False).findings]


def check_release(
    document: Mapping[str, Any],
    *,
    now: datetime,
    previous: Mapping[str, Any] | None = None,
    progress: Progress = _silent,
) -> Checked:
    """Everything the checks say about a compiled document.

    Looks at today and at every later day on which a rule or a price book starts or ends. With
    `previous`, the newest release, also whether a published price book or offer changed.
    """
    return _checked(document, now, previous, progress, counting=True)


def _checked(
    document: Mapping[str, Any],
    now: datetime,
    previous: Mapping[str, Any] | None,
    progress: Progress,
    *,
    counting: bool,
) -> Checked:
    try:
        catalogue = read_catalogue(document, code="", fingerprint="")
    except (KeyError, ValueError, TypeError) as error:
        where = place(plain("–"))
        return Checked((say(ERROR, "unreadable", where, {"why": plain(repr(error))}),))
    found = [*_whole(catalogue), *law_and_offers(catalogue, now)]
    for market in catalogue.markets.values():
        found += selling_terms(catalogue, market, now)
    counted: list[TrimCount] = []
    tiers: list[Served] = []
    for model in catalogue.models.values():
        with ExitStack() as stack:
            markets = _markets(catalogue, model, now, stack, found)
            for one in markets:
                found += buildable(one)
                found += reference_cars(one.subject)
                counted += counts(one) if counting else ()
                tiers += served(one) if counting else ()
            found += rules_of(model, markets)
        progress(f"{model.code} checked")
    if previous is not None:
        found += published_books(catalogue, document, previous)
        found += published_offers(catalogue, document, previous, now)
    return Checked(tuple(worst_first(found)), tuple(counted), tuple(tiers))


def _whole(catalogue: Catalogue) -> Iterator[Finding]:
    shop = place({"zh-hans": "商店", "en": "The shop"})
    if not catalogue.brand:
        yield say(ERROR, "no-brand", shop)
    if not any(market.on_sale for market in catalogue.markets.values()):
        yield say(ERROR, "no-market", shop)
    if not catalogue.models:
        yield say(ERROR, "no-model", shop)
    for model in catalogue.models.values():
        if not model.trims:
            yield say(ERROR, "no-trim", place(model.name))


def _markets(
    catalogue: Catalogue, model: Model, now: datetime, stack: ExitStack, found: list[Finding]
) -> list[Stretches]:
    """The stretches of each market the model is offered in and can be read; the rest goes to `found`."""
    ready = []
    for market in catalogue.markets.values():
        if not model.trims or not model.availability.get(market.code):
            continue
        subject = Subject(catalogue, model, market, now)
        broken = [*contents(subject), *readable(subject)]
        found += [*broken, *prices(subject)]
        if broken:
            continue
        try:
            ready.append(stack.enter_context(stretches(subject)))
        except CatalogError as error:
            gaps = {"why": plain(error.message)}
            found.append(say(subject.level, "unreadable", subject.speech.where, gaps))
    return ready
