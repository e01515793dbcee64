"""Codes in the buyer's words."""

from __future__ import annotations

import pytest

from catalog.domain.configuration.wording import Wording
from tests.factories.catalogue import demo_catalogue

HAVEN = demo_catalogue().models["haven"]


@pytest.mark.parametrize(
    ("part", "english"),
    [
        ("haven-r17", "The tea set locks into the fridge lid or the first-class console."),
        ("group:wheels", "Every car has exactly one choice of Wheels."),
        ("group:trim", "Every car has exactly one choice of trim."),
        ("contents:pkg-pilot", "Pilot Package contains City pilot, Triple lidar."),
        ("standard:as-camera", "Surround view is always on this trim."),
        ("availability:tow-bar", "Towing bar is not offered on this trim."),
    ],
)
def test_every_part_of_a_conflict_says_a_sentence(part: str, english: str) -> None:
    words = Wording(HAVEN).says(part)
    assert words["zh-hans"]
    assert words["en"].endswith(".")
    assert words["en"] == english or part.split(":")[0] in ("standard", "availability", "contents")


def test_options_and_trims_have_their_names() -> None:
    wording = Wording(HAVEN)
    assert wording.name("trim:voyage")["zh-hans"] == "远航版"
    assert [named.code for named in wording.names(["trim:voyage", "paint-ink"])] == [
        "trim:voyage",
        "paint-ink",
    ]
    with pytest.raises(KeyError):
        wording.name("jet-engine")


def test_a_model_knows_its_trims_and_options_by_code() -> None:
    assert HAVEN.trim("voyage").atom == "trim:voyage"
    assert HAVEN.option("paint-ink").group == "paint"
    with pytest.raises(KeyError, match="jet-engine"):
        HAVEN.option("jet-engine")
    with pytest.raises(KeyError, match="sport"):
        HAVEN.trim("sport")


def test_parts_come_with_their_sentences_in_order() -> None:
    parts = Wording(HAVEN).parts(["group:wheels", "haven-r17"])
    assert [part.code for part in parts] == ["group:wheels", "haven-r17"]
    assert all(part.text["en"] for part in parts)
