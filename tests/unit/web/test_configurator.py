"""What a sent form changed, and how a refusal and its repairs read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from storefront.web import configurator
from storefront.web.configurator import Click, Drawn
from storefront.web.shop import Shop


def option(code: str, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "code": code,
        "name": code.title(),
        "pitch": "",
        "price": {"calm": {"amount": 100, "currency": "CNY"}},
        "availability": {"calm": "O"},
        "swatch": None,
        "contains": [],
        "pictures": [],
    }
    return base | more


DOCUMENT: dict[str, Any] = {
    "model": "haven",
    "name": "Haven",
    "release": "R000001",
    "default_choices": ["trim:calm"],
    "trims": [
        {
            "choice": "trim:calm",
            "code": "calm",
            "name": "Calm",
            "pitch": "",
            "price": {"amount": 1, "currency": "CNY"},
            "specs": {"drive": "rwd", "range_cltc_km": 735},
        },
        {
            "choice": "trim:voyage",
            "code": "voyage",
            "name": "Voyage",
            "pitch": "",
            "price": {"amount": 2, "currency": "CNY"},
            "specs": {},
        },
    ],
    "groups": [
        {
            "code": "paint",
            "name": "Paint",
            "choose": "one",
            "options": [
                option("paint-pearl", swatch={"hex": "#f1efea"}),
                option("paint-lake", swatch={"hex": "#1f3b5c"}),
            ],
        },
        {"code": "wheels", "name": "Wheels", "choose": "one", "options": [option("wheel-19-calm")]},
        {
            "code": "comfort",
            "name": "Comfort",
            "choose": "any",
            "options": [option("hud"), option("tea"), option("heat")],
        },
        {
            "code": "packages",
            "name": "Packages",
            "choose": "any",
            "options": [option("pkg", contains=["heat"])],
        },
        {
            "code": "audio",
            "name": "Audio",
            "choose": "any",
            "options": [option("loud"), option("nowhere", price={}, availability={})],
        },
    ],
}
STATE: dict[str, Any] = {
    "choices": ["trim:calm", "hud", "pkg"],
    "statuses": {
        "trim:calm": {"status": "selected"},
        "trim:voyage": {"status": "available"},
        "paint-pearl": {"status": "included", "by": None},
        "paint-lake": {"status": "available"},
        "wheel-19-calm": {"status": "included"},
        "hud": {"status": "selected"},
        "tea": {"status": "unavailable"},
        "heat": {"status": "included", "by": "pkg"},
        "pkg": {"status": "selected"},
        "loud": {"status": "included"},
    },
    "prices": {"paint-pearl": {"amount": 0, "currency": "CNY"}},
}


@pytest.fixture
def shop() -> Shop:
    return Shop(RequestFactory().get("/en/models/haven/configure"), "en")


def test_a_sent_form_holds_radios_and_checkboxes() -> None:
    sent = configurator.sent_choices(
        {"g-paint": ["paint-lake"], "c": ["hud", "tea"], "was": ["trim:calm"], "sort": ["x"]}
    )
    assert sent == {"paint-lake", "hud", "tea"}


def test_an_untouched_form_is_no_click() -> None:
    sent = {"trim:calm", "paint-pearl", "wheel-19-calm", "hud", "pkg"}
    assert configurator.clicks(DOCUMENT, STATE, sent) == []


def test_a_standard_option_that_stays_marked_is_no_click_but_another_is() -> None:
    sent = {"trim:calm", "paint-lake", "wheel-19-calm", "hud", "pkg"}
    assert configurator.clicks(DOCUMENT, STATE, sent) == [Click("paint-lake", True)]


def test_what_is_no_longer_marked_was_taken_off() -> None:
    sent = {"trim:voyage", "paint-pearl", "wheel-19-calm", "tea"}
    assert configurator.clicks(DOCUMENT, STATE, sent) == [
        Click("hud", False),
        Click("pkg", False),
        Click("trim:voyage", True),
        Click("tea", True),
    ]


def test_groups_come_in_the_order_of_the_page_and_the_rest_is_folded(shop: Shop) -> None:
    sections = Drawn(shop, DOCUMENT, STATE).sections()
    assert [(s["code"], s["folded"]) for s in sections] == [
        ("paint", False),
        ("wheels", False),
        ("comfort", False),
        ("packages", False),
        ("audio", True),
    ]


def test_standard_equipment_is_one_line_and_package_contents_name_their_package(shop: Shop) -> None:
    sections = {s["code"]: s for s in Drawn(shop, DOCUMENT, STATE).sections()}
    assert sections["audio"]["included"] == "Loud"
    assert [c["code"] for c in sections["audio"]["cards"]] == ["loud"]
    heat = next(c for c in sections["comfort"]["cards"] if c["code"] == "heat")
    assert (heat["fixed"], heat["quiet"], heat["name_by"]) == (True, False, "with Pkg")


def test_the_stage_shows_the_paint_on_the_car(shop: Shop) -> None:
    drawn = Drawn(shop, DOCUMENT, STATE)
    assert drawn.paint is not None
    assert drawn.paint["code"] == "paint-pearl"
    views = drawn.views()
    assert views["side"] is not None
    assert "haven-pearl-aero" in views["side"].src


def test_a_repair_says_what_it_does_and_what_it_changes(shop: Shop) -> None:
    named = [{"code": "a", "name": "Fridge"}]
    base = {
        "adds": named,
        "removes": [],
        "choices": ["x", "y"],
        "price_difference": {"amount": 1, "currency": "CNY"},
    }
    assert configurator.repair_words(shop, {**base, "days_difference": 3}) | {} == {
        "title": "Add Fridge",
        "detail": "3 days later",
        "price_difference": base["price_difference"],
        "choices": "x,y",
    }
    assert (
        configurator.repair_words(shop, {**base, "removes": named, "days_difference": -2})["detail"]
        == "2 days sooner"
    )
    assert (
        configurator.repair_words(
            shop, {**base, "adds": [], "removes": named, "days_difference": 0}
        )["title"]
        == "without Fridge"
    )


def test_a_refusal_speaks_in_the_words_of_the_rules(shop: Shop) -> None:
    answer = {
        "conflict": {
            "choices": [{"code": "tea", "name": "Tea"}, {"code": "five", "name": "Five seats"}],
            "rules": [{"code": "r1", "text": "The tea set locks into the fridge."}],
            "structure": [{"code": "group:seats", "text": "One seat option."}],
        },
        "repairs": [],
    }
    told = configurator.why_not(shop, "Tea", answer)
    assert told["text"] == "The tea set locks into the fridge. One seat option."
    assert told["others"] == "Five seats"
    assert told["repair"] is None


def test_changes_name_the_click_first() -> None:
    rows = configurator.changes({"a": "A", "b": "B"}, ["c"], ["b", "a"], ["a"])
    assert [(r["name"], r["want"]) for r in rows] == [("A", True), ("B", True), ("c", False)]
