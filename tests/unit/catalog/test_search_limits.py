"""The hitting-set tree, its bound, and what is answered when a search is cut short."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from catalog.domain.catalogue import Rule
from catalog.domain.configuration import completion, explanation
from catalog.domain.configuration.configurator import Change, Configurator
from catalog.domain.configuration.hitting import SearchLimitError, ways
from catalog.domain.pricing import PriceList, book_in_force
from tests.factories.catalogue import demo_catalogue

CATALOGUE = demo_catalogue()
HAVEN = CATALOGUE.models["haven"]
DAY = date(2026, 11, 22)
BOOK = book_in_force(CATALOGUE, "CN", datetime(2026, 11, 22, 4, tzinfo=UTC))
PRICES = PriceList(HAVEN, "CN", BOOK, CATALOGUE)


def ask(*cores: set[int]):  # type: ignore[no-untyped-def]
    """Answers as a solver with these cores would."""
    return lambda given_up: next((frozenset(core) for core in cores if not core & given_up), None)


def test_every_minimal_way_comes_lightest_first() -> None:
    weights = {1: 5, 2: 3, 3: 4, 4: 1}
    found = list(ways(ask({1, 2}, {2, 3}, {4}), weights, limit=100))
    assert found == [frozenset({2, 4}), frozenset({1, 3, 4})]


def test_nothing_helps_where_the_hard_wishes_contradict_each_other() -> None:
    assert list(ways(ask(set()), {1: 1}, limit=10)) == []


def test_a_search_that_is_too_long_says_so() -> None:
    with pytest.raises(SearchLimitError):
        list(ways(ask({1, 2}, {3, 4}), dict.fromkeys(range(1, 5), 1), limit=1))


def test_an_adjustment_cut_short_is_buildable_and_not_called_proven(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = Configurator(HAVEN, "CN", DAY)
    # a package would save money on what was chosen, so the cheapest car is not the one that needs the least
    choices = ["trim:voyage", "as-city", "as-lidar", "as-highway", "as-dashcam"]

    def adjusted() -> completion.Completion:
        answer = shop.evaluate(choices, Change("com-tea"), prices=PRICES, days=lambda car: 0)
        assert answer.completion is not None
        return answer.completion

    best = adjusted()
    monkeypatch.setattr(completion, "SPACES", 1)
    good = adjusted()
    assert best.proven
    assert not good.proven
    assert shop.car(good.choices) == good.car
    assert best.price <= good.price
    assert "pkg-pilot" not in good.choices


def test_repairs_cut_short_are_still_repairs(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Configurator(HAVEN, "CN", DAY)
    choices = ["trim:zenith", "acc-luggage", "com-tea", "int-silk"]
    for name, bound, most in (("QUESTIONS", 2, 1), ("CORRECTIONS", 1, 1)):
        monkeypatch.setattr(explanation, name, bound)
        answer = shop.evaluate(choices, Change("roof-ski"), prices=PRICES, days=lambda car: 0)
        assert len(answer.repairs) <= most
        for repair in answer.repairs:
            assert shop.car(repair.choices) == repair.car


def test_options_that_bring_each_other_along_close_to_the_car_that_was_found() -> None:
    both = tuple(
        Rule(f"pair-{one}", "includes", {}, when=one, adds=(other,))
        for one, other in (("acc-plate", "acc-mats"), ("acc-mats", "acc-plate"))
    )
    model = replace(HAVEN, rules=(*HAVEN.rules, *both))
    shop = Configurator(model, "CN", DAY)
    found = shop.complete(["trim:zenith", "com-tea", "com-fridge"], prices=PRICES)
    assert found is not None
    assert {"acc-plate", "acc-mats"} <= set(found.choices)
    assert shop.car(found.choices).options == found.car.options


def test_an_including_rule_of_some_trims_covers_the_price_there_only() -> None:
    gift = Rule("gift", "includes", {}, when="paint-ink", adds=("acc-mats",), trims=("voyage",))
    model = replace(HAVEN, rules=(*HAVEN.rules, gift))
    shop = Configurator(model, "CN", DAY)
    mats = PRICES.amount("acc-mats", "calm", frozenset())
    for trim, extra in (("voyage", 0), ("calm", mats)):
        plain = shop.complete([f"trim:{trim}", "paint-ink"], prices=PRICES)
        with_mats = shop.complete([f"trim:{trim}", "paint-ink", "acc-mats"], prices=PRICES)
        assert plain is not None
        assert with_mats is not None
        assert with_mats.price - plain.price == extra


def test_two_conditions_with_one_price_are_counted_once() -> None:
    rows = tuple(r for r in HAVEN.prices if r.code != "com-tea")
    plain = next(r for r in HAVEN.prices if r.code == "com-tea")
    special = tuple(replace(plain, when=when, amount=500000) for when in ("paint-ink", "paint-tea"))
    model = replace(HAVEN, prices=(*rows, plain, *special))
    prices = PriceList(model, "CN", BOOK, CATALOGUE)
    found = Configurator(model, "CN", DAY).complete(["trim:voyage", "com-tea"], prices=prices)
    assert found is not None
    # ink costs 5,000 and saves 1,800 on the tea set, so it stays away
    assert "paint-ink" not in found.choices
    assert found.price == prices(found.car)
