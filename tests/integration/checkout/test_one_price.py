"""One price: random buildable cars of both markets cost the same to the cent wherever the shop names their price.

Price function, models' list, configurator, page, saved build, search, stock car, quote, order, contract and ledger. A sample
every day; `make prove` (FORECOURT_PROVE=1) draws 10,000 cars in each market and orders every tenth.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from catalog.domain.incentives import Buyer
from catalog.domain.pricing import price_sheet, sheet_by
from catalog.queries.configuring import CarFacts, car_facts, shop
from catalog.queries.on_sale import on_sale
from checkout.models import Order
from checkout.queries.ledger import deposit_liability
from kernel.money import Money
from storefront.api.catalogue_documents import first_car, models_document
from tests.factories.one_price import differences, drawn, with_offers
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.factories.till import Till

pytestmark = pytest.mark.django_db
CARS = 10_000 if os.environ.get("FORECOURT_PROVE") == "1" else 60
MARKETS = ("CN", "DE")


@pytest.fixture(autouse=True)
def _on_sale(db: None, settings: Any) -> Iterator[None]:
    settings.RELEASE_POLL_SECONDS = 60.0
    forget()
    put_on_sale(with_offers)
    yield
    forget()


def without_offers(*, buyer: Buyer, **asked: Any) -> CarFacts:
    """What a place would say that forgot the offers of the day."""
    facts = car_facts(**asked)
    place = shop(model=facts.model, market=facts.market, now=asked["now"])
    return replace(facts, sheet=sheet_by(place.prices, place.market, facts.car))


@pytest.mark.prove
@pytest.mark.parametrize("market", MARKETS)
def test_every_place_says_the_same_of_every_car(market: str) -> None:
    assert differences(market, CARS, each=max(1, CARS // 1000)) == []


@pytest.mark.parametrize("market", MARKETS)
def test_the_ledger_owes_what_the_quote_asked_for(market: str, till: Till) -> None:
    def paid(order: Order) -> int:
        till.paid(order)
        [owed] = deposit_liability(order=order.code)
        assert owed == Money(order.deposit, order.currency)
        return owed.minor

    assert differences(market, 5, seed=7, now=till.clock.now, pay=paid) == []


@pytest.mark.parametrize("market", MARKETS)
def test_the_list_of_models_says_what_its_cars_cost(market: str) -> None:
    shelf = on_sale()
    items = {item["code"]: item for item in models_document(shelf, "", market, "en", NOON)["items"]}
    for model in shelf.catalogue.models.values():
        totals = {}
        for trim in model.trims:
            car = first_car(shelf, model, trim, market, NOON).car
            sheet = price_sheet(
                catalogue=shelf.catalogue, model=model, car=car, market=market, at=NOON
            )
            totals[trim.code] = sheet.total.minor
        shown = {trim["code"]: trim["price"]["amount"] for trim in items[model.code]["trims"]}
        assert shown == totals
        assert items[model.code]["from_price"]["amount"] == min(totals.values())


def test_the_cars_drawn_are_buildable_and_of_every_model_and_trim() -> None:
    for market in MARKETS:
        cars = list(islice(drawn(market, seed=1), 200))
        assert len({(one.model, one.car.trim) for one in cars}) == 10
        assert max(len(one.car.chosen) for one in cars) > 5
        for one in cars[:20]:
            facts = car_facts(model=one.model, market=market, choices=one.choices, now=NOON)
            assert facts.car.options == one.car.options


def test_a_place_that_says_otherwise_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkout.queries.quoting.car_facts", without_offers)
    found = differences("DE", 2)
    assert all("'autumn-de'" in line for line in found)
    assert {line.split(": ")[2].split(" says ")[0] for line in found} >= {
        "the quote",
        "the order",
        "the contract",
    }
