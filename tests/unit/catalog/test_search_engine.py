"""The bitmap engine answers like a look at every car, after any changes, page by page."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.search import bitmaps
from catalog.search.bitmaps import BitmapEngine
from catalog.search.request import Car, SearchRequest, Span
from tests.factories.searching import SORTS, a_car, answered, requests


def changed(engine: BitmapEngine, cars: dict[str, Car], luck: random.Random, times: int) -> None:
    """Change, add and remove cars in engine and list alike."""
    for _ in range(times):
        car = a_car(luck.randrange(60), luck, values=("a", "b", "c", "new"))
        if luck.random() < 0.3:
            engine.remove(car.vin)
            cars.pop(car.vin, None)
        else:
            engine.put(car)
            cars[car.vin] = car


@settings(max_examples=400)
@given(st.integers(0, 40), st.integers(0, 12), st.integers(), requests())
def test_any_request_is_answered_like_a_look_at_every_car(
    size: int, changes: int, seed: int, request: SearchRequest
) -> None:
    luck = random.Random(seed)
    cars = {car.vin: car for car in (a_car(at, luck) for at in range(size))}
    engine = BitmapEngine(list(cars.values()))
    changed(engine, cars, luck, changes)
    assert engine.search(request) == answered(cars.values(), request)
    assert engine.count == len(cars)


@pytest.mark.parametrize("sort", [*SORTS, "distance", "-distance"])
@pytest.mark.parametrize("walk", [1, 10_000])
def test_pages_hold_every_car_once_in_order(
    sort: str, walk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bitmaps, "WALK", walk)
    luck = random.Random(5)
    cars = {car.vin: car for car in (a_car(at, luck) for at in range(120))}
    engine = BitmapEngine(list(cars.values()))
    changed(engine, cars, luck, 30)
    near = {"a": 0, "b": 7, "c": 7} if "distance" in sort else None
    request = SearchRequest(sort=sort, limit=7, near=near, first=("VIN00003", "VIN00099"))
    seen: list[str] = []
    while True:
        page = engine.search(request)
        assert page == answered(cars.values(), request)
        seen += page.vins
        if page.place is None:
            break
        request = replace(request, after=page.place)
    assert len(seen) == len(set(seen)) == page.total


def test_a_tail_that_grew_long_becomes_part_of_the_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitmaps, "LEAST_TAIL", 20)
    luck = random.Random(1)
    cars = {car.vin: car for car in (a_car(at, luck) for at in range(30))}
    engine = BitmapEngine(list(cars.values()))
    for _ in range(40):
        changed(engine, cars, luck, 5)
        request = SearchRequest(spans={"price": Span(1, 4)}, sort="-monthly")
        assert engine.search(request) == answered(cars.values(), request)
    assert {car.vin: car for car in engine.cars()} == cars


def test_many_changes_with_many_options_still_count_right() -> None:
    engine, cars = BitmapEngine(), {}
    luck = random.Random(2)
    for at in range(1500):
        car = replace(
            a_car(at, luck), options=frozenset(f"o{luck.randrange(150)}" for _ in range(5))
        )
        engine.put(car)
        cars[car.vin] = car
    request = SearchRequest(options=frozenset({"o7"}), values={"model": frozenset("a")})
    assert engine.search(request) == answered(cars.values(), request)


def test_counting_by_columns_and_by_bitmaps_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    luck = random.Random(3)
    cars = [a_car(at, luck) for at in range(300)]
    engine = BitmapEngine(cars)
    for cost in (0.0, 1e9):
        monkeypatch.setattr(bitmaps, "ROW_COST", cost)
        for values in ({"a"}, {"a", "b"}, {"a", "b", "c"}):
            request = SearchRequest(values={"trim": frozenset(values), "paint": frozenset("b")})
            assert engine.search(request) == answered(cars, request)
