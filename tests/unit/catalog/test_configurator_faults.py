"""Bad inputs of the configurator: what is wrong is said with its place, and a model that nobody can build is no riddle."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.demo_clicks import DAY, MARKET, Desk
from catalog.domain.catalogue import Catalogue, Model, Rule
from catalog.domain.configuration.configurator import Change, Configurator
from catalog.errors import CatalogError, UnknownOption
from tests.factories.catalogue import demo_catalogue
from tests.factories.compiled_models import with_diagrams

CATALOGUE: Catalogue = demo_catalogue()
HAVEN: Model = CATALOGUE.models["haven"]
LONG = " or ".join(["paint-ink"] * 400)[:5000].rsplit(" or ", 1)[0]
TIERS = ("compiled", "sat")


def desk(model: Model) -> Desk:
    return Desk(replace(CATALOGUE, models={"haven": model}), "haven")


def on(tier: str, model: Model) -> Configurator:
    """The model on that tier, its diagrams compiled anew."""
    if tier == "compiled":
        model = with_diagrams(model, MARKET, DAY, desk(HAVEN).prices)
    return Configurator(model, MARKET, DAY, tier=tier)


def test_an_expression_of_5000_characters_is_refused_with_the_rule_and_the_place() -> None:
    assert 4_900 < len(LONG) <= 5_000
    rule = Rule("too-long", "requires", {}, when=LONG, then="paint-ink")
    with pytest.raises(CatalogError, match="at most 2000 characters") as caught:
        Configurator(replace(HAVEN, rules=(rule,)), MARKET, DAY)
    assert "too-long" in caught.value.message
    assert "at character 2000" in caught.value.message


def test_a_price_condition_of_5000_characters_is_refused_with_its_place() -> None:
    prices = tuple(
        replace(row, when=LONG) if row.code == "paint-ink" else row for row in HAVEN.prices
    )
    with pytest.raises(CatalogError, match="at character 2000"):
        desk(replace(HAVEN, prices=prices))


def test_a_broken_rule_names_itself_and_the_place() -> None:
    rule = Rule("half", "requires", {}, when="paint-ink and", then="int-cream")
    with pytest.raises(CatalogError, match="half") as caught:
        Configurator(replace(HAVEN, rules=(rule,)), MARKET, DAY)
    assert "at character 13" in caught.value.message


@pytest.mark.parametrize("tier", TIERS)
def test_unknown_options_are_named_whatever_is_asked(tier: str) -> None:
    shop, found = desk(HAVEN), Configurator(HAVEN, MARKET, DAY, tier=tier)
    asked = ["trim:voyage", "warp"]
    questions = (
        lambda: found.statuses(asked),
        lambda: found.count(asked),
        lambda: found.conflict(asked, Change("paint-ink")),
        lambda: found.conflict(["trim:voyage"], Change("warp")),
        lambda: found.complete(asked, prices=shop.prices),
        lambda: found.best_within(asked, 10**9, prices=shop.prices),
        lambda: found.evaluate(asked, prices=shop.prices, days=shop.days),
    )
    for question in questions:
        with pytest.raises(UnknownOption) as caught:
            question()
        assert caught.value.facts["codes"] == ["warp"]


@pytest.mark.parametrize("tier", TIERS)
def test_a_model_that_contradicts_itself_blocks_every_click_and_names_its_rules(tier: str) -> None:
    text = {"zh-hans": "字", "en": "word"}
    rules = (
        Rule("always", "boolean", text, must="paint-ink or paint-tea"),
        Rule("never-ink", "boolean", text, must="not paint-ink"),
        Rule("never-tea", "boolean", text, must="not paint-tea"),
    )
    shop = desk(HAVEN)
    found = on(tier, replace(HAVEN, rules=rules))
    assert found.tier == tier
    assert found.count(["trim:voyage"]) in (0, None)
    answer = found.evaluate(
        ["trim:voyage"], Change("int-cream"), prices=shop.prices, days=shop.days
    )
    assert (answer.outcome, answer.valid, answer.repairs) == ("blocked", False, ())
    assert answer.conflict is not None
    assert answer.conflict.choices == ()
    assert set(answer.conflict.rules) == {"always", "never-ink", "never-tea"}
    assert found.complete([], prices=shop.prices) is None
    assert found.best_within([], 10**12, prices=shop.prices) is None
    offered = {code for code, one in answer.statuses.items() if one.status == "available"}
    assert offered == set()
