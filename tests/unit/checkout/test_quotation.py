"""The parts of a quote's document that are pure: what a lender refuses, a stock price, the document itself."""

from __future__ import annotations

from catalog.domain.pricing import PriceLine, PriceSheet
from checkout.domain.quotation import Equipment, QuotedCar, refused_by
from kernel.money import Money

NAME = {"zh-hans": "名", "en": "name"}


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


SHEET = PriceSheet(
    price_book="cn-2026-09",
    currency="CNY",
    lines=(
        PriceLine("trim:calm", "base", NAME, cny("299800")),
        PriceLine("paint-ink", "option", NAME, cny("5000")),
        PriceLine("acc-ppf", "option", NAME, cny("9800")),
        PriceLine("delivery", "delivery", NAME, cny("0")),
    ),
    list_price=cny("314600"),
    total=cny("314600"),
    vat=cny("36193.81"),
)


def car(*groups: tuple[str, str]) -> QuotedCar:
    return QuotedCar(
        model="haven",
        model_name=NAME,
        trim="calm",
        trim_name=NAME,
        choices=(),
        equipment=tuple(Equipment(code, NAME, group, NAME, "option") for code, group in groups),
        seats=5,
    )


def test_accessories_are_what_a_lender_of_cars_refuses() -> None:
    found = car(("paint-ink", "paint"), ("acc-ppf", "accessories"))
    assert refused_by(("car", "option", "package"), sheet=SHEET, car=found) == cny("9800")
    assert refused_by(("car", "accessory"), sheet=SHEET, car=found) == cny("0")


def test_a_car_without_a_choice_of_paint_has_none() -> None:
    assert car(("acc-ppf", "accessories")).paint == ""
    assert car(("paint-ink", "paint")).paint == "paint-ink"
