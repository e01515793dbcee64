"""A published release carries its diagrams; one from before there were any gives the same answers by the solver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from catalog.domain.configuration.answers import Change
from catalog.queries.configuring import EvaluationFacts, evaluate
from catalog.queries.on_sale import on_sale
from catalog.services.releases import ReleaseFacts, publish_release
from tests.factories import shelf
from tests.integration.catalog.conftest import NOW, rename_the_base_trim

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    shelf.forget()
    yield
    shelf.forget()


def answer(option: str) -> EvaluationFacts:
    return evaluate(
        model="haven",
        market="CN",
        choices=list(shelf.EXAMPLE),
        change=Change(option, want=True),
        now=shelf.NOON,
    )


def test_a_published_release_carries_diagrams_and_names_do_not_change_them(
    published: ReleaseFacts,
) -> None:
    before = on_sale().catalogue.models["colt"].diagrams
    assert before
    rename_the_base_trim()
    publish_release(now=NOW + timedelta(hours=1), actor="test", pictures={})
    assert on_sale().code == "R000002"
    assert on_sale().catalogue.models["colt"].diagrams == before


def without_diagrams(document: dict[str, Any]) -> None:
    for model in document["models"]:
        del model["diagrams"]


@pytest.mark.parametrize("option", ["paint-ink", "com-tea", "pkg-pilot", "wheel-20-aero"])
def test_a_release_without_diagrams_gives_the_same_answers(option: str) -> None:
    shelf.put_on_sale()
    compiled = answer(option)
    old = shelf.put_on_sale(without_diagrams)
    assert on_sale().catalogue.models["haven"].diagrams == {}
    assert replace(compiled, release=old) == answer(option)
