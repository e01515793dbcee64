"""Cars that were answered wrong once: found by an enumerator over models that nobody here had thought of."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from benchmarks.demo_clicks import Desk
from catalog.domain.configuration.configurator import Change, Configurator
from tests.factories.catalogue import demo_catalogue
from tests.factories.compiled_models import with_diagrams
from tests.factories.rulebook import RULES
from tests.factories.small_models import ATOMS, DAY, MARKET, OPTIONS, Small, SmallRule

PRICES = tuple((code, "*", None, 100) for code in (*ATOMS, *OPTIONS))
STANDARD = {"p1": "S", "p2": "O", "p3": "O", "s1": "S", "s2": "O"} | dict.fromkeys(
    ("x1", "x2", "x3", "x4"), "O"
)


def small(*rules: SmallRule) -> Small:
    """Two equal trims on which everything can be had."""
    return Small({"base": STANDARD, "top": STANDARD}, {}, rules, PRICES)


def both_tiers(model: Small) -> list[Configurator]:
    """The model on either tier."""
    compiled = with_diagrams(model.model(), MARKET, DAY, model.price_list())
    return [Configurator(compiled, MARKET, DAY, tier=tier) for tier in ("sat", "compiled")]


def test_a_standard_option_that_brings_the_sibling_of_another_still_completes_to_a_car() -> None:
    model = small(SmallRule("includes", when="s1", codes=("p2",)))
    prices = model.price_list()
    for desk in both_tiers(model):
        found = desk.complete(("trim:base",), prices=prices)
        assert found is not None
        assert (found.choices, found.adds) == (("trim:base", "p2"), ("p2",))
        assert found.car.atoms in model.cars()
        assert desk.car(found.choices) == found.car
        state = desk.evaluate(("trim:base",), prices=prices, days=lambda _: 0)
        assert state.completion is not None
        assert state.completion.choices == ("trim:base", "p2")
        best = desk.best_within(("trim:base",), 500, prices=prices)
        assert best is not None
        assert desk.car(best.completion.choices).atoms in model.cars()


@pytest.mark.parametrize("clicked", list(itertools.permutations(("trim:base", "x1", "x2", "x3"))))
def test_repairs_of_one_price_come_in_the_catalogues_order_however_the_buyer_clicked(
    clicked: tuple[str, ...],
) -> None:
    model = small(SmallRule("at_most", codes=("x1", "x2", "x3", "x4"), count=3))
    desk = Configurator(model.model(), MARKET, DAY)
    answer = desk.evaluate(clicked, Change("x4"), prices=model.price_list(), days=lambda _: 0)
    assert [repair.removes for repair in answer.repairs] == [("x3",), ("x2",), ("x1",)]


@pytest.mark.parametrize(
    ("place", "model", "trim"), [(0, "haven", "zenith"), (1, "vale", "summit"), (2, "rill", "max")]
)
def test_the_pasted_answers_of_the_page_are_the_answers(place: int, model: str, trim: str) -> None:
    page = (RULES / "configurator.md").read_text(encoding="utf-8")
    pasted = json.loads(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[place])
    *chosen, wanted = (choice["code"] for choice in pasted["conflict"]["choices"])
    desk = Desk(demo_catalogue(), model)
    answer = desk.evaluate((f"trim:{trim}", *chosen), Change(wanted))
    assert answer.outcome == pasted["outcome"]
    assert answer.conflict is not None
    assert answer.conflict.choices == (*chosen, wanted)
    texts = {rule.code: rule.text["en"] for rule in desk.model.rules}
    found = [{"code": code, "text": texts[code]} for code in answer.conflict.rules]
    assert found == pasted["conflict"]["rules"]
    structure = [part["code"] for part in pasted["conflict"]["structure"]]
    assert list(answer.conflict.structure) == structure
    assert [
        {
            "adds": list(repair.adds),
            "removes": list(repair.removes),
            "price_difference": repair.price_difference,
            "days_difference": repair.days_difference,
        }
        for repair in answer.repairs
    ] == pasted["repairs"]
