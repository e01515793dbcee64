"""The configurator of the release on sale: answers with names, texts and money, and without SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.domain.configuration.configurator import Change
from catalog.errors import (
    MarketNotOnSale,
    NoCarInBudget,
    NoPriceBook,
    NotBuildable,
    UnknownMarket,
    UnknownModel,
    UnknownOption,
    UnknownRelease,
)
from catalog.queries.completing import complete
from catalog.queries.configuring import EvaluationFacts, car_facts, evaluate, shop
from kernel.money import Money
from tests.factories.shelf import EXAMPLE, NOON, close_market, put_on_sale

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_sale() -> None:
    put_on_sale()


def click(option: str, *choices: str, want: bool = True) -> EvaluationFacts:
    return evaluate(
        model="haven", market="CN", choices=choices, change=Change(option, want), now=NOON
    )


def yuan(amount: int) -> Money:
    return Money(amount * 100, "CNY")


def test_the_worked_car_costs_and_arrives_as_promised() -> None:
    facts = car_facts(model="haven", market="CN", choices=reversed(EXAMPLE), now=NOON)
    assert facts.choices == EXAMPLE  # as the catalogue lists them, whatever the order of clicks
    assert facts.sheet.total == yuan(395_300)
    assert facts.days == 35
    assert facts.names["trim:voyage"]["zh-hans"] == "远航版"
    assert set(facts.names) == facts.car.atoms


def test_a_click_that_needs_more_comes_back_as_before_and_after() -> None:
    facts = click("com-tea", *EXAMPLE)
    assert facts.outcome == "adjusted"
    assert facts.before is not None
    assert facts.after is not None
    assert facts.before.choices == EXAMPLE
    assert facts.after.choices == facts.choices
    assert facts.after.total - facts.before.total == yuan(21_000)
    assert [(add.code, [b.code for b in add.because]) for add in facts.adds] == [
        ("seat-rest", ["haven-r55"]),
        ("com-fridge", ["haven-r17"]),
        ("acc-plate", ["haven-r66"]),
    ]
    assert facts.sheet.total == facts.after.total


def test_a_blocked_click_changes_nothing_and_speaks_the_buyers_language() -> None:
    facts = click("com-tea", "trim:voyage", "seat-comfort")
    assert facts.outcome == "blocked"
    assert facts.choices == ("trim:voyage", "seat-comfort")
    assert facts.conflict is not None
    assert [rule.code for rule in facts.conflict.rules] == ["haven-r17", "haven-r55"]
    assert all(rule.text["zh-hans"] for rule in facts.conflict.rules)
    assert facts.conflict.structure[0].text["en"] == "Every car has exactly one choice of Seats."
    (repair,) = facts.repairs
    assert repair.price_difference == yuan(21_000)
    assert repair.total == facts.sheet.total + repair.price_difference
    assert [named.code for named in repair.removes] == ["seat-comfort"]


def test_prices_say_what_each_option_adds_on_this_car() -> None:
    facts = evaluate(model="haven", market="CN", choices=["trim:zenith", "pkg-dynamic"], now=NOON)
    assert facts.prices["paint-silk"] == yuan(11_000)  # cheaper beside the package
    assert facts.prices["wheel-21-forged"] == yuan(0)  # inside the package
    assert facts.prices["paint-pearl"] == yuan(0)  # standard
    assert facts.prices["trim:voyage"] == yuan(359_800)
    alone = evaluate(model="haven", market="CN", choices=["trim:zenith"], now=NOON)
    assert alone.prices["paint-silk"] == yuan(15_000)
    calm = evaluate(model="haven", market="CN", choices=["trim:calm"], now=NOON)
    assert "com-activebody" not in calm.prices


def test_an_unbuildable_state_is_priced_as_what_the_trim_can_have_of_it() -> None:
    facts = evaluate(
        model="haven", market="CN", choices=["trim:calm", "com-activebody", "paint-ink"], now=NOON
    )
    assert (facts.outcome, facts.valid) == ("blocked", False)
    assert facts.sheet.total == yuan(304_800)


def test_the_cheapest_car_is_found_within_a_budget_or_said_to_cost_more() -> None:
    found = complete(model="haven", market="CN", choices=["com-tea"], now=NOON)
    assert "trim:voyage" in found.choices
    assert found.sheet.list_price == yuan(359_800 + 21_000)
    same = complete(
        model="haven", market="CN", choices=["com-tea"], budget=found.sheet.total, now=NOON
    )
    assert same.choices == found.choices
    assert (same.budget, same.left) == (found.sheet.total, yuan(0))
    with pytest.raises(NoCarInBudget) as caught:
        complete(model="haven", market="CN", choices=["com-tea"], budget=yuan(380_799), now=NOON)
    assert caught.value.facts == {
        "cheapest": {"amount": 38_080_000, "currency": "CNY"},
        "choices": list(found.choices),
    }
    with pytest.raises(NotBuildable):
        complete(model="haven", market="CN", choices=["trim:calm", "com-tea"], now=NOON)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"market": "FR"}, UnknownMarket),
        ({"model": "zeppelin"}, UnknownModel),
        ({"choices": ["trim:voyage", "warp"]}, UnknownOption),
        ({"choices": ["paint-ink"]}, NotBuildable),
        ({"release": "R999999"}, UnknownRelease),
        ({"now": datetime(2026, 1, 1, tzinfo=UTC)}, NoPriceBook),
    ],
)
def test_what_cannot_be_asked_is_named(asked: dict[str, Any], error: type[Exception]) -> None:
    question: dict[str, Any] = {
        "model": "haven",
        "market": "CN",
        "choices": ["trim:voyage"],
        "now": NOON,
    }
    with pytest.raises(error):
        evaluate(**{**question, **asked})
    with pytest.raises(error):
        car_facts(**{**question, **asked})


def test_nothing_is_asked_of_a_closed_market() -> None:
    close_market("DE")
    with pytest.raises(MarketNotOnSale):
        car_facts(model="haven", market="DE", choices=["trim:voyage"], now=NOON)


def test_an_offer_shows_in_every_total_and_its_end_in_the_difference() -> None:
    choices = ("trim:voyage", "cli-winterwheels")
    facts = evaluate(model="haven", market="DE", choices=choices, now=NOON)
    assert [(line.code, line.amount.minor) for line in facts.sheet.lines][-2:] == [
        ("winter-de", -30_000),
        ("delivery", 99_000),
    ]
    assert facts.sheet.total.minor == facts.sheet.list_price.minor - 30_000 + 99_000
    reduction = facts.sheet.reduction
    assert reduction is not None
    assert reduction.lowest is not None
    assert (reduction.days, reduction.lowest.minor) == (30, facts.sheet.total.minor + 30_000)
    spring = datetime(2027, 1, 31, 23, tzinfo=UTC)  # midnight of 1 February in Berlin
    after = evaluate(model="haven", market="DE", choices=choices, now=spring)
    assert after.sheet.reduction is None
    assert "winter-de" not in [line.code for line in after.sheet.lines]


def test_the_rules_and_prices_are_those_of_the_day_in_the_market() -> None:
    choices = ["trim:zenith", "as-parking", "as-remotepark"]
    old = evaluate(model="haven", market="CN", choices=choices, now=NOON)
    assert old.valid
    new_year = datetime(2026, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
    new = evaluate(model="haven", market="CN", choices=choices, now=new_year)
    assert not new.valid  # valet parking has to keep a video record from 2027 on
    assert new.statuses["as-dashcam"].status == "required"
    assert new.sheet.price_book == "cn-2027-01"


def test_a_question_needs_no_sql_and_prepares_nothing_twice(
    django_assert_num_queries: Any, settings: Any
) -> None:
    settings.RELEASE_POLL_SECONDS = 60
    click("paint-ink", "trim:voyage")
    first = shop(model="haven", market="CN", now=NOON)
    with django_assert_num_queries(0):
        click("paint-tea", "trim:voyage")
        second = shop(model="haven", market="CN", now=NOON)
    assert second.configurator is first.configurator
    assert second.prices is first.prices


def test_an_older_release_still_answers_as_it_was() -> None:
    def dearer(document: dict[str, Any]) -> None:
        for model in document["models"]:
            for row in model["prices"]:
                row["amount"] += 100

    put_on_sale(dearer)
    new = car_facts(model="haven", market="CN", choices=["trim:calm"], now=NOON)
    old = car_facts(model="haven", market="CN", choices=["trim:calm"], release="R000001", now=NOON)
    assert (new.release, old.release) == ("R000002", "R000001")
    assert new.sheet.total - old.sheet.total == Money(100, "CNY")
