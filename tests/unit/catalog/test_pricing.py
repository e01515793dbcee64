"""Prices, VAT, purchase tax and delivery days, row by row as docs/rules/pricing.md says them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from catalog.domain.catalogue import Catalogue, Model, PriceRow
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.duties import duties, purchase_tax
from catalog.domain.law import Law
from catalog.domain.pricing import (
    PriceList,
    book_in_force,
    delivery_days,
    local_day,
    price_sheet,
    read_price_sheet,
    vat_inside,
)
from catalog.errors import NoPriceBook, NoTaxRule, UnknownMarket
from kernel.money import Money
from tests.factories.catalogue import demo_catalogue, minor, stock_rows
from tests.factories.rulebook import table

CATALOGUE = demo_catalogue()
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = date(2026, 11, 22)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def closed(words: str, day: date = DAY) -> tuple[Model, str, Car]:
    """A car written as `haven CN zenith: paint-silk int-walnut`."""
    head, _, clicks = words.partition(":")
    model_code, market, trim = head.split()
    model = CATALOGUE.models[model_code]
    car = Blueprint(model, market, day).close([f"trim:{trim}", *clicks.split()])
    return model, market, car


def price_of(words: str, at: datetime = NOON) -> Money:
    model, market, car = closed(words)
    return price_sheet(catalogue=CATALOGUE, model=model, car=car, market=market, at=at).list_price


def amount(text: str) -> int:
    return minor(text.replace(",", ""), "CNY")


def test_the_worked_car_costs_what_the_page_says() -> None:
    model, market, car = closed("haven CN voyage: paint-clearing wheel-20-wing int-cream pkg-quiet")
    sheet = price_sheet(catalogue=CATALOGUE, model=model, car=car, market=market, at=NOON)
    rows = {row["line"]: row for row in table("pricing.md", "worked")}
    assert sheet.total.minor == amount(rows.pop("total")["amount"])
    assert sheet.vat.minor == amount(rows.pop("of which VAT (13 %)")["amount"])
    shown = {line.code: line for line in sheet.lines if line.kind != "standard"}
    assert {code: (line.kind, line.amount.minor) for code, line in shown.items()} == {
        code: (row["kind"], amount(row["amount"])) for code, row in rows.items()
    }
    assert {line.amount.minor for line in sheet.lines if line.kind == "standard"} == {0}


@pytest.mark.parametrize("row", table("pricing.md", "conditions"), ids=lambda row: row["why"])
def test_a_price_depends_on_the_finished_car(row: dict[str, str]) -> None:
    model, market, car = closed(row["car"])
    sheet = price_sheet(catalogue=CATALOGUE, model=model, car=car, market=market, at=NOON)
    lines = {line.code: line.amount.minor for line in sheet.lines}
    assert lines[row["code"]] == amount(row["price"])


@pytest.mark.parametrize(
    "row", table("pricing.md", "books"), ids=lambda row: row["moment (Asia/Shanghai)"]
)
def test_the_book_in_force_is_the_latest_that_has_started(row: dict[str, str]) -> None:
    at = datetime.fromisoformat(row["moment (Asia/Shanghai)"]).replace(tzinfo=SHANGHAI)
    assert book_in_force(CATALOGUE, "CN", at).code == row["book"]
    assert price_of("haven CN zenith:", at).minor == amount(row["haven zenith"])
    assert price_of("haven CN zenith: paint-ink", at).minor == amount(row["haven paint-ink on it"])


def test_before_the_first_book_there_is_no_price() -> None:
    with pytest.raises(NoPriceBook):
        book_in_force(CATALOGUE, "CN", datetime(2026, 8, 1, tzinfo=UTC))
    with pytest.raises(UnknownMarket):
        book_in_force(CATALOGUE, "FR", NOON)


@pytest.mark.parametrize(
    "row", table("pricing.md", "tax"), ids=lambda row: f"{row['price']} {row['day of the invoice']}"
)
def test_the_purchase_tax_is_what_the_page_says(row: dict[str, str]) -> None:
    day = date.fromisoformat(row["day of the invoice"])
    tax = purchase_tax(
        CATALOGUE.markets["CN"], CATALOGUE.law, Money(amount(row["price"]), "CNY"), day
    )
    assert tax is not None
    assert tax.full.minor == amount(row["full"])
    assert tax.relief.minor == amount(row["relief"])
    assert tax.due.minor == amount(row["due"])
    assert tax.full - tax.relief == tax.due


def test_without_a_tax_row_for_the_day_the_sale_stops() -> None:
    price = Money(39530000, "CNY")
    with pytest.raises(NoTaxRule, match="2028-01-01"):
        purchase_tax(CATALOGUE.markets["CN"], CATALOGUE.law, price, date(2028, 1, 1))
    with pytest.raises(NoTaxRule):
        purchase_tax(CATALOGUE.markets["CN"], CATALOGUE.law, price, date(2023, 12, 31))


def test_germany_has_no_purchase_tax() -> None:
    assert purchase_tax(CATALOGUE.markets["DE"], CATALOGUE.law, Money(5000000, "EUR"), DAY) is None


def test_a_tax_without_relief_or_end_is_due_in_full() -> None:
    law = Law([row for row in CATALOGUE.law.rows if row.key != "tax.purchase.relief"])
    tax = purchase_tax(CATALOGUE.markets["CN"], law, Money(11300000, "CNY"), date(2030, 5, 1))
    assert tax is not None
    assert (tax.full.minor, tax.relief.minor, tax.due.minor) == (1000000, 0, 1000000)


def test_a_quote_says_until_when_its_tax_holds_and_what_follows() -> None:
    market, price = CATALOGUE.markets["CN"], Money(39530000, "CNY")
    last_year = {
        duty.code: duty for duty in duties(market, CATALOGUE.law, price, date(2025, 12, 1))
    }
    tax = last_year["purchase-tax"]
    assert (tax.amount.minor, tax.by) == (498230, "invoice_date")
    assert tax.holds_until == date(2026, 1, 1)
    assert tax.after == Money(1998230, "CNY")


def test_where_no_row_says_what_follows_a_duty_says_so() -> None:
    market = CATALOGUE.markets["CN"]
    found = {d.code: d for d in duties(market, CATALOGUE.law, Money(39530000, "CNY"), DAY)}
    assert found["purchase-tax"].holds_until == date(2028, 1, 1)
    assert found["purchase-tax"].after is None
    assert found["vehicle-tax"].amount.minor == 0
    assert (found["registration"].amount.minor, found["registration"].in_sum) == (12500, False)
    assert found["registration"].paid_to == "registration-office"


def test_german_duties_are_the_exemption_of_electric_cars_and_the_fees() -> None:
    found = duties(CATALOGUE.markets["DE"], CATALOGUE.law, Money(4599000, "EUR"), DAY)
    assert [(duty.code, duty.amount.minor) for duty in found] == [
        ("vehicle-tax", 0),
        ("registration", 1280),
    ]
    assert found[0].holds_until == date(2031, 1, 1)


@pytest.mark.parametrize(
    "row", table("pricing.md", "days"), ids=lambda row: f"{row['why']} {row['day']}"
)
def test_the_delivery_days_are_what_the_page_says(row: dict[str, str]) -> None:
    day = date.fromisoformat(row["day"])
    model, market, car = closed(row["car"], day)
    assert delivery_days(model, market, car, day) == int(row["days"])


def reference_cars(catalogue: Catalogue) -> list[Any]:
    return [
        pytest.param(model, car, id=car["code"])
        for model in catalogue.models.values()
        for car in model.reference_cars
    ]


@pytest.mark.parametrize(("model", "reference"), reference_cars(CATALOGUE))
def test_every_reference_car_is_as_expected(model: Model, reference: dict[str, Any]) -> None:
    day = date.fromisoformat(reference["date"])
    market = CATALOGUE.markets[reference["market"]]
    plan = Blueprint(model, market.code, day)
    car = plan.close([f"trim:{reference['trim']}", *reference["choices"]])
    violations = [v.code or v.structure for v in plan.violations(car)]
    assert violations == reference.get("violates", [])
    if reference["expect"] == "valid":
        at = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(market.timezone))
        sheet = price_sheet(catalogue=CATALOGUE, model=model, car=car, market=market.code, at=at)
        assert sheet.price_book == reference["price_book"]
        assert sheet.list_price.minor == reference["total"]


def test_every_stock_vehicle_costs_what_its_row_says() -> None:
    plans = {
        (m.code, market): Blueprint(m, market, DAY)
        for m in CATALOGUE.models.values()
        for market in ("CN", "DE")
    }
    lists = {
        (m, market): PriceList(
            CATALOGUE.models[m], market, book_in_force(CATALOGUE, market, NOON), CATALOGUE
        )
        for m, market in plans
    }
    for row in stock_rows():
        key = row["model"], row["market"]
        car = plans[key].close([f"trim:{row['trim']}", *row["choices"].split()])
        assert plans[key].violations(car) == (), row["vin"]
        assert lists[key](car) == minor(row["list_price"], row["currency"]), row["vin"]


def test_german_prices_add_the_delivery_fee_to_the_list_price() -> None:
    model, market, car = closed("haven DE voyage: paint-tea")
    sheet = price_sheet(catalogue=CATALOGUE, model=model, car=car, market=market, at=NOON)
    assert sheet.lines[-1].kind == "delivery"
    assert sheet.total - sheet.list_price == Money(99000, "EUR")
    assert sheet.vat == vat_inside(sheet.total, Decimal("0.19"))


def test_a_price_sheet_survives_its_json() -> None:
    model, market, car = closed("haven DE voyage: paint-tea")
    sheet = price_sheet(catalogue=CATALOGUE, model=model, car=car, market=market, at=NOON)
    assert read_price_sheet(sheet.facts()) == sheet


def test_the_order_of_clicks_changes_no_price() -> None:
    assert price_of("haven CN zenith: acc-umbrella com-startray") == price_of(
        "haven CN zenith: com-startray acc-umbrella"
    )


def test_a_code_without_a_price_is_an_error_that_names_it() -> None:
    model = replace(
        CATALOGUE.models["haven"],
        prices=tuple(row for row in CATALOGUE.models["haven"].prices if row.code != "paint-ink"),
    )
    prices = PriceList(model, "CN", book_in_force(CATALOGUE, "CN", NOON), CATALOGUE)
    car = Blueprint(model, "CN", DAY).close(["trim:calm", "paint-ink"])
    with pytest.raises(NoPriceBook) as caught:
        prices(car)
    assert caught.value.facts["code"] == "paint-ink"
    assert prices.asked("paint-ink", "calm", car.atoms) is None


def test_a_younger_book_replaces_every_row_of_a_code_it_lists() -> None:
    haven = CATALOGUE.models["haven"]
    extra = PriceRow("cn-2027-01", "option", "paint-silk", "*", None, 1600000)
    model = replace(haven, prices=(*haven.prices, extra))
    at = datetime(2027, 2, 1, tzinfo=UTC)
    prices = PriceList(model, "CN", book_in_force(CATALOGUE, "CN", at), CATALOGUE)
    car = Blueprint(model, "CN", DAY).close(["trim:zenith", "paint-silk", "pkg-dynamic"])
    assert prices.amount("paint-silk", "zenith", car.atoms) == 1600000


def test_the_day_is_the_day_where_the_market_is() -> None:
    late = datetime(2026, 12, 31, 20, tzinfo=UTC)
    assert local_day(CATALOGUE.markets["CN"], late) == date(2027, 1, 1)
    assert local_day(CATALOGUE.markets["DE"], late) == date(2026, 12, 31)
