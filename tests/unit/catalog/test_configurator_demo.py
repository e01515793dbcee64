"""The demo's own proofs: blocked clicks, defaults, statuses, worked answers of docs/rules/configurator.md."""

from __future__ import annotations

import functools
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pysat.solvers import Solver

from catalog.domain.catalogue import Option, Rule
from catalog.domain.configuration.configurator import Change, Configurator, Evaluation
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.sat.engine import SatEngine
from catalog.domain.pricing import PriceList, book_in_force, delivery_days
from catalog.errors import (
    MarketNotOnSale,
    NoCarInBudget,
    NoPriceBook,
    NotBuildable,
    UnknownOption,
)
from tests.factories.catalogue import MODELS, blocked_clicks, demo_catalogue
from tests.factories.compiled_models import with_diagrams
from tests.factories.rulebook import table

CATALOGUE = demo_catalogue()
Clauses = tuple[tuple[int, ...], ...]
DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@functools.cache
def configurator(model: str, market: str = "CN", day: date = DAY) -> Configurator:
    return Configurator(CATALOGUE.models[model], market, day)


@functools.cache
def prices(model: str, market: str = "CN") -> PriceList:
    book = book_in_force(CATALOGUE, market, NOON)
    return PriceList(CATALOGUE.models[model], market, book, CATALOGUE)


def evaluate(
    model: str, choices: list[str], change: Change | None = None, market: str = "CN"
) -> Evaluation:
    return configurator(model, market).evaluate(
        choices,
        change,
        prices=prices(model, market),
        days=lambda car: delivery_days(CATALOGUE.models[model], market, car, DAY),
    )


def all_blocked() -> list[Any]:
    return [
        pytest.param(model, row, id=row["code"])
        for model in MODELS
        for row in blocked_clicks(model)
    ]


@pytest.mark.parametrize(("model", "row"), all_blocked())
def test_a_blocked_click_of_the_demo_is_explained_and_repaired(
    model: str, row: dict[str, Any]
) -> None:
    choices = [f"trim:{row['trim']}", *row["chosen"]]
    state = evaluate(model, choices, market=row["market"])
    assert state.outcome == "state"
    assert state.statuses[row["click"]].status == "unavailable"
    answer = evaluate(model, choices, Change(row["click"]), row["market"])
    assert answer.outcome == "blocked"
    assert answer.choices == tuple(choices)
    assert answer.conflict is not None
    expected = row["minimal_conflict"]
    # the catalogue takes trim and availability for granted; a conflict of ours names them where they matter
    granted = [part for part in answer.conflict.structure if part.startswith("availability:")]
    assert set(answer.conflict.choices) - {f"trim:{row['trim']}"} == set(expected["choices"])
    assert set(answer.conflict.rules) == set(expected["rules"])
    assert set(answer.conflict.structure) - set(granted) == set(expected["structure"])
    assert_minimal(model, row["market"], answer)
    assert 1 <= len(answer.repairs) <= 3
    differences = [repair.price_difference for repair in answer.repairs]
    assert differences == sorted(differences)
    for repair in answer.repairs:
        assert row["click"] in repair.choices
        assert configurator(model, row["market"]).car(repair.choices) == repair.car


def assert_minimal(model: str, market: str, answer: Evaluation) -> None:
    """A fresh solver with the conflict's parts alone has no car, and any part less gives one."""
    plan = configurator(model, market).plan
    conflict = answer.conflict
    assert conflict is not None
    parts = {part.name: part.clauses for part in problem_of(Encoder(tuple(plan.order)), plan).parts}
    members: list[Clauses] = [((plan.bits.number[code],),) for code in conflict.choices]
    members += [parts[name] for name in (*conflict.rules, *conflict.structure)]
    assert not possible(members)
    for left_out in members:
        assert possible([m for m in members if m is not left_out])


def possible(members: list[Clauses]) -> bool:
    with Solver(name="minisat22", bootstrap_with=[c for m in members for c in m]) as solver:
        return bool(solver.solve())


@pytest.mark.parametrize("row", table("configurator.md", "clicks"), ids=lambda row: row["wanted"])
def test_the_worked_clicks_of_the_page(row: dict[str, str]) -> None:
    model, market, *choices = row["choices"].split()
    answer = evaluate(model, choices, Change(row["wanted"]), market)
    assert answer.outcome == row["outcome"]
    before = prices(model, market)(configurator(model, market).plan.offered(tuple(choices)))
    if row["outcome"] == "blocked":
        cheapest = answer.repairs[0]
        assert cheapest.price_difference == int(row["difference"].replace(",", "")) * 100
        assert sorted(cheapest.adds) == row["adds"].split()
        assert sorted(cheapest.removes) == row["removes"].split()
    else:
        assert (
            prices(model, market)(answer.car) - before
            == int(row["difference"].replace(",", "")) * 100
        )
        assert sorted(answer.completion.adds if answer.completion else ()) == row["adds"].split()


