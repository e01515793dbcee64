"""Widgets turn what staff type into what the catalogue stores, and back."""

from __future__ import annotations

import json

import pytest

from cms.widgets import CodesWidget, JsonWidget, TextPairWidget


def test_a_text_is_edited_side_by_side() -> None:
    widget = TextPairWidget()
    assert widget.decompress('{"zh-hans": "车身颜色", "en": "Paint"}') == ["车身颜色", "Paint"]
    typed = {"name_zh_hans": " 轮毂 ", "name_en": "Wheels"}
    assert json.loads(widget.value_from_datadict(typed, {}, "name")) == {
        "zh-hans": "轮毂",
        "en": "Wheels",
    }


def test_a_language_left_empty_is_left_out() -> None:
    typed = {"name_zh_hans": "轮毂", "name_en": "  "}
    assert json.loads(TextPairWidget().value_from_datadict(typed, {}, "name")) == {
        "zh-hans": "轮毂"
    }


@pytest.mark.parametrize("value", [None, "", "not json", "[1]", "null"])
def test_what_is_no_text_gives_empty_fields(value: str | None) -> None:
    assert TextPairWidget().decompress(value) == ["", ""]


def test_the_fields_name_their_language() -> None:
    html = TextPairWidget(lines=3).render("name", '{"en": "Paint"}', {"id": "id_name"})
    assert "简体中文" in html
    assert 'lang="en"' in html
    assert "Paint" in html


def test_codes_are_words() -> None:
    widget = CodesWidget()
    assert widget.format_value('["pkg-winter", "acc-child"]') == "pkg-winter acc-child"
    assert json.loads(widget.value_from_datadict({"of": "a, b\nc  d"}, {}, "of")) == [
        "a",
        "b",
        "c",
        "d",
    ]
    assert json.loads(widget.value_from_datadict({}, {}, "of")) == []
    assert widget.format_value("not json") == "not json"


def test_facts_are_readable_json() -> None:
    assert (
        JsonWidget().format_value('{"hex":"#fff","finish":"珠光"}')
        == '{\n  "hex": "#fff",\n  "finish": "珠光"\n}'
    )
    assert JsonWidget().format_value("{broken") == "{broken"
    assert JsonWidget().format_value(None) == "null" or JsonWidget().format_value(None) == ""
