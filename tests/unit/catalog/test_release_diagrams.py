"""Diagrams in a release document: one for every problem that a buyer may be asked about, equal for equal rows."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import pytest

from catalog.domain.catalogue import Catalogue, read_catalogue
from catalog.domain.configuration.car import Blueprint
from catalog.domain.configuration.costs import priced
from catalog.domain.configuration.diagram.stored import slices_of
from catalog.domain.configuration.encoding import Encoder, problem_of
from catalog.domain.configuration.rules import boundaries
from catalog.domain.pricing import PriceList
from catalog.queries.editing import differences
from catalog.services import releases_diagrams
from catalog.services.releases_diagrams import with_diagrams
from kernel.text import canonical_json
from tests.factories.catalogue import demo_catalogue, demo_document, demo_release

MODELS = ("rill", "vale", "haven")
MOST_HELD = 1_000_000
"""Bytes that the diagrams of a model may hold for a market."""


def read(document: dict[str, Any]) -> Catalogue:
    return read_catalogue(document, code="R000009", fingerprint="")


def only(code: str) -> dict[str, Any]:
    """The demo document with one model, to be changed at will."""
    document = copy.deepcopy(demo_document())
    document["models"] = [model for model in document["models"] if model["code"] == code]
    return document


@pytest.mark.parametrize("code", MODELS)
def test_every_market_and_stretch_of_days_has_its_diagrams(code: str) -> None:
    model = demo_catalogue().models[code]
    for market in model.availability:
        held = 0
        for start in (date.min, *boundaries(model, market)):
            for day in {start, max(start, date(2026, 11, 22)) + timedelta(days=1)}:
                plan = Blueprint(model, market, day)
                slices = slices_of(model.diagrams, problem_of(Encoder(plan.order), plan))
                assert slices is not None
            assert slices is not None
            held += slices.held
        assert held < MOST_HELD


@pytest.mark.parametrize("code", MODELS)
def test_every_price_book_that_is_in_force_has_its_diagrams(code: str) -> None:
    catalogue = demo_catalogue()
    model = catalogue.models[code]
    for book in catalogue.price_books:
        if book.market in model.availability:
            plan = Blueprint(model, book.market, book.valid_from.date() + timedelta(days=1))
            asked = priced(plan, PriceList(model, book.market, book, catalogue))
            slices = slices_of(model.diagrams, asked.problem)
            assert slices is not None
            assert slices.held < MOST_HELD


def test_equal_documents_give_equal_bytes_and_nothing_else_is_changed() -> None:
    before = copy.deepcopy(only("vale"))
    first = with_diagrams(before)
    releases_diagrams._stored.cache_clear()
    again = with_diagrams(with_diagrams(copy.deepcopy(before)))
    assert canonical_json(first) == canonical_json(again)
    assert before == only("vale")
    del first["models"][0]["diagrams"]
    assert first == before


def test_what_is_derived_is_no_difference_to_staff() -> None:
    assert differences(demo_release(), demo_document()) == []


def test_a_rule_that_cannot_be_read_leaves_the_model_without_diagrams_for_its_days() -> None:
    document = only("vale")
    document["models"][0]["rules"].append(
        {"code": "bad", "kind": "boolean", "text": {"en": "Bad."}, "must": "no-such-option"}
    )
    assert "diagrams" not in with_diagrams(document)["models"][0]


def test_a_price_below_zero_leaves_the_plain_diagrams() -> None:
    document = only("vale")
    for price in document["models"][0]["prices"]:
        price["amount"] = -1
    model = read(with_diagrams(document)).models["vale"]
    plan = Blueprint(model, "CN", date(2026, 11, 22))
    assert slices_of(model.diagrams, problem_of(Encoder(plan.order), plan)) is not None
    full = read(with_diagrams(only("vale"))).models["vale"]
    assert 0 < len(model.diagrams) < len(full.diagrams)


def test_a_model_that_does_not_compile_has_no_diagrams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases_diagrams, "compile_problem", lambda problem: None)
    releases_diagrams._stored.cache_clear()
    document = with_diagrams(only("vale"))
    releases_diagrams._stored.cache_clear()
    assert "diagrams" not in document["models"][0]
    assert read(document).models["vale"].diagrams == {}


def test_a_market_that_the_catalogue_does_not_know_has_no_priced_diagrams() -> None:
    document = only("vale")
    document["markets"] = [row for row in document["markets"] if row["code"] != "CN"]
    model = read(with_diagrams(document)).models["vale"]
    plan = Blueprint(model, "CN", date(2026, 11, 22))
    assert slices_of(model.diagrams, problem_of(Encoder(plan.order), plan)) is not None
