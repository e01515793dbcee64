"""Rules: their scope in markets, trims and days; what each kind asks for; what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from catalog.domain.catalogue import Rule
from catalog.domain.configuration.rules import (
    active_rules,
    boundaries,
    in_force,
    interval,
    read_rule,
)
from catalog.errors import ExpressionError, RuleError
from tests.factories.catalogue import demo_catalogue

HAVEN = demo_catalogue().models["haven"]
TEXT = {"zh-hans": "字", "en": "word"}


def rule(kind: str, **fields: Any) -> Rule:
    return Rule(code="r", kind=kind, text=TEXT, **fields)


@pytest.mark.parametrize(
    ("fields", "market", "day", "speaks"),
    [
        ({}, "CN", "2026-11-22", True),
        ({"market": "DE"}, "CN", "2026-11-22", False),
        ({"market": "CN"}, "CN", "2026-11-22", True),
        ({"valid_from": date(2027, 1, 1)}, "CN", "2026-12-31", False),
        ({"valid_from": date(2027, 1, 1)}, "CN", "2027-01-01", True),
        ({"valid_until": date(2027, 3, 1)}, "CN", "2027-02-28", True),
        ({"valid_until": date(2027, 3, 1)}, "CN", "2027-03-01", False),
    ],
)
def test_a_rule_is_silent_outside_its_market_and_days(
    fields: dict[str, Any], market: str, day: str, speaks: bool
) -> None:
    assert in_force(rule("boolean", must="a", **fields), market, date.fromisoformat(day)) is speaks


@pytest.mark.parametrize(
    ("authored", "car", "kept"),
    [
        (rule("requires", when="paint-ink", then="int-jade"), {"paint-ink"}, False),
        (rule("requires", when="paint-ink", then="int-jade"), {"paint-ink", "int-jade"}, True),
        (rule("requires", when="paint-ink", then="int-jade"), {"int-mist"}, True),
        (rule("excludes", when="paint-ink", excluded=("acc-ppf",)), {"paint-ink"}, True),
        (rule("excludes", when="paint-ink", excluded=("acc-ppf",)), {"paint-ink", "acc-ppf"}, False),
        (rule("includes", when="tow-bar", adds=("com-hud",)), {"tow-bar"}, False),
        (rule("exactly", count=1, of=("com-hud", "acc-ppf")), {"com-hud", "acc-ppf"}, False),
        (rule("exactly", count=1, of=("com-hud", "acc-ppf")), set(), False),
        (rule("exactly", count=1, of=("com-hud", "acc-ppf")), {"acc-ppf"}, True),
        (rule("at_most", count=1, of=("com-hud", "acc-ppf")), {"com-hud", "acc-ppf"}, False),
        (rule("at_most", count=1, of=("com-hud", "acc-ppf"), when="tow-bar"), {"com-hud", "acc-ppf"}, True),
        (rule("at_least", count=1, of=("com-hud", "acc-ppf")), {"tow-bar"}, False),
        (rule("at_least", count=1, of=("com-hud", "acc-ppf")), {"com-hud", "acc-ppf"}, True),
        (rule("at_least", count=1, of=("com-hud", "acc-ppf"), when="tow-bar"), set(), True),
        (rule("boolean", must="at most 1 of (tow-bar, com-hud)"), {"tow-bar", "com-hud"}, False),
        (rule("boolean", must="not tow-bar or com-hud"), {"tow-bar"}, False),
        (rule("lead", when="tow-bar", add_days=3), {"tow-bar"}, True),
        (rule("boolean", must="com-hud", trims=("calm",)), {"trim:voyage"}, True),
        (rule("boolean", must="com-hud", trims=("calm",)), {"trim:calm"}, False),
    ],
)  # fmt: skip
def test_each_kind_asks_for_what_the_catalogue_format_says(
    authored: Rule, car: set[str], kept: bool
) -> None:
    assert read_rule(HAVEN, authored).kept(frozenset(car)) is kept


@pytest.mark.parametrize(
    ("authored", "says"),
    [
        (rule("forbids", when="tow-bar"), "kind 'forbids' is none of"),
        (rule("requires", when="tow-bar"), "needs 'then'"),
        (rule("requires", then="tow-bar"), "needs 'if'"),
        (rule("excludes", when="tow-bar"), "needs 'not'"),
        (rule("includes", when="tow-bar"), "needs 'adds'"),
        (rule("exactly", count=1), "needs 'of'"),
        (rule("exactly", of=("tow-bar",)), "'count' is a number"),
        (rule("at_most", count=-1, of=("tow-bar",)), "'count' is a number"),
        (rule("at_least", count=1), "needs 'of'"),
        (rule("boolean", must="at least 1 of (tow-bar, jet-engine)"), "names jet-engine"),
        (rule("boolean"), "needs 'must'"),
        (rule("lead", add_days=3), "needs 'if'"),
        (rule("boolean", must="tow-bar or jet-engine"), "names jet-engine"),
        (rule("excludes", when="tow-bar", excluded=("jet-engine",)), "names jet-engine"),
        (rule("boolean", must="tow-bar", trims=("sport",)), "names trim:sport"),
    ],
)
def test_a_rule_without_meaning_is_refused_by_its_code(authored: Rule, says: str) -> None:
    with pytest.raises(RuleError, match="rule r: ") as caught:
        read_rule(HAVEN, authored)
    assert says in caught.value.message
    assert caught.value.facts["rule"] == "r"


def test_a_rule_that_cannot_be_read_names_the_place() -> None:
    broken = replace(HAVEN, rules=(rule("boolean", must="tow-bar and"),))
    with pytest.raises(ExpressionError) as caught:
        active_rules(broken, "CN", date(2026, 11, 22))
    assert caught.value.facts["position"] == 11
    assert caught.value.facts["rule"] == "r"


def test_between_two_boundaries_the_same_rules_are_in_force() -> None:
    for market in ("CN", "DE"):
        days = boundaries(HAVEN, market)
        assert list(days) == sorted(days)
        assert interval(HAVEN, market, date(2020, 1, 1)) == date.min
        for first, second in zip(days, days[1:], strict=False):
            before = date.fromordinal(second.toordinal() - 1)
            assert interval(HAVEN, market, before) == first
            assert codes_on(market, first) == codes_on(market, before)
            assert codes_on(market, second) != codes_on(market, before)


def codes_on(market: str, day: date) -> list[str]:
    return [active.code for active in active_rules(HAVEN, market, day)]


DATED = replace(
    HAVEN,
    rules=(
        rule("boolean", must="com-hud or until 2027-02-01", valid_from=date(2026, 12, 1)),
        rule("requires", when="tow-bar and from 2027-05-01", then="com-hud", market="CN"),
        rule("requires", when="market:DE and paint-ink", then="com-hud or from 2028-01-01"),
        rule("excludes", when="from 2026-02-30", excluded=("com-hud",)),
        rule("boolean", must="tow-bar or from", market="DE"),
    ),
)


def test_the_days_inside_expressions_are_boundaries_too() -> None:
    assert [day.isoformat() for day in boundaries(DATED, "CN")] == [
        "2026-12-01",
        "2027-02-01",
        "2027-05-01",
        "2028-01-01",
    ]
    assert date(2027, 5, 1) not in boundaries(DATED, "DE")
    assert interval(DATED, "CN", date(2027, 4, 30)) == date(2027, 2, 1)
    assert interval(DATED, "DE", date(2027, 12, 31)) == date(2027, 2, 1)


@pytest.mark.parametrize(
    ("market", "day", "car", "broken"),
    [
        ("CN", "2027-01-31", {"paint-ink"}, []),
        ("CN", "2027-02-01", {"paint-ink"}, [0]),
        ("CN", "2027-04-30", {"tow-bar"}, [0]),
        ("CN", "2027-05-01", {"tow-bar"}, [0, 1]),
        ("DE", "2027-05-01", {"tow-bar"}, [0]),
        ("DE", "2026-12-01", {"paint-ink"}, [2]),
        ("DE", "2028-01-01", {"paint-ink"}, [0]),
    ],
)
def test_markets_and_days_in_expressions_are_settled_by_the_market_and_the_day(
    market: str, day: str, car: set[str], broken: list[int]
) -> None:
    model = replace(
        DATED, rules=tuple(replace(r, code=str(n)) for n, r in enumerate(DATED.rules[:3]))
    )
    found = active_rules(model, market, date.fromisoformat(day))
    assert [int(active.code) for active in found if not active.kept(car)] == broken
