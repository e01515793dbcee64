"""Many threads get what one gets, on one configurator: 10,000 evaluations with FORECOURT_PROVE=1, else a sample."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.demo_clicks import Desk, record
from catalog.domain.configuration.configurator import Evaluation
from tests.factories.catalogue import MODELS, demo_catalogue

EVALUATIONS = 10_000 if os.environ.get("FORECOURT_PROVE") == "1" else 400
THREADS = 8
CATALOGUE = demo_catalogue()


@pytest.mark.prove
@pytest.mark.parametrize("tier", ["compiled", "sat"])
def test_evaluations_in_eight_threads_of_the_configurator_give_what_one_thread_gives(
    tier: str,
) -> None:
    recorded = [
        (model, click)
        for model in MODELS
        for click in record(Desk(CATALOGUE, model), seed=8, sessions=EVALUATIONS // 300, clicks=12)
    ]
    alone = {model: Desk(CATALOGUE, model, tier=tier) for model in MODELS}
    expected = [alone[model].evaluate(click.choices, click.change) for model, click in recorded]
    assert {answer.outcome for answer in expected} == {"applied", "adjusted", "blocked"}
    shared = {model: Desk(CATALOGUE, model, tier=tier) for model in MODELS}
    places = [place % len(recorded) for place in range(EVALUATIONS)]
    random.Random(8).shuffle(places)

    def ask(place: int) -> Evaluation:
        model, click = recorded[place]
        return shared[model].evaluate(click.choices, click.change)

    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(ask, places))
    different = [
        recorded[place] for place, answer in zip(places, together, strict=True)
        if answer != expected[place]
    ]  # fmt: skip
    assert different == []


def test_a_recorded_session_is_the_same_whenever_it_is_drawn() -> None:
    one, two = (record(Desk(CATALOGUE, "haven"), seed=3, sessions=2) for _ in range(2))
    assert one == two
    assert len(one) == 24
