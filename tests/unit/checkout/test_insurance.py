"""Premiums: the table of docs/rules/insurance.md, the choice of covers, and what is refused."""

from __future__ import annotations

import pytest

from checkout.domain.insurance import Covers, Risk, chosen_covers, read_covers
from checkout.errors import CoverNotOffered, CoversOfTwoInsurers, UnknownCover
from kernel.money import Money
from tests.factories.catalogue import demo_catalogue
from tests.factories.rules import rule_table


def covers(market: str) -> Covers:
    catalogue = demo_catalogue()
    return read_covers(
        products=catalogue.insurance_products,
        insurers=catalogue.insurers,
        premiums=catalogue.premiums,
        market=market,
        currency=catalogue.markets[market].currency,
    )


def risk(**changes: object) -> Risk:
    facts: dict[str, object] = {
        "model": "haven",
        "seats": 5,
        "price": Money.of("395300", "CNY"),
        "driver_age": 30,
    }
    return Risk(**(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "row", rule_table("insurance", "Worked premiums"), ids=lambda r: f"{r['product']}-{r['age']}"
)
def test_every_worked_premium_of_the_rules_comes_out(row: dict[str, str]) -> None:
    offered = covers("CN" if row["product"].startswith("cn-") else "DE")
    premium = offered.premium(
        cover=offered.cover(row["product"]),
        risk=Risk(
            model=row["model"],
            seats=int(row["seats"]),
            price=Money.of(row["price"], offered.currency),
            driver_age=int(row["age"]),
            no_claims_class="" if row["class"] == "-" else row["class"],
        ),
    )
    assert premium.amount == Money.of(row["premium"], offered.currency)


def test_the_worked_example_of_the_design_costs_8504_73() -> None:
    offered = covers("CN")
    chosen = chosen_covers(covers=offered, wanted=["cn-damage", "cn-third-party-2m"])
    amounts = [offered.premium(cover=cover, risk=risk()).amount.minor for cover in chosen]
    assert amounts == [95000, 623313, 132160]
    assert sum(amounts) == 850473


def test_without_a_word_only_what_the_law_requires_is_covered() -> None:
    assert [c.code for c in chosen_covers(covers=covers("CN"), wanted=None)] == ["cn-compulsory"]
    assert [c.code for c in chosen_covers(covers=covers("DE"), wanted=None)] == ["de-haftpflicht"]


def test_each_market_has_two_insurers_and_each_sells_what_the_law_requires() -> None:
    for market, insurers in (("CN", ("qinghe", "yunquan")), ("DE", ("deichwacht", "kiekut"))):
        offered = covers(market)
        assert offered.insurers == insurers
        assert tuple(cover.insurer for cover in offered.compulsory) == insurers


def test_the_covers_named_decide_the_insurer_and_two_insurers_are_refused() -> None:
    offered = covers("CN")
    second = chosen_covers(covers=offered, wanted=["cn-yunquan-damage"])
    assert [c.code for c in second] == ["cn-yunquan-compulsory", "cn-yunquan-damage"]
    with pytest.raises(CoversOfTwoInsurers) as refused:
        chosen_covers(covers=offered, wanted=["cn-damage", "cn-yunquan-compulsory"])
    assert refused.value.facts["insurers"] == {
        "qinghe": ["cn-damage"],
        "yunquan": ["cn-yunquan-compulsory"],
    }


def test_an_empty_list_means_no_cover_through_us() -> None:
    assert chosen_covers(covers=covers("CN"), wanted=[]) == ()


def test_commercial_cover_brings_the_compulsory_one_along() -> None:
    chosen = chosen_covers(covers=covers("CN"), wanted=["cn-damage"])
    assert [c.code for c in chosen] == ["cn-compulsory", "cn-damage"]


def test_an_unknown_cover_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownCover) as refused:
        chosen_covers(covers=covers("CN"), wanted=["de-vollkasko"])
    assert "cn-damage" in refused.value.facts["products"]


@pytest.mark.parametrize("changes", [{"driver_age": 17}, {"model": "raven"}])
def test_a_premium_is_refused_rather_than_guessed(changes: dict[str, object]) -> None:
    offered = covers("CN")
    with pytest.raises(CoverNotOffered):
        offered.premium(cover=offered.cover("cn-damage"), risk=risk(**changes))


def test_a_class_that_nobody_assumed_is_asked_for() -> None:
    offered = covers("DE")
    with pytest.raises(CoverNotOffered) as refused:
        offered.premium(
            cover=offered.cover("de-haftpflicht"), risk=risk(price=Money.of("79990", "EUR"))
        )
    assert refused.value.facts["allowed"] == ["SF0", "SF1", "SF5", "SF10", "SF20"]


def test_every_car_of_the_demo_can_have_the_compulsory_cover() -> None:
    offered = covers("CN")
    for model, seats in (
        ("rill", 4),
        ("rill", 5),
        ("vale", 5),
        ("vale", 6),
        ("vale", 7),
        ("haven", 5),
    ):
        for age in (18, 24, 25, 59, 60, 99):
            for cover in offered.compulsory:
                found = offered.premium(
                    cover=cover, risk=risk(model=model, seats=seats, driver_age=age)
                )
                assert found.amount.minor > 0
