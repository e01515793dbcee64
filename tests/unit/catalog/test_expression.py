"""The rule language: what it reads, what it refuses and where, and that it writes what it read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.configuration.expression import (
    DEEPEST,
    FALSE,
    LONGEST,
    TRUE,
    And,
    Atom,
    Count,
    Expression,
    InMarket,
    Not,
    OnDay,
    Or,
    codes,
    days,
    holds,
    leaves,
    markets,
    parse,
    place_of,
    settled,
    show,
)
from catalog.errors import ExpressionError
from tests.factories.expressions import NAMES, WORDS, counts, days_, expressions, joined

DAY = date(2026, 11, 22)
of_cars = joined(st.one_of(st.sampled_from(NAMES).map(Atom), counts(NAMES)))
cars = st.sets(st.sampled_from(NAMES))


@given(expressions)
def test_what_is_written_reads_back_the_same(expression: Expression) -> None:
    assert parse(show(expression)) == expression


@given(of_cars, cars)
def test_parentheses_around_everything_change_nothing(
    expression: Expression, car: set[str]
) -> None:
    again = parse(f"(({show(expression)}))")
    assert holds(again, car) == holds(expression, car)


@given(expressions)
def test_codes_are_all_the_names(expression: Expression) -> None:
    written = show(expression)
    assert codes(expression) >= {name for name in NAMES if f" {name} " in spaced(written)}
    assert codes(expression) <= set(spaced(written).split())
    assert markets(expression) == {name for name in ("CN", "DE") if f"market:{name}" in written}
    assert {day.isoformat() for day in days(expression)} <= set(spaced(written).split())


def spaced(written: str) -> str:
    return " " + written.replace("(", " ").replace(")", " ").replace(",", " ") + " "


PIECES = (*NAMES, *WORDS, "and", "or", "not", "(", ")", ",", "exactly", "at least", "of", "1", "2",
          "market:CN", "CN", "2026-09-01", "2026-02-30", "Ä", "&")  # fmt: skip


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
    | st.text(max_size=80)
)
def test_whatever_is_typed_is_an_expression_or_an_error_with_its_place(text: str) -> None:
    found = read(text)
    if isinstance(found, ExpressionError):
        place = found.facts["position"]
        assert 0 <= place <= len(text)
        assert found.facts["near"] in text
        assert f"at character {place}" in found.message
    else:
        assert parse(show(found)) == found


def read(text: str) -> Expression | ExpressionError:
    try:
        return parse(text)
    except ExpressionError as error:
        return error


@given(expressions, st.sampled_from(("CN", "DE", "FR")), days_, cars)
def test_under_one_market_and_day_an_expression_means_what_its_words_mean(
    expression: Expression, market: str, day: date, car: set[str]
) -> None:
    found = settled(expression, market, day)
    assert not markets(found)
    assert not days(found)
    assert holds(found, car) == means(expression, market, day, car)
    assert found in (TRUE, FALSE) or (TRUE not in within(found) and FALSE not in within(found))


def means(expression: Expression, market: str, day: date, car: set[str]) -> bool:
    """The expression by the prose of docs/rules/rule-language.md, word by word."""
    if isinstance(expression, Not):
        return not means(expression.part, market, day, car)
    if isinstance(expression, And | Or):
        parts = [means(part, market, day, car) for part in expression.parts]
        return all(parts) if isinstance(expression, And) else any(parts)
    if isinstance(expression, InMarket):
        return market == expression.code
    if isinstance(expression, OnDay):
        return (day >= expression.day) if expression.side == "from" else (day < expression.day)
    if isinstance(expression, Count):
        found = len(car & set(expression.codes))
        return {
            "exactly": found == expression.number,
            "at most": found <= expression.number,
            "at least": found >= expression.number,
        }[expression.kind]
    return expression.code in car


def within(expression: Expression) -> list[Expression]:
    if isinstance(expression, Not):
        return [expression.part, *within(expression.part)]
    if isinstance(expression, And | Or):
        return [found for part in expression.parts for found in (part, *within(part))]
    return []


def test_an_expression_without_markets_and_days_stays_as_it_is() -> None:
    expression = parse("a and not (b or exactly 1 of (c, d))")
    assert settled(expression, "CN", DAY) == expression
    assert [show(leaf) for leaf in leaves(expression)] == ["a", "b", "exactly 1 of (c, d)"]


def test_no_car_alone_decides_a_market_or_a_day() -> None:
    for text in ("market:CN", "a or from 2026-01-01"):
        with pytest.raises(ExpressionError, match="no car alone decides"):
            holds(parse(text), frozenset())


def test_a_place_is_that_of_the_whole_name() -> None:
    text = "hook-long or trim:hook or hook and market:CN"
    assert place_of(text, "hook") == 18
    assert place_of(text, "CN") == text.index("CN")
    assert place_of(text, "long") == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", Atom("a")),
        ("not a and b", And((Not(Atom("a")), Atom("b")))),
        ("a or b and c", Or((Atom("a"), And((Atom("b"), Atom("c")))))),
        ("(a or b) and c", And((Or((Atom("a"), Atom("b"))), Atom("c")))),
        ("not (a and b)", Not(And((Atom("a"), Atom("b"))))),
        ("not not a", Not(Not(Atom("a")))),
        ("  trim:voyage\n and\tbat-92 ", And((Atom("trim:voyage"), Atom("bat-92")))),
        ("a or (b or c)", Or((Atom("a"), Atom("b"), Atom("c")))),
        ("exactly 1 of (a, b)", Count("exactly", 1, ("a", "b"))),
        ("not at most 02 of(a,b,trim:top)", Not(Count("at most", 2, ("a", "b", "trim:top")))),
        ("at least 0 of (a) and b", And((Count("at least", 0, ("a",)), Atom("b")))),
        ("from 2026-09-01", OnDay("from", date(2026, 9, 1))),
        ("until 2026-09-01 or market:CN", Or((OnDay("until", date(2026, 9, 1)), InMarket("CN")))),
        ("exactly and from or at", Or((And((Atom("exactly"), Atom("from"))), Atom("at")))),
        ("not (until) and 2026-09-01", And((Not(Atom("until")), Atom("2026-09-01")))),
    ],
)
def test_the_words_bind_as_in_logic(text: str, expected: Expression) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "before the end"),
        ("   ", 3, "before the end"),
        ("a and", 5, "before the end"),
        ("a b", 2, "'and' or 'or' is missing"),
        ("and a", 0, "before 'and'"),
        ("a or or b", 5, "before 'or'"),
        ("(a or b", 0, "')' is missing"),
        ("a)", 1, "before ')'"),
        ("()", 1, "before ')'"),
        ("a & b", 2, "'&' has no meaning"),
        ("Paint", 0, "'P' has no meaning"),
        ("a and paint--ink", 6, "'paint--ink' is no option code"),
        ("market:cn", 0, "is no option code"),
        ("a or 隐", 5, "has no meaning"),
        ("not", 3, "before the end"),
        ("market:CHN", 0, "is no option code; a market is written market:CN"),
        ("a or CN", 5, "is no option code; a market is written market:CN"),
        ("from 2026-02-30", 5, "a day like 2026-09-01 is missing after 'from'"),
        ("a and until tomorrow", 12, "a day like 2026-09-01 is missing after 'until'"),
        ("from 1999-01-01", 5, "a day like 2026-09-01 is missing"),
        ("exactly two of (a, b, c)", 8, "a number of at most four digits is missing before 'two'"),
        ("at 2 of (a, b)", 3, "'most' or 'least' is missing before '2'"),
        ("at most 2 (a, b, c)", 10, "'of' is missing before '('"),
        ("at most 2 of a", 13, "'(' is missing before 'a'"),
        ("at most 1 of (a, b", 13, "')' is missing for the '('"),
        ("at most 1 of ()", 14, "an option code is missing before ')'"),
        ("at most 1 of (a, (b))", 17, "an option code is missing before '('"),
        ("at most 1 of (a, b or c)", 13, "')' is missing"),
        ("b or at most 1 of (a, a)", 22, "'a' is named twice"),
        ("b or exactly 3 of (a, b)", 5, "3 of only 2 that are named"),
        ("a, b", 1, "'and' or 'or' is missing before ','"),
    ],
)
def test_an_error_names_the_place(text: str, position: int, says: str) -> None:
    with pytest.raises(ExpressionError, match=r".") as caught:
        parse(text)
    assert says in caught.value.message
    assert caught.value.facts["position"] == position


@pytest.mark.parametrize(
    "text", ["(" * 60 + "a" + ")" * 60, "not " * 60 + "a", "a or " * 1000 + "a", "(" * 5000]
)
def test_endless_expressions_are_refused_and_not_recursed_into(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_an_expression_of_5000_characters_is_refused_with_its_place() -> None:
    text = "paint-ink or " * 384 + "paint-tea"
    assert len(text) > 5000 - 13
    with pytest.raises(
        ExpressionError, match="an expression has at most 2000 characters"
    ) as caught:
        parse(text)
    assert caught.value.facts["position"] == LONGEST
    assert caught.value.facts["near"] in text


def test_the_deepest_and_the_longest_expression_are_read_and_written_again() -> None:
    deepest = "not " * DEEPEST + "a"
    longest = "and ".join(["not(a or b)"] * 133)
    assert LONGEST - 20 < len(longest) <= LONGEST
    for text in (deepest, longest):
        assert parse(show(parse(text))) == parse(text)
    with pytest.raises(ExpressionError, match="nested deeper") as caught:
        parse("not " + deepest)
    assert caught.value.facts["position"] == len("not " + deepest) - 1
