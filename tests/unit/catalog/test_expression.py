"""The rule language: what it reads, what it refuses and where, and that it writes what it read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.configuration.expression import (
    And,
    Atom,
    Expression,
    Not,
    Or,
    codes,
    conjunction,
    disjunction,
    holds,
    parse,
    show,
)
from catalog.errors import ExpressionError

NAMES = ("a", "paint-ink", "trim:voyage", "bat-120", "wheel-19.5")
atoms: st.SearchStrategy[Expression] = st.sampled_from(NAMES).map(Atom)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(conjunction),
        st.lists(inner, min_size=2, max_size=4).map(disjunction),
    ),
    max_leaves=12,
)


@given(expressions)
def test_what_is_written_reads_back_the_same(expression: Expression) -> None:
    assert parse(show(expression)) == expression


@given(expressions, st.sets(st.sampled_from(NAMES)))
def test_parentheses_around_everything_change_nothing(
    expression: Expression, car: set[str]
) -> None:
    again = parse(f"(({show(expression)}))")
    assert holds(again, car) == holds(expression, car)


@given(expressions)
def test_codes_are_all_the_names(expression: Expression) -> None:
    assert codes(expression) == {name for name in NAMES if f" {name} " in spaced(expression)}


def spaced(expression: Expression) -> str:
    return f" {show(expression)} ".replace("(", " ").replace(")", " ")


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
