"""What the checks say of random small models is what an enumerator of their cars sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, given, settings

from catalog.services.releases_checking_counts import cars_of
from catalog.services.releases_checking_stretches import Stretch
from tests.factories.small_models import (
    ATOMS,
    DAY,
    MARKET,
    Car,
    Small,
    everything,
    having,
    small_models,
)

CALM = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@contextmanager
def stretch_of(small: Small) -> Iterator[Stretch]:
    """The model on its one day."""
    stretch = Stretch(small.model(), MARKET, DAY)
    try:
        yield stretch
    finally:
        stretch.close()


def others(small: Small, *left_out: str) -> list[Car]:
    """The cars that keep every part but these."""
    parts = [keeps for name, keeps in small.parts().items() if name not in left_out]
    return [car for car in everything() if all(keeps(car) for keeps in parts)]


@CALM
@given(small_models())
def test_empty_trims_dead_and_forced_options_and_counts_are_those_of_the_enumerator(
    small: Small,
) -> None:
    with stretch_of(small) as stretch:
        for trim in stretch.model.trims:
            cars = having(small.cars(), [trim.atom])
            assert stretch.empty(trim) == (not cars)
            assert cars_of(stretch, trim) == len(cars)
            marks = small.marks[trim.code]
            if cars:
                assert stretch.dead(trim) == [c for c in marks if not any(c in car for car in cars)]
                assert stretch.forced(trim) == [
                    c for c in marks if marks[c] == "O" and all(c in car for car in cars)
                ]
        assert stretch.contradictory == (not small.cars())


@CALM
@given(small_models())
def test_reasons_are_minimal_on_every_trim(small: Small) -> None:
    parts = small.parts()
    with stretch_of(small) as stretch:
        for atom in ATOMS:
            reasons = stretch.why([atom])
            assert bool(reasons) == (not having(small.cars(), [atom]))
            for left_out in reasons:
                rest = [parts[name] for name in reasons if name != left_out]
                assert any(atom in car and all(k(car) for k in rest) for car in everything())


@CALM
@given(small_models())
def test_rules_that_never_fire_or_are_redundant_are_those_of_the_enumerator(small: Small) -> None:
    with stretch_of(small) as stretch:
        for place, rule in enumerate(small.rules):
            cars = others(small, f"r{place}")
            assert stretch.implied(f"r{place}") == all(rule.kept(car) for car in cars)
            silent = rule.when is not None and not any(rule.fires(car) for car in cars)
            assert stretch.silent(f"r{place}") == silent
