"""The driver of a premium: what is assumed, what is refused, and how both are said."""

from __future__ import annotations

from datetime import date

import pytest

from checkout.domain.driver import FIRST_CLASS, DriverFacts, driver_facts, in_order
from checkout.domain.insurance import Covers, Risk, read_covers
from checkout.errors import CoverNotOffered
from kernel.money import Money
from tests.factories.catalogue import demo_catalogue
from tests.factories.rulebook import table

PRICES = {"CN": Money.of("395300", "CNY"), "DE": Money.of("79990", "EUR")}


def _market(row: dict[str, str]) -> str:
    return row["product"][:2].upper()


def _covers(market: str) -> Covers:
    catalogue = demo_catalogue()
    return read_covers(
        products=catalogue.insurance_products,
        insurers=catalogue.insurers,
        premiums=catalogue.premiums,
        market=market,
        currency=catalogue.markets[market].currency,
    )


def _driver(row: dict[str, str]) -> DriverFacts:
    known = demo_catalogue().law.ask(_market(row), FIRST_CLASS, date(2026, 11, 22))
    return driver_facts(
        age=None if row["age"] == "-" else int(row["age"]),
        no_claims_class=None if row["class"] == "-" else row["class"],
        first_class=str(known.value) if known else "",
    )


def _risk(row: dict[str, str]) -> Risk:
    driver = _driver(row)
    return Risk(
        model="haven",
        seats=5,
        price=PRICES[_market(row)],
        driver_age=driver.age,
        no_claims_class=driver.no_claims_class,
    )


@pytest.mark.parametrize(
    "row",
    [row for row in table("insurance.md", "driver") if row["premium"]],
    ids=lambda row: f"{row['product']}-{row['age']}-{row['class']}",
)
def test_what_is_not_said_is_assumed_as_the_rules_tell(row: dict[str, str]) -> None:
    covers = _covers(_market(row))
    premium = covers.premium(cover=covers.cover(row["product"]), risk=_risk(row))
    assert premium.amount == Money.of(row["premium"], covers.currency)
    assert " ".join(_driver(row).assumed) == row["assumed"]


@pytest.mark.parametrize(
    "row",
    [row for row in table("insurance.md", "driver") if not row["premium"]],
    ids=lambda row: f"{row['product']}-{row['age']}-{row['class']}",
)
def test_what_has_no_premium_is_refused_with_the_field_and_what_is_allowed(
    row: dict[str, str],
) -> None:
    covers = _covers(_market(row))
    with pytest.raises(CoverNotOffered) as refused:
        covers.premium(cover=covers.cover(row["product"]), risk=_risk(row))
    facts = refused.value.facts
    assert (facts["field"], " ".join(facts["allowed"])) == (row["field"], row["allowed"])
    assert row["field"] in refused.value.message
    assert all(word in refused.value.message for word in row["allowed"].split())


def test_the_assumptions_are_said_in_words_of_both_languages() -> None:
    both = driver_facts(age=None, no_claims_class=None, first_class="SF0").note
    assert both == {
        "zh-hans": "保费暂按驾驶人 30 岁、首次投保（SF0 级）计算；告诉我们实际情况，保费会随之更新。",
        "en": "This premium assumes a driver of 30 and a first car insured (no-claims class SF0); "
        "tell us what is true for you, and it is worked out again.",
    }
    assert driver_facts(age=44, no_claims_class="SF5", first_class="SF0").note is None


def test_classes_and_bands_stand_in_the_order_in_which_people_count() -> None:
    assert in_order(["SF5", "M", "SF10", "SF5", "SF0"]) == ["M", "SF0", "SF5", "SF10"]
    assert in_order(["60+", "18-24", "25-59"]) == ["18-24", "25-59", "60+"]