@pytest.mark.parametrize("row", table("configurator.md", "budgets"), ids=lambda row: row["budget"])
def test_the_worked_budgets_of_the_page(row: dict[str, str]) -> None:
    model, market, *choices = row["choices"].split()
    budget = int(row["budget"].replace(",", "")) * 100
    found = configurator(model, market).best_within(choices, budget, prices=prices(model, market))
    assert found is not None
    assert found.completion.car.trim == row["trim"]
    assert list(found.taken) == row["taken"].split()
    brought = set(found.completion.adds) - set(found.taken)
    assert sorted(brought) == row["brought along"].split()
    assert all(found.completion.reasons[code] for code in brought)
    assert found.completion.price == int(row["price"].replace(",", "")) * 100
    assert found.left == int(row["left"].replace(",", "")) * 100


def test_a_budget_below_every_car_names_the_cheapest() -> None:
    with pytest.raises(NoCarInBudget) as caught:
        configurator("haven").best_within(["com-activebody"], 1, prices=prices("haven"))
    assert caught.value.facts["cheapest"] == 495_800_00
    nobody = configurator("haven").best_within(
        ["trim:calm", "com-activebody"], 10**9, prices=prices("haven")
    )
    assert nobody is None
    both = configurator("haven").best_within(
        ["trim:calm", "trim:zenith"], 10**9, prices=prices("haven")
    )
    assert both is None


def test_what_is_pinned_is_given_up_last() -> None:
    choices = ["trim:zenith", "acc-luggage", "com-tea", "int-silk"]

    def removed(*pinned: str) -> list[tuple[str, ...]]:
        answer = configurator("haven").evaluate(
            choices, Change("roof-ski"), prices=prices("haven"), days=lambda car: 0, pinned=pinned
        )
        return [repair.removes for repair in answer.repairs]

    assert removed() == [("int-silk",), ("com-tea",), ("acc-luggage",)]
    assert removed("int-silk") == [("com-tea",), ("acc-luggage",)]
    assert removed("int-silk", "com-tea", "acc-luggage") == removed()
    assert removed(*choices) == removed()
    with pytest.raises(UnknownOption):
        removed("warp")


def test_a_pinned_choice_stays_where_another_trim_makes_room_for_it() -> None:
    shop = configurator("haven")
    choices = ["trim:calm", "paint-ink"]

    def removed(*pinned: str) -> list[tuple[str, ...]]:
        answer = shop.evaluate(
            choices,
            Change("com-activebody"),
            prices=prices("haven"),
            days=lambda car: 0,
            pinned=pinned,
        )
        return [repair.removes for repair in answer.repairs]

    assert removed() == removed("paint-ink") == removed("trim:calm") == [("trim:calm",)]


def test_a_click_that_brings_more_can_be_taken_back_to_the_last_status() -> None:
    choices = ("trim:voyage", "paint-clearing", "pkg-quiet")
    before = evaluate("haven", list(choices))
    answer = evaluate("haven", list(choices), Change("com-tea"))
    assert answer.outcome == "adjusted"
    assert answer.undo is not None
    assert answer.undo.choices == choices
    assert answer.undo.adds == ()
    assert set(answer.undo.removes) == set(answer.choices) - set(choices)
    assert evaluate("haven", list(answer.undo.choices)) == before
    swapped = evaluate("haven", list(choices), Change("paint-ink")).undo
    assert swapped is not None
    assert (swapped.adds, swapped.removes) == (("paint-clearing",), ("paint-ink",))
    assert evaluate("haven", list(choices), Change("com-activebody")).undo is None


def test_why_a_click_cannot_be_had_is_told_without_the_rest_of_the_answer() -> None:
    shop = configurator("haven")
    choices = ["trim:zenith", "acc-luggage", "com-tea", "int-silk"]
    assert (
        shop.conflict(choices, Change("roof-ski"))
        == evaluate("haven", choices, Change("roof-ski")).conflict
    )
    assert shop.conflict(choices, Change("paint-ink")) is None
    off = shop.conflict(choices, Change("trim:zenith", want=False))
    assert off is not None
    assert off.structure == ("group:trim",)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("market", ["CN", "DE"])
