"""What a car in stock costs today: its frozen lines, what is asked for it, and the offers of the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from catalog.domain.configuration.car import Blueprint
from catalog.domain.lowest import Past
from catalog.domain.pricing import (
    PriceList,
    book_in_force,
    local_day,
    read_price_sheet,
    sheet_by,
    terms_of,
)
from catalog.domain.stock_price import STOCK_PRICE, Standing, StockPricer
from catalog.domain.stock_price import standing as standing_car
from catalog.errors import NegativePrice
from kernel.money import Money
from tests.factories.catalogue import demo_catalogue

CATALOGUE = demo_catalogue()
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
HAVEN = CATALOGUE.models["haven"]
CHOICES = ("trim:voyage", "paint-clearing", "cli-winterwheels")


def standing(market: str, asked: int | None = None) -> Standing:
    """A haven that was frozen with its list price; asked for `asked` minor units, or its list price."""
    place = CATALOGUE.markets[market]
    car = Blueprint(HAVEN, market, local_day(place, NOON)).close(CHOICES)
    prices = PriceList(HAVEN, market, book_in_force(CATALOGUE, market, NOON), CATALOGUE)
    frozen = read_price_sheet(sheet_by(prices, place, car).facts())
    price = frozen.list_price if asked is None else Money(asked, frozen.currency)
    return standing_car(frozen, asked=price, options=car.options)


def pricer(market: str, at: datetime = NOON, *, past: bool = True) -> StockPricer:
    place = CATALOGUE.markets[market]
    found = Past(CATALOGUE, HAVEN, place) if past else None
    return StockPricer("haven", place, terms_of(CATALOGUE, market, at), found)


def test_a_car_at_its_list_price_costs_what_a_new_one_does() -> None:
    place = CATALOGUE.markets["DE"]
    car = standing("DE")
    prices = PriceList(HAVEN, "DE", book_in_force(CATALOGUE, "DE", NOON), CATALOGUE)
    built = Blueprint(HAVEN, "DE", local_day(place, NOON)).close(CHOICES)
    new = sheet_by(prices, place, built, terms_of(CATALOGUE, "DE", NOON))
    assert replace(pricer("DE").sheet(car), reduction=None) == new
    assert pricer("DE").total(car) == new.total.minor


def test_what_is_asked_below_the_list_price_is_a_line_of_its_own() -> None:
    listed = standing("CN")
    cheaper = replace(listed, asked=listed.asked - Money(1_460_000, "CNY"))
    sheet = pricer("CN").sheet(cheaper)
    [line] = [line for line in sheet.lines if line.kind == "discount"]
    assert (line.code, line.amount.minor) == (STOCK_PRICE, -1_460_000)
    assert sheet.list_price == sheet.regular == listed.asked
    assert sheet.total == cheaper.asked
    assert sum(line.tax.minor for line in sheet.lines if line.tax is not None) == sheet.vat.minor
    assert sheet.reduction is None


@pytest.mark.parametrize(("market", "off"), [("CN", 0), ("DE", 30_000)])
def test_the_total_for_lists_is_that_of_the_sheet(market: str, off: int) -> None:
    for asked in (None, 5_000_000):
        car = standing(market, asked)
        sheet = pricer(market).sheet(car)
        assert pricer(market).total(car) == sheet.total.minor
        assert sheet.total.minor == car.asked.minor - off + car.fee


def test_a_reduction_is_compared_with_what_the_car_would_have_cost_before_it() -> None:
    car = standing("DE", 6_000_000)
    reduction = pricer("DE").sheet(car).reduction
    assert reduction is not None
    assert (reduction.since, reduction.days) == (date(2026, 10, 1), 30)
    assert reduction.lowest == Money(6_000_000 + car.fee, "EUR")
    assert pricer("DE", past=False).sheet(car).reduction is None


def test_offers_of_a_sheet_frozen_with_them_are_those_of_today() -> None:
    place = CATALOGUE.markets["DE"]
    built = Blueprint(HAVEN, "DE", local_day(place, NOON)).close(CHOICES)
    prices = PriceList(HAVEN, "DE", book_in_force(CATALOGUE, "DE", NOON), CATALOGUE)
    with_offer = sheet_by(prices, place, built, terms_of(CATALOGUE, "DE", NOON))
    car = standing_car(with_offer, asked=with_offer.list_price, options=built.options)
    spring = datetime(2027, 3, 1, tzinfo=UTC)
    assert pricer("DE", spring).sheet(car).total.minor == with_offer.total.minor + 30_000


def test_a_car_cheaper_than_its_offers_is_an_error() -> None:
    car = standing("DE", 10_000)
    collected = replace(car.frozen, lines=tuple(car.lines({"base", "option", "package"})))
    with pytest.raises(NegativePrice):
        pricer("DE").sheet(replace(car, frozen=collected))
