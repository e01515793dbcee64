"""The configurator of the release on sale, held in memory: no SQL but the release pointer.

Prepared once for each release, model, market and stretch of days with the same rules; prices once for each book.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from catalog.domain.catalogue import TRIM_PREFIX, Catalogue, Market, Model
from catalog.domain.configuration.car import Car
from catalog.domain.configuration.completion import Completion
from catalog.domain.configuration.configurator import (
    Change,
    Configurator,
    Evaluation,
    Repair,
    Status,
    Undo,
)
from catalog.domain.configuration.explanation import Conflict
from catalog.domain.configuration.rules import interval
from catalog.domain.configuration.wording import Named, Wording
from catalog.domain.incentives import NOBODY, Buyer
from catalog.domain.net_prices import NetPrices
from catalog.domain.pricing import PriceSheet, local_day, market_of, planned_days
from catalog.errors import MarketNotOnSale, UnknownModel
from catalog.queries.on_sale import OnSale, on_sale
from catalog.queries.on_sale import release as release_by_code
from catalog.queries.pricing import pricer
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class CarFacts:
    """A buildable car under a release: what is on it, what it costs, days from the lock to delivery.

    `choices` are sorted as the catalogue lists them; `sheet.total` is what the buyer pays for the car.
    """

    release: str
    model: str
    market: str
    trim: str
    choices: tuple[str, ...]
    car: Car
    sheet: PriceSheet
    days: int
    names: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class StateFacts:
    """One side of a before and after."""

    choices: tuple[str, ...]
    total: Money
    days: int


@dataclass(frozen=True, slots=True)
class Addition:
    """Something that came along, and the rules and structure that asked for it.

    `why`: `needed` (see `because`), `cheaper` (it saves money), or `budget` (the budget allows it).
    """

    code: str
    name: Mapping[str, str]
    because: tuple[Named, ...]
    why: str


@dataclass(frozen=True, slots=True)
class ConflictFacts:
    """A minimal conflict in the buyer's words: drop any member and a car exists."""

    choices: tuple[Named, ...]
    off: tuple[Named, ...]
    rules: tuple[Named, ...]
    structure: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class RepairFacts:
    """A way to the wanted car; differences are to the car before the click."""

    adds: tuple[Named, ...]
    removes: tuple[Named, ...]
    choices: tuple[str, ...]
    total: Money
    price_difference: Money
    days_difference: int


@dataclass(frozen=True, slots=True)
class EvaluationFacts:
    """The answer of `evaluate`: see `catalog.domain.configuration.configurator.Evaluation`.

    `prices` says for each option and trim what it adds to the list price if it is on this car; what the trim cannot
    have is missing. `before` and `after` are set when more changed than the click, or would have to. `sheet` of a state
    that is not `valid` prices what the trim can have of it. `undo` is the way back from the click; None where the
    choices did not change.
    """

    release: str
    model: str
    market: str
    outcome: str
    valid: bool
    choices: tuple[str, ...]
    car: Car
    statuses: Mapping[str, Status]
    prices: Mapping[str, Money]
    sheet: PriceSheet
    days: int
    before: StateFacts | None
    after: StateFacts | None
    adds: tuple[Addition, ...]
    conflict: ConflictFacts | None
    repairs: tuple[RepairFacts, ...]
    undo: Undo | None


class Shop:
    """One model of one release in one market at one moment for one buyer, ready for questions."""

    def __init__(
        self, shelf: OnSale, market: Market, model: Model, now: datetime, buyer: Buyer = NOBODY
    ) -> None:
        """Takes prepared parts from the release's memo.

        Raises NoPriceBook, NoTaxRule, UnknownVoucher, RuleError, ExpressionError.
        """
        self.shelf = shelf
        self.market = market
        self.model = model
        self.day = local_day(market, now)
        self.configurator = _configurator(shelf, model, market.code, self.day)
        self.plan = self.configurator.plan
        self.pricer = pricer(shelf, model, market, now, buyer=buyer)
        self.prices = self.pricer.prices
        self.net = NetPrices(self.prices, self.pricer.offers)
        self.wording = Wording(model)

    def days(self, car: Car) -> int:
        """Days from the lock to delivery."""
        return planned_days(self.plan, car)

    def sheet(self, car: Car) -> PriceSheet:
        """The price sheet with the offers of the day; raises NoPriceBook, NegativePrice."""
        return self.pricer.sheet(car)

    def money(self, minor: int) -> Money:
        """Minor units of the price book's currency."""
        return Money(minor, self.prices.book.currency)

    def offered(self, car: Car) -> Car:
        """The car itself, or what its trim can have of it."""
        return car if not self.plan.violations(car) else self.plan.offered(car.choices)

    def state(self, choices: Iterable[str]) -> StateFacts:
        """One side of a before and after."""
        clicked = tuple(choices)
        car = self.offered(self.plan.close(clicked))
        return StateFacts(clicked, self.sheet(car).total, self.days(car))

    def prices_on(self, car: Car) -> dict[str, Money]:
        """What each option and trim adds to the price of this car, by code."""
        found: dict[str, Money] = {}
        for trim in self.model.trims:
            amount = self.prices.asked(trim.atom, trim.code, frozenset({trim.atom}))
            if amount is not None:
                found[trim.atom] = self.money(amount)
        for code, mark in self.plan.marks[car.trim].items():
            amount = 0 if mark == "S" or code in car.by else self._asked(code, car)
            if amount is not None:
                found[code] = self.money(amount)
        return found

    def _asked(self, code: str, car: Car) -> int | None:
        atoms = (car.atoms - set(self.plan.siblings(code))) | {code}
        return self.prices.asked(code, car.trim, atoms)

    def additions(
        self, completion: Completion, taken: Collection[str] = ()
    ) -> tuple[Addition, ...]:
        """The additions of a completion with their reasons in words; `taken` are those that a budget bought."""
        return tuple(
            Addition(
                code=code,
                name=self.wording.name(code),
                because=self.wording.parts(reasons := completion.reasons.get(code, ())),
                why="budget" if code in taken else "needed" if reasons else "cheaper",
            )
            for code in completion.adds
        )