def test_diagrams_and_solver_answer_alike_on_the_demo(model: str, market: str) -> None:
    chance = random.Random(3)
    asked = prices(model, market)
    plain = replace(CATALOGUE.models[model], diagrams={})
    ready = with_diagrams(plain, market, DAY, asked)
    compiled = Configurator(ready, market, DAY, tier="compiled")
    solved = Configurator(ready, market, DAY, tier="sat")
    assert (compiled.tier, solved.tier) == ("compiled", "sat")
    assert solved.count([]) is None
    assert (compiled.count([]) or 0) > 10**9
    every = list(compiled.plan.order)
    choices: tuple[str, ...] = (CATALOGUE.models[model].trims[-1].atom,)
    for _ in range(25):
        change = Change(chance.choice(every), chance.random() < 0.9)
        answers = [
            shop.evaluate(choices, change, prices=asked, days=lambda car: len(car.options))
            for shop in (compiled, solved)
        ]
        assert answers[0] == answers[1]
        completed = [shop.complete(choices, prices=asked) for shop in (compiled, solved)]
        assert completed[0] == completed[1]
        choices = answers[0].choices
        if answers[0].repairs and chance.random() < 0.5:
            choices = answers[0].repairs[-1].choices


def test_a_tier_that_the_release_does_not_have_cannot_be_forced() -> None:
    bare = replace(CATALOGUE.models["rill"], diagrams={})
    assert Configurator(bare, "CN", DAY).tier == "sat"
    with pytest.raises(ValueError, match="no diagrams are stored"):
        Configurator(bare, "CN", DAY, tier="compiled")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("market", ["CN", "DE"])
def test_every_trim_starts_as_a_buildable_car(model: str, market: str) -> None:
    shop = configurator(model, market)
    assert shop.default_choices() == (CATALOGUE.models[model].trims[0].atom,)
    for trim in CATALOGUE.models[model].trims:
        car = shop.car([trim.atom])
        assert car.chosen == ()
        state = evaluate(model, [trim.atom], market=market)
        assert (state.outcome, state.valid) == ("state", True)
        assert state.statuses[trim.atom].status == "selected"


@pytest.mark.parametrize("model", MODELS)
def test_whatever_is_shown_as_available_leads_to_a_car_in_any_order(model: str) -> None:
    chance = random.Random(20261122)
    trims = [trim.atom for trim in CATALOGUE.models[model].trims]
    for _ in range(6):
        choices: tuple[str, ...] = (chance.choice(trims),)
        for _ in range(12):
            state = evaluate(model, list(choices))
            offered = [c for c, status in state.statuses.items() if status.status == "available"]
            answer = evaluate(model, list(choices), Change(chance.choice(offered)))
            assert answer.outcome in ("applied", "adjusted")
            assert answer.valid
            choices = answer.choices


@pytest.mark.parametrize("model", MODELS)
def test_statuses_agree_with_one_fresh_question_per_option(model: str) -> None:
    chance = random.Random(7)
    plan = configurator(model).plan
    engine = SatEngine(problem_of(Encoder(tuple(plan.order)), plan))
    for row in blocked_clicks(model)[:4]:
        if row["market"] != "CN":
            continue
        choices = [f"trim:{row['trim']}", *row["chosen"]]
        chance.shuffle(choices)
        statuses = configurator(model).statuses(choices)
        for code, status in statuses.items():
            rest = [one for one in choices if one not in plan.siblings(code)]
            can = engine.solvable([plan.bits.number[one] for one in (*rest, code)])
            if status.status in ("available", "unavailable"):
                assert can == (status.status == "available"), code
    engine.close()


def test_what_a_package_brings_is_included_by_it() -> None:
    statuses = evaluate("haven", ["trim:voyage", "pkg-quiet"]).statuses
    assert statuses["com-glassroof"].by == "pkg-quiet"
    assert statuses["paint-pearl"].by == "standard"
    with_rule = evaluate("haven", ["trim:zenith", "com-startray"]).statuses
    assert (with_rule["acc-umbrella"].status, with_rule["acc-umbrella"].by) == (
        "included",
        "haven-r47",
    )


def test_a_half_finished_car_says_what_is_required_and_offers_the_cheapest_rest() -> None:
    state = evaluate("haven", ["trim:voyage", "as-nightvision"])
    assert (state.outcome, state.valid) == ("state", False)
    assert state.statuses["com-hud"].status == "required"
    assert state.statuses["cli-glass"].status == "included"
    assert state.completion is not None
    assert state.completion.adds == ("com-hud",)
    assert state.completion.reasons == {"com-hud": ("haven-r59",)}


