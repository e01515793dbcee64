"""One price: random buildable cars, and what each place of the shop says one of them costs.

For the test that every place says the same to the cent, and for the figure `offers.one_price.differences`. The demo catalogue
must be on sale (`tests.factories.shelf.put_on_sale`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count, islice
from typing import Any

from catalog.domain.configuration.car import Car
from catalog.domain.pricing import PriceSheet, price_sheet, read_price_sheet, sheet_by
from catalog.models import Market, Model, Place, Release, StockVehicle
from catalog.queries import stock
from catalog.queries.builds import build
from catalog.queries.configuring import Shop, car_facts, evaluate, shop
from catalog.queries.on_sale import on_sale
from catalog.queries.stock import StockFilters, search_stock, todays_sheet, vehicle
from catalog.services.builds import save_build
from checkout.models import Order
from checkout.queries.orders import order, order_facts_for_contract
from checkout.services.orders import place_order
from checkout.services.quotes import create_quote
from tests.factories.shelf import NOON

MODELS = ("rill", "vale", "haven")
MOST_CLICKS = 9
BUYER: dict[str, Any] = {"kind": "person", "name": "Anna Keller", "email": "anna@example.com"}
NOTHING: dict[str, Any] = {"finance": None, "insurance_facts": None, "place": None}
"""A quote of the car and nothing beside it."""
PAGE, QUOTED = 100, 5

_numbers = count(1)
Pay = Callable[[Order], int]
"""Pays the deposit of an order; gives what the ledger owes its buyer afterwards, in minor units."""


def with_offers(document: dict[str, Any]) -> None:
    """Adds offers of every kind that everybody gets, so that most cars have one: give it to `put_on_sale`."""
    for market, scale in (("CN", 100_000), ("DE", 10_000)):
        document["incentives"] += [
            _offer(market, "autumn", kind="price_bonus", models=dict.fromkeys(MODELS, 2 * scale)),
            _offer(market, "best", kind="price_bonus", models={"vale": 3 * scale}, stack=False),
            _offer(market, "less", kind="price_bonus", models={"vale": scale}, stack=False),
            _offer(market, "first", kind="price_bonus", models={"rill": 777}, quota=1_000_000),
            _offer(
                market,
                "ink",
                kind="option_bonus",
                models=[*MODELS],
                option="paint-ink",
                amount=scale * 9,
            ),
        ]


def _offer(market: str, code: str, **parts: Any) -> dict[str, Any]:
    window = {"market": market, "from": "2026-11-10", "until": "2026-12-01", "stack": True}
    name = {"zh-hans": code, "en": code}
    return {"code": f"{code}-{market.lower()}", "name": name, **window, **parts}


@dataclass(frozen=True, slots=True)
class Told:
    """What a place says: charged lines and offers as (code, minor units), total and VAT; None where it does not say.

    `lowest` is what stands beside a reduction; the empty tuple where the place does not say that.
    """

    lines: tuple[tuple[str, int], ...] | None
    total: int
    vat: int | None
    lowest: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A random buildable car."""

    model: str
    market: str
    choices: tuple[str, ...]
    car: Car


def told(sheet: PriceSheet) -> Told:
    """What a price sheet says."""
    lines = tuple((line.code, line.amount.minor) for line in sheet.lines)
    reduction = sheet.reduction
    lowest = None if reduction is None or reduction.lowest is None else reduction.lowest.minor
    return Told(lines, sheet.total.minor, sheet.vat.minor, (lowest,))


def drawn(market: str, *, seed: int, now: datetime = NOON) -> Iterator[Drawn]:
    """Random buildable cars of every model, without end: a trim and up to nine clicks that make a car together."""
    chance = random.Random(seed)
    shops = [shop(model=model, market=market, now=now) for model in MODELS]
    while True:
        place = chance.choice(shops)
        trim = chance.choice(place.model.trims)
        offered = [code for code, mark in place.plan.marks[trim.code].items() if mark == "O"]
        clicks = chance.sample(offered, min(len(offered), chance.randint(0, MOST_CLICKS)))
        found = _buildable(place, trim.atom, clicks)
        if found is not None:
            yield found


def _buildable(place: Shop, trim: str, clicks: list[str]) -> Drawn | None:
    """The car of as many of the clicks as make one together, in their order."""
    kept = [trim]
    for code in clicks:
        if not place.plan.violations(place.plan.close([*kept, code])):
            kept.append(code)
    choices = tuple(sorted(kept, key=place.plan.order.__getitem__))
    car = place.plan.close(choices)
    if place.plan.violations(car):
        return None
    return Drawn(place.model.code, place.market.code, choices, car)


def differences(
    market: str,
    number: int,
    *,
    seed: int = 20261122,
    now: datetime = NOON,
    pay: Pay | None = None,
    each: int = 1,
) -> list[str]:
    """What any place says otherwise than the price function does, of so many cars in one market; empty is the promise.

    Every `each`-th car is ordered too; order, contract and ledger own copies of the quote that every car gets.
    """
    found: list[str] = []
    standing: dict[str, tuple[Drawn, Told]] = {}
    for place_in_line, one in enumerate(islice(drawn(market, seed=seed, now=now), number)):
        truth = _truth(one, now)
        said_of_it = _places(one, now, pay, ordering=place_in_line % each == 0)
        for place, said in said_of_it:
            found += _differs(one, place, said, truth)
        standing[_stand(one, now)] = one, truth
    seen = set()
    for vin, place, said in _stock(market, now):
        if vin in standing:
            seen.add(vin)
            found += _differs(standing[vin][0], place, said, standing[vin][1])
    return [*found, *(f"{vin}: not found in the search" for vin in standing if vin not in seen)]


