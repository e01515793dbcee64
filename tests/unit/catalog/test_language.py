"""Rules as statements: what is written reads back, what it means, and what is refused where."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.catalogue import Model, Rule
from catalog.domain.configuration.expression import LONGEST, parse, show
from catalog.domain.configuration.language import (
    LONGEST_STATEMENT,
    names_of,
    read_statement,
    show_rule,
)
from catalog.domain.configuration.rules import COUNTS, KINDS, active_rules, read_rule
from catalog.domain.configuration.tokens import RESERVED
from catalog.errors import ExpressionError, RuleError
from tests.factories.expressions import NAMES, days_, expressions
from tests.factories.rulebook import table
from tests.factories.small_models import Small

PAGE = "rule-language.md"
DAY = date(2026, 11, 22)
SHOWN = expressions.map(show)
# words that mean something in a statement are option codes like any other
CODES = (*NAMES, "exactly", "from", "always", "on", "in", "when", "requires", "takes", "day")
codes = st.lists(st.sampled_from(CODES), min_size=1, max_size=5, unique=True).map(tuple)


@st.composite
def rules(draw: Any, kind: str) -> Rule:
    """A rule of that kind with every field it may have, as it is kept."""
    first, last = sorted(draw(st.lists(days_, min_size=2, max_size=2, unique=True)))
    named = draw(codes)
    parts: dict[str, dict[str, Any]] = {
        "requires": {"when": draw(SHOWN), "then": draw(SHOWN)},
        "excludes": {"when": draw(SHOWN), "excluded": named},
        "includes": {"when": draw(SHOWN), "adds": named},
        "boolean": {"must": draw(SHOWN)},
        "lead": {"when": draw(SHOWN), "add_days": draw(st.integers(1, 9999))},
    }
    counts = {
        "count": draw(st.integers(0, len(named))),
        "of": named,
        "when": draw(st.none() | SHOWN),
    }
    return Rule(
        code="",
        kind=kind,
        text={},
        market=draw(st.sampled_from((None, "CN", "DE"))),
        trims=draw(st.sampled_from(((), ("base",), ("base", "top")))),
        valid_from=draw(st.sampled_from((None, first))),
        valid_until=draw(st.sampled_from((None, last))),
        **parts.get(kind, counts),
    )


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_written_rule_reads_back_the_same(kind: str, data: st.DataObject) -> None:
    rule = data.draw(rules(kind))
    written = show_rule(rule)
    assert read_statement(written) == rule
    assert "\n" not in written


@pytest.mark.parametrize("word", ["exactly", "at", "from", "until", "always", "on", "requires"])
@pytest.mark.parametrize("kind", ["requires", "boolean", "excludes", "lead"])
def test_words_of_the_language_are_codes_where_the_printer_puts_them(word: str, kind: str) -> None:
    fields: dict[str, dict[str, Any]] = {
        "requires": {"when": word, "then": word, "market": "CN"},
        "boolean": {"must": word, "trims": ("base",)},
        "excludes": {"when": f"{word} and {word}", "excluded": (word,), "market": "CN"},
        "lead": {"when": f"not {word}", "add_days": 1},
    }
    rule = Rule(code="", kind=kind, text={}, **fields[kind])
    assert read_statement(show_rule(rule)) == rule


WORDS = (*NAMES, *COUNTS.values(), "requires", "excludes", "includes", "takes 5 more days", "always", "and", "or",
         "not", "(", ")", ",", "of", "1", "2", "when", "on", "in", "CN", "market:CN", "from", "until", "2026-09-01")  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=60))
def test_whatever_is_typed_is_a_rule_or_an_error_with_its_place(text: str) -> None:
    found = read(text)
    if isinstance(found, ExpressionError):
        assert 0 <= found.facts["position"] <= len(text)
        assert f"at character {found.facts['position']}" in found.message
    else:
        assert read_statement(show_rule(found)) == found


def read(text: str) -> Rule | ExpressionError:
    try:
        return read_statement(text)
    except ExpressionError as error:
        return error


def plain(cell: str) -> str:
    return cell.replace("`", "").strip()


def cars(cell: str) -> list[set[str]]:
    return [set(car.replace("-", "").split()) for car in plain(cell).split(";") if car.strip()]


def small(rule: Rule) -> Model:
    """A model with options a to d that has this rule."""
    model = Small({"base": {}, "top": {}}, {}, (), ()).model()
    options = tuple(replace(model.options[0], code=code) for code in "abcd")
    return replace(model, options=options, rules=(replace(rule, code="r"),))


@pytest.mark.parametrize("row", table(PAGE, "statements"), ids=lambda row: plain(row["statement"]))
def test_a_statement_holds_for_the_cars_of_the_worked_table(row: dict[str, str]) -> None:
    statement = plain(row["statement"])
    rule = read_statement(statement)
    active = active_rules(small(rule), "CN", DAY)
    assert show_rule(rule) == statement
    for car in cars(row["holds"]):
        assert all(rule.kept(car) for rule in active), car
    for car in cars(row["broken by"]):
        assert not all(rule.kept(car) for rule in active), car


def test_the_worked_table_has_every_kind_of_rule() -> None:
    said = {read_statement(plain(row["statement"])).kind for row in table(PAGE, "statements")}
    assert said == set(KINDS)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("exactly 1 of (a, b)", "exactly 1 of a, b"),
        ("exactly 1 of (a, b) until 2027-01-01", "exactly 1 of a, b until 2027-01-01"),
        ("  a   requires ((b))in CN on base,top", "a requires b on base, top in CN"),
        ("a takes 1 more days", "a takes 1 more day"),
        ("at most 2 of a, b, c until 2027-01-01 when d from 2026-01-01",
         "at most 2 of a, b, c when d from 2026-01-01 until 2027-01-01"),
    ],
)  # fmt: skip
def test_a_statement_is_written_in_one_way(text: str, written: str) -> None:
    assert show_rule(read_statement(text)) == written


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "is missing before the end"),
        ("a", 1, "one of requires, excludes, includes, takes is missing before the end"),
        ("a b", 2, "one of requires, excludes, includes, takes is missing before 'b'"),
        ("a requires", 10, "is missing before the end"),
        ("a requires b c", 13, "'and', 'or' or one of when, on, in, from, until is missing before 'c'"),
        ("a excludes b or c", 13, "a list goes on with ','"),
        ("a excludes b, b", 14, "'b' is named twice"),
        ("a excludes b,", 13, "an option code is missing before the end"),
        ("a excludes (b)", 11, "an option code is missing before '('"),
        ("exactly one of a, b", 8, "a number of at most four digits is missing before 'one'"),
        ("exactly 12345 of a, b", 8, "a number of at most four digits"),
        ("exactly 1 a, b", 10, "'of' is missing before 'a'"),
        ("at 1 of a, b", 3, "'most' or 'least' is missing before '1'"),
        ("at least 3 of a, b", 0, "3 of only 2 that are named"),
        ("exactly 1 of (a, b) or c", 24, "one of requires"),
        ("a requires b when c", 13, "'when' goes with exactly, at most and at least only"),
        ("a takes 0 more days", 8, "one day or more"),
        ("a takes 5 days", 10, "'more' is missing"),
        ("a takes 5 more weeks", 15, "'days' is missing"),
        ("a requires b in cn", 16, "a market such as CN is missing"),
        ("a requires b in", 15, "a market such as CN is missing"),
        ("a requires b in CN in DE", 19, "'in' is said twice"),
        ("a requires b on trim:base", 16, "without 'trim:'"),
        ("a requires b from 2026-02-30", 18, "a day like 2026-09-01 is missing after 'from'"),
        ("a requires b until 2026-01-01 from 2026-01-01", 30, "until 2026-01-01 is not after from"),
        ("a requires b from 2026-01-01 until 2025-01-01", 29, "until 2025-01-01 is not after from"),
    ],
)  # fmt: skip
def test_an_error_in_a_statement_names_the_place(text: str, position: int, says: str) -> None:
    with pytest.raises(ExpressionError, match=r".") as caught:
        read_statement(text)
    assert says in caught.value.message
    assert caught.value.facts["position"] == position


@pytest.mark.parametrize("row", table(PAGE, "errors"), ids=lambda row: plain(row["statement"]))
def test_the_documented_errors_are_those_that_are_said(row: dict[str, str]) -> None:
    with pytest.raises(ExpressionError, match=r".") as caught:
        read_statement(plain(row["statement"]))
    assert caught.value.message.startswith(f"{plain(row['error'])} at character")
    assert caught.value.facts["position"] == int(row["character"])


def test_too_long_an_expression_in_a_statement_is_refused_where_it_is_too_long() -> None:
    head = "paint-ink requires "
    with pytest.raises(ExpressionError, match="at most 2000 characters") as caught:
        read_statement(head + "a or " * 1000 + "b")
    assert caught.value.facts["position"] == len(head) + LONGEST
    with pytest.raises(ExpressionError, match="a statement has at most") as caught:
        read_statement("a or " * 5000 + "b requires c")
    assert caught.value.facts["position"] == LONGEST_STATEMENT


def test_an_expression_as_long_as_one_may_be_is_read_in_a_statement() -> None:
    longest = "or".join(["(a)"] * 399) + "or(bcd)"
    assert len(longest) <= LONGEST
    rule = read_statement(f"{longest} requires {longest}")
    assert read_statement(show_rule(rule)) == rule


def test_a_rule_that_says_nothing_has_no_statement() -> None:
    with pytest.raises(RuleError, match="kind 'forbids' is none of"):
        show_rule(Rule("r", "forbids", {}))
    with pytest.raises(ExpressionError):
        show_rule(Rule("r", "boolean", {}, must="a and"))


def test_reserved_words_are_no_codes_in_a_list() -> None:
    for word in RESERVED:
        with pytest.raises(ExpressionError, match="an option code is missing"):
            read_statement(f"a excludes {word}")


def test_the_statement_of_a_rule_as_it_was_typed_means_the_same() -> None:
    rule = Rule("r", "requires", {}, when="((a)or b)", then="not(c and d)")
    assert show_rule(rule) == "a or b requires not (c and d)"
    again = replace(read_statement(show_rule(rule)), code="r")
    model = small(rule)
    assert read_rule(model, again).then == parse("not(c and d)")


def test_the_names_of_a_rule_are_all_that_it_speaks_of() -> None:
    said = "exactly 1 of a, b when trim:top and at most 1 of (c, d) or market:DE on base in CN"
    named, places = names_of(read_statement(said))
    assert named == {"a", "b", "c", "d", "trim:top", "trim:base"}
    assert places == {"CN", "DE"}
    assert names_of(read_statement("a requires b")) == (frozenset("ab"), frozenset[str]())