def test_choices_that_contradict_each_other_come_back_with_a_conflict_and_repairs() -> None:
    answer = evaluate("haven", ["trim:calm", "com-activebody", "paint-ink"])
    assert (answer.outcome, answer.valid) == ("blocked", False)
    assert answer.conflict is not None
    assert answer.conflict.structure == ("availability:com-activebody",)
    assert [repair.removes for repair in answer.repairs] == [("com-activebody",)]
    two = evaluate("haven", ["trim:calm", "paint-ink", "paint-tea"])
    assert two.conflict is not None
    assert two.conflict.structure == ("group:paint",)
    assert {repair.removes for repair in two.repairs} == {("paint-ink",), ("paint-tea",)}


def test_an_option_of_another_trim_is_repaired_by_changing_the_trim() -> None:
    answer = evaluate("haven", ["trim:calm"], Change("com-activebody"))
    assert answer.conflict is not None
    assert answer.conflict.choices == ("trim:calm", "com-activebody")
    assert answer.conflict.structure == ("availability:com-activebody",)
    (repair,) = answer.repairs
    assert repair.removes == ("trim:calm",)
    assert repair.adds == ("trim:zenith",)


def test_an_option_that_the_market_does_not_have_cannot_be_repaired() -> None:
    answer = evaluate("haven", ["trim:voyage"], Change("as-city"), market="DE")
    assert answer.outcome == "blocked"
    assert answer.repairs == ()
    assert answer.conflict is not None
    assert answer.conflict.choices == ("as-city",)


def test_taking_back() -> None:
    applied = evaluate("haven", ["trim:voyage", "paint-ink"], Change("paint-ink", want=False))
    assert (applied.outcome, applied.choices) == ("applied", ("trim:voyage",))
    standard = evaluate("haven", ["trim:voyage"], Change("as-camera", want=False))
    assert standard.outcome == "blocked"
    assert standard.conflict is not None
    assert standard.conflict.structure == ("standard:as-camera",)
    assert standard.conflict.off == ("as-camera",)
    packed = evaluate("haven", ["trim:voyage", "pkg-quiet"], Change("cli-air", want=False))
    assert packed.outcome == "blocked"
    assert [repair.removes for repair in packed.repairs] == [("pkg-quiet",)]
    trim = evaluate("haven", ["trim:voyage"], Change("trim:voyage", want=False))
    assert trim.conflict is not None
    assert (trim.outcome, trim.conflict.structure) == ("blocked", ("group:trim",))
    other = evaluate("haven", ["trim:voyage"], Change("trim:calm", want=False))
    assert (other.outcome, other.choices) == ("applied", ("trim:voyage",))


def test_changing_the_trim_keeps_the_choices() -> None:
    answer = evaluate("haven", ["trim:voyage", "paint-silk", "int-walnut"], Change("trim:zenith"))
    assert answer.outcome == "applied"
    assert answer.choices == ("trim:zenith", "paint-silk", "int-walnut")
    refused = evaluate("haven", ["trim:zenith", "com-activebody"], Change("trim:calm"))
    assert refused.outcome == "blocked"
    assert [repair.removes for repair in refused.repairs] == [("com-activebody",)]
    assert refused.repairs[0].choices == ("trim:calm",)


def test_wanting_what_is_chosen_changes_nothing() -> None:
    answer = evaluate("haven", ["trim:voyage", "paint-ink"], Change("paint-ink"))
    assert (answer.outcome, answer.choices) == ("applied", ("trim:voyage", "paint-ink"))


def test_the_cheapest_car_of_all_and_with_a_package_that_saves_money() -> None:
    anything = configurator("haven").complete([], prices=prices("haven"))
    assert anything is not None
    assert anything.choices == ("trim:calm",)
    chosen = ["trim:voyage", "as-city", "as-lidar", "as-highway", "as-dashcam"]
    cheaper = configurator("haven").complete(chosen, prices=prices("haven"))
    assert cheaper is not None
    assert cheaper.adds == ("pkg-pilot",)
    assert cheaper.reasons == {"pkg-pilot": ()}
    assert (
        configurator("haven").complete(["trim:calm", "as-nightvision"], prices=prices("haven"))
        is None
    )
    assert (
        configurator("haven").complete(["trim:calm", "trim:zenith"], prices=prices("haven")) is None
    )


def test_a_click_never_adds_a_package_it_does_not_need() -> None:
    chosen = ["trim:voyage", "as-city", "as-lidar", "as-highway", "as-dashcam"]
    answer = evaluate("haven", chosen, Change("com-tea"))
    assert answer.outcome == "adjusted"
    assert answer.completion is not None
    assert "pkg-pilot" not in answer.choices


