"""What publishing would change: rows, not paths, and amounts as money."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cms.desks.changes import changes, counted, row_of


def document() -> dict[str, Any]:
    """A small release document."""
    return {
        "price_books": [{"code": "cn-1", "market": "CN", "currency": "CNY"}],
        "places": [{"code": "xm", "name": {"zh-hans": "厦门", "en": "Xiamen"}}],
        "models": [
            {
                "code": "rill",
                "name": {"zh-hans": "小溪", "en": "Rill"},
                "groups": [],
                "trims": [{"code": "lite", "name": {"zh-hans": "轻享版", "en": "Lite"}}],
                "options": [
                    {"code": "ink", "name": {"zh-hans": "墨黑", "en": "Ink"}, "quota": None},
                    {"code": "mist", "name": {"zh-hans": "晨灰", "en": "Mist"}, "quota": None},
                ],
                "rules": [{"code": "r1", "text": {"zh-hans": "不配", "en": "No"}, "if": "ink"}],
                "prices": [
                    {"price_book": "cn-1", "kind": "option", "code": "ink", "trim": "*", "amount": 150000}
                ],
                "availability": {"CN": {"lite": {"ink": "O"}}},
            }
        ],
    }  # fmt: skip


def test_equal_documents_differ_in_nothing() -> None:
    assert changes(document(), document()) == []


def test_a_changed_price_is_shown_as_money_with_the_name_of_what_it_is_for() -> None:
    after = document()
    after["models"][0]["prices"][0]["amount"] = 180000
    (change,) = changes(document(), after)
    assert (change.what, change.table, change.model) == ("changed", "prices", "rill")
    assert (change.before, change.after) == ("¥1,500.00", "¥1,800.00")
    assert change.name["en"] == "Ink"


def test_a_conditional_price_is_called_by_its_option_not_by_its_condition() -> None:
    after = document()
    conditional = {**after["models"][0]["prices"][0], "when": "mist or lite", "amount": 1}
    after["models"][0]["prices"].append(conditional)
    (change,) = changes(document(), after)
    assert (change.what, change.name["en"]) == ("added", "Ink")


def test_several_fields_of_one_row_are_one_change() -> None:
    after = document()
    after["models"][0]["options"][0]["name"] = {"zh-hans": "纯黑", "en": "Black"}
    after["models"][0]["options"][0]["quota"] = 5
    (change,) = changes(document(), after)
    assert change.parts == ("name", "quota")
    assert change.key == "ink"


def test_added_and_removed_rows_are_counted_by_table() -> None:
    before, after = document(), document()
    added = copy.deepcopy(after["models"][0]["options"][0]) | {"code": "snow"}
    after["models"][0]["options"].append(added)
    after["models"][0]["rules"] = []
    after["models"][0]["availability"]["CN"]["lite"]["snow"] = "O"
    found = changes(before, after)
    assert dict(counted(found)) == {
        "options": {"added": 1, "removed": 0, "changed": 0},
        "rules": {"added": 0, "removed": 1, "changed": 0},
        "availability": {"added": 1, "removed": 0, "changed": 0},
    }
    assert {c.name["en"] for c in found} == {"Ink", "No"}


def test_a_changed_text_is_shown_before_and_after() -> None:
    after = document()
    after["models"][0]["name"]["en"] = "Rill" * 50
    after["places"][0]["name"]["en"] = "Amoy"
    model, place = sorted(changes(document(), after), key=lambda c: c.table)
    assert (model.table, model.key, model.name["zh-hans"]) == ("models", "rill", "小溪")
    assert model.after.endswith("…")
    assert (place.before, place.after, place.name["en"]) == ("Xiamen", "Amoy", "Amoy")


def test_without_a_release_everything_is_new() -> None:
    found = changes({}, document())
    assert {c.what for c in found} == {"added"}
    assert {c.table for c in found} == {"price_books", "places", "models"}


@pytest.mark.parametrize(
    ("where", "row"),
    [
        ("brand/name/en", ("brand",)),
        ("markets/CN/vat/rate", ("markets", "CN")),
        ("models/rill/options/ink/name", ("models", "rill", "options", "ink")),
        ("models/rill/name/en", ("models", "rill")),
        ("models/rill/availability/CN/lite/ink", ("models", "rill", "availability", "CN", "lite", "ink")),
        ("pictures/option:rill/ink", ("pictures", "option:rill/ink")),
    ],
)  # fmt: skip
def test_a_path_belongs_to_a_row(where: str, row: tuple[str, ...]) -> None:
    assert row_of(where) == row
