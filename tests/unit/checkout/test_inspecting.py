"""The inspection before delivery: the list of the rules, when a car passes, and what a report may not be."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.domain.inspecting import (
    CHECKLIST,
    LARGEST_PHOTO,
    MOST_PHOTOS,
    Item,
    Photo,
    Result,
    check_report,
)
from checkout.errors import BadInspection
from tests.factories.rules import rule_table

PNG = b"\x89PNG\r\n\x1a\n..."
FINE = [Item(code, Result.FINE) for code in CHECKLIST]


def with_item(code: str, result: Result, remark: str = "") -> list[Item]:
    return [Item(code, result, remark) if item.code == code else item for item in FINE]


def test_the_list_is_that_of_the_rules() -> None:
    told = {
        row["item"]: (row["zh-hans"], row["en"]) for row in rule_table("delivery", "Inspection")
    }
    assert {code: (text["zh-hans"], text["en"]) for code, text in CHECKLIST.items()} == told


def test_a_car_passes_with_everything_fine_or_mended() -> None:
    photos = [Photo("paint", "image/png", PNG)]
    assert check_report(items=FINE, photos=photos, kilometres=12)
    mended = with_item("paint", Result.MENDED, "polished")
    assert check_report(items=mended, photos=[], kilometres=2_000)
    assert not check_report(
        items=with_item("paint", Result.DEFECT, "scratch"), photos=[], kilometres=0
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"items": FINE[1:]}, "items.identity"),
        ({"items": [*FINE, Item("ashtray", Result.FINE)]}, "items.ashtray"),
        ({"items": [*FINE, FINE[0]]}, "items.identity"),
        ({"items": with_item("glass", Result.DEFECT)}, "items.glass"),
        ({"items": with_item("glass", Result.MENDED, "  ")}, "items.glass"),
        ({"items": with_item("glass", Result.FINE, "x" * 501)}, "items.glass"),
        ({"kilometres": -1}, "kilometres"),
        ({"kilometres": 2_001}, "kilometres"),
        ({"photos": [Photo("paint", "image/png", PNG)] * (MOST_PHOTOS + 1)}, "photos"),
        ({"photos": [Photo("ashtray", "image/png", PNG)]}, "photos.0"),
        ({"photos": [Photo("paint", "image/svg+xml", b"<svg>")]}, "photos.0"),
        ({"photos": [Photo("paint", "image/png", b"")]}, "photos.0"),
        ({"photos": [Photo("paint", "image/png", PNG + b"x" * LARGEST_PHOTO)]}, "photos.0"),
        ({"photos": [Photo("paint", "image/jpeg", PNG)]}, "photos.0"),
    ],
)
def test_a_report_that_is_incomplete_or_wrong_names_the_field(
    change: dict[str, Any], field: str
) -> None:
    report: dict[str, Any] = {"items": FINE, "photos": [], "kilometres": 12, **change}
    with pytest.raises(BadInspection) as caught:
        check_report(**report)
    assert field in [error["field"] for error in caught.value.facts["errors"]]