def test_unknown_codes_are_all_named() -> None:
    with pytest.raises(UnknownOption) as caught:
        evaluate("haven", ["trim:voyage", "warp", "jet"])
    assert caught.value.facts["codes"] == ["jet", "warp"]
    with pytest.raises(UnknownOption):
        evaluate("haven", ["trim:voyage"], Change("trim:sport"))
    with pytest.raises(UnknownOption):
        configurator("haven").complete(["warp"], prices=prices("haven"))


@pytest.mark.parametrize("choices", [[], ["paint-ink"], ["trim:calm", "trim:zenith"]])
def test_a_car_is_of_exactly_one_trim(choices: list[str]) -> None:
    with pytest.raises(NotBuildable):
        evaluate("haven", choices)


def test_an_unbuildable_car_lists_everything_that_is_wrong() -> None:
    with pytest.raises(NotBuildable) as caught:
        configurator("haven").car(["trim:calm", "com-activebody", "roof-ski", "roof-box"])
    violations = caught.value.facts["violations"]
    assert {v.get("code") or v["structure"] for v in violations} >= {
        "availability:com-activebody",
        "availability:com-rearsteer",
        "haven-r38",
    }
    assert all(v["text"]["zh-hans"] for v in violations if "code" in v)


def test_a_model_without_options_in_a_market_is_not_on_sale_there() -> None:
    with pytest.raises(MarketNotOnSale):
        Configurator(CATALOGUE.models["haven"], "FR", DAY)


def test_a_model_that_nobody_can_build_says_so() -> None:
    haven = CATALOGUE.models["haven"]
    never = Rule("never", "boolean", {}, must="tow-bar and not tow-bar")
    with pytest.raises(NotBuildable):
        Configurator(replace(haven, rules=(never,)), "CN", DAY).default_choices()


def test_a_price_below_zero_is_refused() -> None:
    haven = CATALOGUE.models["haven"]
    rows = tuple(replace(r, amount=-1) if r.code == "paint-ink" else r for r in haven.prices)
    shop = Configurator(haven, "CN", DAY)
    book = book_in_force(CATALOGUE, "CN", NOON)
    bad = PriceList(replace(haven, prices=rows), "CN", book, CATALOGUE)
    with pytest.raises(NoPriceBook, match="below zero"):
        shop.complete(["trim:calm"], prices=bad)


def test_an_option_without_a_price_never_comes_into_a_completion() -> None:
    haven = CATALOGUE.models["haven"]
    rows = tuple(r for r in haven.prices if r.code != "com-hud")
    book = book_in_force(CATALOGUE, "CN", NOON)
    some = PriceList(replace(haven, prices=rows), "CN", book, CATALOGUE)
    shop = Configurator(haven, "CN", DAY)
    assert shop.complete(["trim:voyage", "as-nightvision"], prices=some) is None
    found = shop.complete(["trim:zenith", "as-nightvision"], prices=some)
    assert found is not None
    assert found.adds == ()


def test_many_of_many_are_counted_without_writing_every_subset() -> None:
    haven = CATALOGUE.models["haven"]
    extra = tuple(Option(f"pin-{n}", "accessories", {}, {}) for n in range(14))
    pins = tuple(option.code for option in extra)
    seven = Rule("seven", "exactly", {}, count=7, of=pins, when="acc-ppf")
    six = Rule("six", "at_most", {}, count=6, of=pins)
    none = Rule("none", "exactly", {}, count=15, of=pins, when="acc-mats")
    marks = {
        trim: {**options, **dict.fromkeys(pins, "O")}
        for trim, options in haven.availability["CN"].items()
    }
    big = replace(
        haven,
        options=(*haven.options, *extra),
        availability={"CN": marks},
        rules=(*haven.rules, seven, six, none),
    )
    statuses = Configurator(big, "CN", DAY).statuses(["trim:calm", *pins[:6]])
    assert statuses[pins[6]].status == "unavailable"
    assert statuses["acc-ppf"].status == "unavailable"
    assert statuses["acc-mats"].status == "unavailable"
    assert (
        Configurator(big, "CN", DAY).statuses(["trim:calm", *pins[:5]])[pins[6]].status
        == "available"
    )


def test_many_threads_get_what_one_gets() -> None:
    rows = [row for model in MODELS for row in ((model, b) for b in blocked_clicks(model))]
    questions = [
        (model, [f"trim:{row['trim']}", *row["chosen"]], Change(row["click"]), row["market"])
        for model, row in rows
    ]
    alone = [evaluate(*question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda question: evaluate(*question), questions * 4))
    for place, answer in enumerate(together):
        expected = alone[place % len(alone)]
        assert answer.statuses == expected.statuses
        assert answer.repairs == expected.repairs
