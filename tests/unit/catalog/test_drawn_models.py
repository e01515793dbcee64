"""The drawn models of the benchmarks: the same for the same seed, and as promised."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pysat.solvers import Glucose4

from benchmarks.instances import Shape, Star, random310, random_rules, star310, star_rules
from catalog.domain.configuration.problem import Problem


@pytest.mark.parametrize("make", [random310, star310])
def test_a_seed_gives_one_model_of_310_options(make: Callable[[int], Problem]) -> None:
    first = make(1)
    assert first == make(1)
    assert first != make(2)
    assert first.count == first.top == len(first.names) - 1 == 310
    assert first.hub == 0


def test_the_random_one_has_800_rules_and_can_be_built() -> None:
    model = random310()
    assert len(model.groups) == 30
    assert sum(part.is_rule for part in model.parts) == 800
    assert len({part.name for part in model.parts}) == len(model.parts)
    with Glucose4(bootstrap_with=[c for part in model.parts for c in part.clauses]) as solver:
        assert solver.solve()


def test_every_trim_of_a_star_has_a_car() -> None:
    model = star_rules(Star(trims=5, groups=4, singles=10, rules=300, offered=0.2), seed=3)
    trims = model.groups[0]
    assert trims == (1, 2, 3, 4, 5)
    with Glucose4(bootstrap_with=[c for part in model.parts for c in part.clauses]) as solver:
        assert all(solver.solve([trim]) for trim in trims)


def test_shapes_scale() -> None:
    small = Shape(groups=3, members=2, singles=4, packages=2, rules=12, planted=1)
    model = random_rules(small, seed=5)
    assert (model.count, len(model.groups)) == (small.options, 3) == (12, 3)
    assert sum(part.is_rule for part in model.parts) == 12