def _configurator(shelf: OnSale, model: Model, market: str, day: date) -> Configurator:
    start = interval(model, market, day)
    key = ("configurator", model.code, market, start)
    if key not in shelf.memo:
        shelf.memo.setdefault(key, Configurator(model, market, start))
    found: Configurator = shelf.memo[key]
    return found


def selling(catalogue: Catalogue, market: str) -> Market:
    """The market, if something is sold there; raises UnknownMarket, MarketNotOnSale."""
    found = market_of(catalogue, market)
    if not found.on_sale:
        raise MarketNotOnSale(f"nothing is sold in market {market} yet", facts={"market": market})
    return found


def shop(
    *,
    model: str,
    market: str,
    release: str | None = None,
    buyer: Buyer = NOBODY,
    now: datetime,
) -> Shop:
    """A model of a release (the one on sale by default) in a market at a moment, for everybody or for a buyer.

    Raises NothingOnSale, UnknownRelease, UnknownMarket, MarketNotOnSale, UnknownModel, NoPriceBook, NoTaxRule, UnknownVoucher.
    """
    shelf = on_sale() if release is None else release_by_code(release)
    found = selling(shelf.catalogue, market)
    known = shelf.catalogue.models.get(model)
    if known is None or not known.availability.get(market):
        raise UnknownModel(
            f"model: {model!r} is not sold in market {market}",
            facts={"model": model, "models": sorted(shelf.catalogue.models)},
        )
    return Shop(shelf, found, known, now, buyer)


def evaluate(
    *,
    model: str,
    market: str,
    choices: Iterable[str],
    change: Change | None = None,
    pinned: Iterable[str] = (),
    release: str | None = None,
    now: datetime,
) -> EvaluationFacts:
    """The status of every option, the price, and what a click does; repairs give up what is `pinned` last.

    Raises as `shop`, UnknownOption, and NotBuildable only where `choices` do not name exactly one trim.
    """
    place = shop(model=model, market=market, release=release, now=now)
    answer = place.configurator.evaluate(
        choices, change, prices=place.net, days=place.days, pinned=pinned
    )
    car = place.offered(answer.car)
    before, after = _sides(place, answer)
    return EvaluationFacts(
        release=place.shelf.code,
        model=model,
        market=market,
        outcome=answer.outcome,
        valid=answer.valid,
        choices=answer.choices,
        car=answer.car,
        statuses=answer.statuses,
        prices=place.prices_on(car),
        sheet=place.sheet(car),
        days=place.days(car),
        before=before,
        after=after,
        adds=place.additions(answer.completion) if answer.completion else (),
        conflict=_conflict(place, answer.conflict),
        repairs=_repairs(place, answer),
        undo=answer.undo,
    )


def _sides(place: Shop, answer: Evaluation) -> tuple[StateFacts | None, StateFacts | None]:
    if answer.completion is None:
        return None, None
    return place.state(answer.before), place.state(answer.completion.choices)


def _conflict(place: Shop, found: Conflict | None) -> ConflictFacts | None:
    if found is None:
        return None
    return ConflictFacts(
        choices=place.wording.names(found.choices),
        off=place.wording.names(found.off),
        rules=place.wording.parts(found.rules),
        structure=place.wording.parts(found.structure),
    )


def _repairs(place: Shop, answer: Evaluation) -> tuple[RepairFacts, ...]:
    """The repairs; their differences are of totals, so offers that come or go with an option are in them."""
    if not answer.repairs:
        return ()
    present = place.state(answer.before).total
    return tuple(_repair(place, repair, present) for repair in answer.repairs)


def _repair(place: Shop, repair: Repair, present: Money) -> RepairFacts:
    total = place.sheet(repair.car).total
    return RepairFacts(
        adds=place.wording.names(repair.adds),
        removes=place.wording.names(repair.removes),
        choices=repair.choices,
        total=total,
        price_difference=total - present,
        days_difference=repair.days_difference,
    )


def car_facts(
    *,
    model: str,
    market: str,
    choices: Iterable[str],
    release: str | None = None,
    buyer: Buyer = NOBODY,
    now: datetime,
) -> CarFacts:
    """The buildable car of these choices with its price sheet for the buyer and delivery days.

    Raises as `shop`, UnknownOption, NotBuildable with `facts.violations`, NoPriceBook.
    """
    place = shop(model=model, market=market, release=release, buyer=buyer, now=now)
    place.plan.check_known(clicked := tuple(choices))
    ordered = tuple(sorted(set(clicked), key=place.plan.order.__getitem__))
    car = place.configurator.car(ordered)
    shown = (TRIM_PREFIX + car.trim, *sorted(car.options, key=place.plan.order.__getitem__))
    return CarFacts(
        release=place.shelf.code,
        model=model,
        market=market,
        trim=car.trim,
        choices=car.choices,
        car=car,
        sheet=place.sheet(car),
        days=place.days(car),
        names={code: place.wording.name(code) for code in shown},
    )


sheet_for = car_facts
"""`car_facts` for those who ask for the price."""