def _differs(one: Drawn, place: str, said: Told, truth: Told) -> list[str]:
    same = (
        said.total == truth.total
        and said.vat in (None, truth.vat)
        and said.lowest in ((), truth.lowest)
        and (said.lines is None or _shown(said) == _shown(truth))
    )
    if same:
        return []
    car = f"{one.model} {one.market}: {' '.join(one.choices)}"
    return [f"{car}: {place} says {said}, the price function {truth}"]


def _shown(said: Told) -> list[tuple[str, int]]:
    """The lines that cost or take something, in any order."""
    return sorted(line for line in said.lines or () if line[1])


def _truth(one: Drawn, now: datetime) -> Told:
    """What the pure function says, with nothing prepared."""
    catalogue = on_sale().catalogue
    return told(
        price_sheet(
            catalogue=catalogue,
            model=catalogue.models[one.model],
            car=one.car,
            market=one.market,
            at=now,
        )
    )


def _places(
    one: Drawn, now: datetime, pay: Pay | None, *, ordering: bool
) -> Iterator[tuple[str, Told]]:
    """Configurator, page, saved build, quote, order, contract, ledger."""
    asked: dict[str, Any] = {"model": one.model, "market": one.market, "choices": one.choices}
    yield "the configurator", told(evaluate(**asked, now=now).sheet)
    yield "the page of the car", told(car_facts(**asked, now=now).sheet)
    saved = save_build(**asked, now=now)
    again = build(saved.code, now)
    yield "the saved build", told(again.sheet)
    if again.current.sheet is not None:
        yield "the build today", told(again.current.sheet)
    quote = create_quote(
        market=one.market, build=saved.code, vin=None, insurance=[], now=now, **NOTHING
    )
    yield "the quote", told(read_price_sheet(quote.document["price_sheet"]))
    if ordering:
        yield from _ordered(quote.code, str(quote.document["terms"]["version"]), now, pay)


def _ordered(
    quote: str, version: str, now: datetime, pay: Pay | None
) -> Iterator[tuple[str, Told]]:
    made = place_order(
        quote=quote,
        buyer=BUYER,
        terms={"version": version, "accepted": True},
        language="en",
        customer=None,
        now=now,
    )
    row = Order.objects.get(code=made.order)
    yield "the order's row", Told(None, row.price, None)
    document = order(made.order, now).document
    yield "the order", told(read_price_sheet(document["price_sheet"]))
    facts = order_facts_for_contract(made.order)
    lines = tuple((line.code, line.amount.minor) for line in facts.price.lines)
    yield "the contract", Told(lines, facts.price.total.minor, facts.price.vat.minor)
    owed = row.deposit if pay is None else pay(row)
    yield "deposit and balance", Told(None, owed + facts.price.balance.minor, None)


def _stand(one: Drawn, now: datetime) -> str:
    """Puts the car on the lot at its list price, frozen as the importer freezes it; gives its VIN."""
    place = shop(model=one.model, market=one.market, now=now)
    frozen = sheet_by(place.prices, place.market, one.car)
    market, model, where, release = _rows(place)
    row = StockVehicle.objects.create(
        vin=f"L0TEST{next(_numbers):011}",
        market=market,
        model=model,
        model_year="my2027",
        trim=one.car.trim,
        choices=list(one.choices),
        options=sorted(one.car.options),
        release=release,
        price_sheet=frozen.facts(),
        place=where,
        status="in_stock",
        built_on=date(2026, 10, 25),
        available_on=date(2026, 11, 23),
        currency=frozen.currency,
        list_price=frozen.list_price.minor,
        price=frozen.list_price.minor,
        changed_at=now,
    )
    return row.vin


def _rows(place: Shop) -> tuple[Market, Model, Place, Release]:
    text = {"zh-hans": "文字", "en": "Text"}
    market, _ = Market.objects.get_or_create(
        code=place.market.code,
        defaults={
            "name": text,
            "currency": place.market.currency,
            "timezone": place.market.timezone,
            "vat_rate": str(place.market.vat_rate),
            "delivery_text": text,
            "on_sale": True,
        },
    )
    model, _ = Model.objects.get_or_create(
        code=place.model.code,
        defaults={"name": text, "line": text, "body": text, "vin_letter": place.model.vin_letter},
    )
    row = next(row for row in place.shelf.catalogue.places if row["market"] == market.code)
    where, _ = Place.objects.get_or_create(
        code=row["code"],
        defaults={
            "market": market,
            "kind": "delivery_centre",
            "city": text,
            "name": text,
            "address": text,
            "lat": 1,
            "lon": 1,
        },
    )
    return market, model, where, Release.objects.get(code=place.shelf.code)


def _stock(market: str, now: datetime) -> Iterator[tuple[str, str, Told]]:
    """Every car of the search, page by page, as list and sheet say it; five of each page also alone and in a quote."""
    stock.forget()
    cursor, first = None, True
    while first or cursor:
        first = False
        page = search_stock(
            market=market, filters=StockFilters(), cursor=cursor, limit=PAGE, now=now
        )
        for number, found in enumerate(page.items):
            sheet = told(todays_sheet(found, now))
            yield found.vin, "the search", replace(sheet, total=found.total.minor)
            if number < QUOTED:
                yield (
                    found.vin,
                    "the car's page",
                    Told(None, vehicle(found.vin, now).total.minor, None),
                )
                yield found.vin, "the quote of a stock car", _quoted(found.vin, market, now)
        cursor = page.next


def _quoted(vin: str, market: str, now: datetime) -> Told:
    document = create_quote(
        market=market, build=None, vin=vin, insurance=[], now=now, **NOTHING
    ).document
    return told(read_price_sheet(document["price_sheet"]))
