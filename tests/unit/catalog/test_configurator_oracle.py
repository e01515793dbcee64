"""The engine against an enumerator: sets, conflicts, repairs and completions on small random models."""

from __future__ import annotations

import itertools
import os
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from catalog.domain.configuration.configurator import Change, Configurator, Evaluation
from catalog.errors import NoCarInBudget
from tests.factories.compiled_models import with_diagrams
from tests.factories.small_models import (
    ATOMS,
    DAY,
    MARKET,
    OPTIONS,
    Small,
    everything,
    having,
    small_models,
)

pytestmark = pytest.mark.prove
PROVE = os.environ.get("FORECOURT_PROVE") == "1"
EXAMPLES = settings(
    max_examples=400 if PROVE else 50,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
ALL = list(everything())
clicks = st.lists(st.sampled_from(OPTIONS), max_size=4, unique=True)
trims = st.sampled_from(ATOMS)


class Shop:
    """A small model with its configurator, on diagrams unless another tier is named."""

    def __init__(self, small: Small, tier: str = "compiled") -> None:
        self.small = small
        self.prices = small.net_prices()
        model = small.model()
        if tier == "compiled":
            model = with_diagrams(model, MARKET, DAY, self.prices)
        self.configurator = Configurator(model, MARKET, DAY, tier=tier)
        self.plan = self.configurator.plan

    def evaluate(
        self, choices: list[str], change: Change | None = None, pinned: Collection[str] = ()
    ) -> Evaluation:
        return self.configurator.evaluate(
            choices, change, prices=self.prices, days=lambda car: 0, pinned=pinned
        )

    def can(self, choices: list[str], code: str) -> bool:
        rest = set(choices) - set(self.plan.siblings(code))
        return bool(having(self.small.cars(), {*rest, code}))

    def cheapest_needed(self, choices: list[str], off: set[str]) -> tuple[int, int] | None:
        """Price and number of additions of the cheapest car none of whose additions can be spared."""
        start = self.plan.close(choices).options
        cars = [car for car in having(self.small.cars(), choices) if not car & off]
        added = {car: frozenset(car - start - set(ATOMS)) for car in cars}
        needed = [car for car in cars if not any(other < added[car] for other in added.values())]
        return min(((self.small.price(car), len(added[car])) for car in needed), default=None)


@EXAMPLES
@given(small_models(), trims, clicks)
def test_the_statuses_are_those_of_the_enumerated_cars(
    small: Small, trim: str, clicked: list[str]
) -> None:
    shop = Shop(small)
    choices = [trim, *clicked]
    car = shop.plan.close(choices)
    # the standard option of a `one` group counts as on the car only while some car keeps it
    always = shop.plan.always[car.trim]
    valid = car.atoms in small.cars()
    settled = {c for c in car.by if valid or car.by[c] != "standard" or c in always}
    possible = having(small.cars(), choices)
    everywhere = frozenset.intersection(*possible) if possible else frozenset()
    for code, status in shop.configurator.statuses(choices).items():
        if code in choices:
            assert status.status == "selected"
        elif code in car.options and (code in settled or shop.can(choices, code)):
            assert status.status == "included"
        elif code in everywhere:
            assert status.status == "required"
        else:
            assert (status.status == "available") == shop.can(choices, code), code


@EXAMPLES
@given(small_models(), trims, clicks)
def test_a_closed_car_is_valid_exactly_when_the_enumerator_knows_it(
    small: Small, trim: str, clicked: list[str]
) -> None:
    shop = Shop(small)
    car = shop.plan.close([trim, *clicked])
    assert (not shop.plan.violations(car)) == (car.atoms in small.cars())
    if not shop.plan.violations(car):
        assert shop.prices(car) == small.price(car.atoms)


@EXAMPLES
@given(small_models(), trims, clicks)
def test_every_enumerated_car_is_the_closure_of_itself(
    small: Small, trim: str, clicked: list[str]
) -> None:
    shop = Shop(small)
    for car in small.cars()[:40]:
        assert shop.configurator.car(sorted(car)).atoms == car


def assert_minimal(small: Small, members: list[Any]) -> None:
    assert not any(all(member(car) for member in members) for car in ALL)
    for dropped in range(len(members)):
        rest = members[:dropped] + members[dropped + 1 :]
        assert any(all(member(car) for member in rest) for car in ALL)


@settings(EXAMPLES, max_examples=240 if PROVE else 30)
@given(small_models(), trims, clicks, st.sampled_from((*OPTIONS, *ATOMS)), st.booleans())
def test_a_conflict_has_no_car_and_loses_it_with_any_member(
    small: Small, trim: str, clicked: list[str], wanted: str, want: bool
) -> None:
    shop = Shop(small)
    answer = shop.evaluate([trim, *clicked], Change(wanted, want))
    assume(answer.outcome == "blocked")
    conflict = answer.conflict
    assert conflict is not None
    if conflict.structure == ("group:trim",) and not want:
        return  # a car without a trim was asked for
    parts = small.parts()
    members: list[Any] = [lambda car, c=code: c in car for code in conflict.choices]
    members += [lambda car, c=code: c not in car for code in conflict.off]
    members += [parts[name] for name in (*conflict.rules, *conflict.structure)]
    assert_minimal(small, members)


@EXAMPLES
@given(small_models(), trims, clicks, st.sampled_from((*OPTIONS, *ATOMS)))
def test_an_available_click_is_applied_or_adjusted_at_the_lowest_price(
    small: Small, trim: str, clicked: list[str], wanted: str
) -> None:
    shop = Shop(small)
    choices = [trim, *clicked]
    answer = shop.evaluate(choices, Change(wanted))
    kept = [code for code in choices if code not in shop.plan.siblings(wanted)]
    target = choices if wanted in choices else [*kept, wanted]
    if not having(small.cars(), target):
        assert answer.outcome == "blocked"
        assert answer.choices == tuple(choices)
        return
    assert answer.valid
    assert answer.car.atoms in small.cars()
    assert set(target) <= set(answer.choices)
    alone = shop.plan.close(target)
    if alone.atoms in small.cars():
        assert answer.outcome == "applied"
        assert set(answer.choices) == set(target)
    else:
        assert answer.outcome == "adjusted"
        added = len(answer.car.options - alone.options)
        assert (small.price(answer.car.atoms), added) == shop.cheapest_needed(target, set())


@EXAMPLES
@given(small_models(), trims, clicks, st.sampled_from(OPTIONS))
def test_taking_back_gives_a_car_without_it_or_says_why_not(
    small: Small, trim: str, clicked: list[str], unwanted: str
) -> None:
    shop = Shop(small)
    choices = [trim, *clicked]
    answer = shop.evaluate(choices, Change(unwanted, want=False))
    target = [code for code in choices if code != unwanted]
    alone = shop.plan.siblings(unwanted) == (unwanted,)
    off = {unwanted} if alone else set()
    possible = [car for car in having(small.cars(), target) if not car & off]
    assert (answer.outcome == "blocked") == (not possible)
    if possible:
        assert answer.valid
        assert not answer.car.options & off
        assert unwanted not in answer.choices or not alone
    if answer.outcome == "adjusted":
        added = len(answer.car.options - shop.plan.close(target).options)
        assert (small.price(answer.car.atoms), added) == shop.cheapest_needed(target, off)


def expected_repairs(
    shop: Shop, target: list[str], wanted: str, pinned: Collection[str] = ()
) -> list[tuple[int, int]]:
    """Price and additions of the best car of every smallest set taken back, cheapest first."""
    cars = shop.small.cars()
    free = {code for code in target if code != wanted}
    trims_, kept_ = free & set(ATOMS), free & set(pinned)
    minimal: list[set[str]] = []
    for spared in (trims_ | kept_, kept_, trims_ - kept_, set()):
        minimal = minimal or smallest(cars, target, [c for c in target if c in free - spared])
    fewest = min((len(one & kept_) for one in minimal), default=0)
    minimal = [one for one in minimal if len(one & kept_) == fewest]
    best: list[tuple[int, int]] = []
    for removed in minimal:
        kept = [code for code in target if code not in removed]
        starts = (
            [kept]
            if set(kept) & set(ATOMS)
            else [[atom, *kept] for atom in ATOMS if atom not in removed]
        )
        found = [shop.cheapest_needed(start, set()) for start in starts]
        best.append(min(one for one in found if one is not None))
    return sorted(best)


def smallest(cars: list[frozenset[str]], target: list[str], free: list[str]) -> list[set[str]]:
    found: list[set[str]] = []
    for size in range(len(free) + 1):
        for removed in itertools.combinations(free, size):
            if not any(one <= set(removed) for one in found) and having(
                cars, set(target) - set(removed)
            ):
                found.append(set(removed))
    return found


@EXAMPLES
@given(
    small_models(),
    trims,
    clicks,
    st.sampled_from((*OPTIONS, *ATOMS)),
    st.sets(st.sampled_from((*OPTIONS, *ATOMS)), max_size=3),
)
def test_repairs_are_the_cheapest_ways_and_take_back_nothing_in_vain(
    small: Small, trim: str, clicked: list[str], wanted: str, pinned: set[str]
) -> None:
    shop = Shop(small)
    choices = [trim, *clicked]
    answer = shop.evaluate(choices, Change(wanted), pinned)
    assume(answer.outcome == "blocked")
    kept = [code for code in choices if code not in shop.plan.siblings(wanted)]
    target = choices if wanted in choices else [*kept, wanted]
    expected = expected_repairs(shop, target, wanted, pinned)
    before = shop.prices(shop.plan.offered(tuple(choices)))
    assert [r.price_difference for r in answer.repairs] == [
        price - before for price, _ in expected[:3]
    ]
    for repair in answer.repairs:
        assert repair.car.atoms in small.cars()
        assert wanted in repair.choices
        assert set(repair.choices) <= repair.car.atoms
        assert set(repair.removes) == set(choices) - set(repair.choices) - set(
            shop.plan.siblings(wanted)
        )


@EXAMPLES
@given(small_models(), st.one_of(st.none(), trims), clicks)
def test_a_completion_is_the_cheapest_car_and_says_why(
    small: Small, trim: str | None, clicked: list[str]
) -> None:
    shop = Shop(small)
    choices = [*([trim] if trim else []), *clicked]
    found = shop.configurator.complete(choices, prices=shop.prices)
    possible = having(small.cars(), choices)
    if not possible:
        assert found is None
        return
    assert found is not None
    assert found.car.atoms in small.cars()
    assert set(choices) <= set(found.choices)
    assert found.price == small.price(found.car.atoms) == min(small.price(car) for car in possible)
    at = next(atom for atom in ATOMS if atom in found.car.atoms)
    start = shop.plan.close([at, *clicked]).options
    parts = small.parts()
    assert set(found.reasons) == set(found.adds) or not found.adds
    for added in found.adds:
        on = {at, *clicked, *found.adds} - {added}
        off = ({*OPTIONS} - found.car.options - start) | {added}
        wished = [car for car in ALL if on <= car and not off & car and len(car & {*ATOMS}) == 1]
        reasons = [parts[name] for name in found.reasons[added]]
        assert not reasons or not any(all(part(car) for part in reasons) for car in wished)


@EXAMPLES
@given(small_models(), trims, clicks, st.randoms())
def test_the_order_of_clicks_changes_no_status(
    small: Small, trim: str, clicked: list[str], chance: Any
) -> None:
    shop = Shop(small)
    shuffled = list(clicked)
    chance.shuffle(shuffled)
    assert shop.configurator.statuses([trim, *clicked]) == shop.configurator.statuses(
        [trim, *shuffled]
    )


@EXAMPLES
@given(
    small_models(),
    st.one_of(st.none(), trims),
    st.lists(st.sampled_from(OPTIONS), max_size=2, unique=True),
    st.integers(0, 4_000),
)
def test_the_best_car_within_a_budget_is_the_one_that_the_page_describes(
    small: Small, trim: str | None, clicked: list[str], budget: int
) -> None:
    shop = Shop(small)
    choices = [*([trim] if trim else []), *clicked]
    possible = having(small.cars(), choices)
    fitting = [car for car in possible if small.price(car) <= budget]
    if possible and not fitting:
        with pytest.raises(NoCarInBudget) as caught:
            shop.configurator.best_within(choices, budget, prices=shop.prices)
        assert caught.value.facts["cheapest"] == min(map(small.price, possible))
        return
    found = shop.configurator.best_within(choices, budget, prices=shop.prices)
    assert (found is None) == (not possible)
    if found is None:
        return
    top = [car for car in fitting if ATOMS[1] in car]
    cars, at = (top, ATOMS[1]) if top else (fitting, ATOMS[0])
    taken: list[str] = []
    for code in shopping(small, at.removeprefix("trim:")):
        with_it = having(cars, {code})
        closed = shop.plan.close({at, *choices, *taken}).options
        if code not in closed and with_it:
            taken.append(code)
            cars = with_it
    assert found.taken == tuple(taken)
    assert found.completion.car.atoms in cars
    assert found.completion.price == min(map(small.price, cars))
    assert found.left == budget - found.completion.price >= 0
    assert set(found.completion.choices) == {at, *choices, *found.completion.adds}


def shopping(small: Small, trim: str) -> list[str]:
    """What a budget may buy on a trim: the package, then what the higher trim has as standard, dearest first."""
    packages = [code for code in small.contents if small.marks[trim].get(code) == "O"]
    better = [
        code
        for code in OPTIONS
        if code not in packages
        and small.marks[trim].get(code) == "O"
        and (trim, small.marks["top"].get(code)) == ("base", "S")
    ]

    def dearest(code: str) -> int:
        return max(row.amount for row in small.price_list().rows(code, trim))

    return packages + sorted(better, key=lambda code: (-dearest(code), OPTIONS.index(code)))


@EXAMPLES
@given(
    small_models(),
    trims,
    clicks,
    st.sampled_from((*OPTIONS, *ATOMS)),
    st.booleans(),
    st.sets(st.sampled_from(OPTIONS), max_size=2),
)
def test_both_tiers_give_the_same_answer(
    small: Small, trim: str, clicked: list[str], wanted: str, want: bool, pinned: set[str]
) -> None:
    compiled, solved = Shop(small), Shop(small, "sat")
    assert (compiled.configurator.tier, solved.configurator.tier) == ("compiled", "sat")
    choices = [trim, *clicked]
    for change in (None, Change(wanted, want)):
        one = compiled.evaluate(choices, change, pinned)
        assert one == solved.evaluate(choices, change, pinned)
        if change:
            assert one.conflict == solved.configurator.conflict(choices, change)
    for start in (choices, clicked):
        cheapest = [
            shop.configurator.complete(start, prices=shop.prices) for shop in (compiled, solved)
        ]
        assert cheapest[0] == cheapest[1]


@EXAMPLES
@given(small_models(), trims, clicks, st.sampled_from((*OPTIONS, *ATOMS)), st.booleans())
def test_a_click_can_be_undone(
    small: Small, trim: str, clicked: list[str], wanted: str, want: bool
) -> None:
    shop = Shop(small)
    choices = [trim, *clicked]
    before = shop.evaluate(choices)
    answer = shop.evaluate(choices, Change(wanted, want))
    if answer.undo is None:
        assert set(answer.choices) == set(choices)
        return
    assert shop.evaluate(list(answer.undo.choices)) == before
    after = set(answer.choices) | set(answer.undo.adds)
    assert after - set(answer.undo.removes) == set(choices)
    assert not {*answer.undo.adds} & {*answer.choices}
