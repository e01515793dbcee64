"""Rules as tests of bits say what rules say of codes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain.catalogue import Rule
from catalog.domain.configuration.expression import (
    FALSE,
    TRUE,
    And,
    Atom,
    Count,
    Expression,
    InMarket,
    Not,
    Or,
    holds,
)
from catalog.domain.configuration.masks import Bits, MaskedRule, compiled, numbers, trigger
from catalog.domain.configuration.rules import ActiveRule
from catalog.errors import ExpressionError

CODES = ("trim:base", "trim:top", *(f"o{n}" for n in range(12)))
BITS = Bits(CODES)
sets = st.frozensets(st.sampled_from(CODES))
some = st.lists(st.sampled_from(CODES), min_size=1, max_size=4, unique=True).map(tuple)
counts = st.builds(
    Count, st.sampled_from(("exactly", "at most", "at least")), st.integers(0, 4), some
)
expressions: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(st.builds(Atom, st.sampled_from(CODES)), counts, st.sampled_from((TRUE, FALSE))),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
MANY = settings(max_examples=300, deadline=None)


@given(sets)
def test_a_mask_gives_its_codes_back_in_the_models_order(on_car: frozenset[str]) -> None:
    mask = BITS.mask(on_car)
    assert BITS.codes(mask) == tuple(code for code in CODES if code in on_car)
    assert [BITS.number[code] for code in BITS.codes(mask)] == numbers(mask)
    assert BITS.codes(mask) == BITS.codes(mask)


@MANY
@given(expressions, sets)
def test_a_compiled_expression_holds_of_the_same_cars(
    expression: Expression, on_car: frozenset[str]
) -> None:
    assert compiled(expression, BITS)(BITS.mask(on_car)) == holds(expression, on_car)


@MANY
@given(expressions, sets)
def test_without_its_trigger_an_expression_is_false(
    expression: Expression, on_car: frozenset[str]
) -> None:
    woken_by = trigger(expression, BITS)
    if woken_by is not None and not BITS.mask(on_car) & woken_by:
        assert not holds(expression, on_car)


@st.composite
def rules(draw: st.DrawFn) -> ActiveRule:
    """A rule of any kind."""
    kind = draw(
        st.sampled_from(
            ("requires", "boolean", "excludes", "includes", "exactly", "at_most", "at_least")
        )
    )
    codes = draw(some)
    authored = Rule(
        "r", kind, {}, excluded=codes, adds=codes, of=codes, count=draw(st.integers(0, 3))
    )
    when = draw(st.one_of(st.none(), expressions))
    trims = draw(st.sampled_from((frozenset[str](), frozenset({"trim:top"}))))
    return ActiveRule(authored, when, draw(st.one_of(st.none(), expressions)), trims)


@MANY
@given(rules(), sets)
def test_a_masked_rule_speaks_and_is_kept_as_the_rule_itself(
    rule: ActiveRule, on_car: frozenset[str]
) -> None:
    masked, mask = MaskedRule(rule, BITS), BITS.mask(on_car)
    assert masked.speaks(mask) == rule.speaks(on_car)
    assert masked.kept(mask) == rule.kept(on_car)
    if mask and not mask & masked.wakes:  # every car has a bit, its trim
        assert not rule.speaks(on_car)


def test_a_rule_of_a_kind_that_bits_do_not_know_is_asked_itself() -> None:
    lead = ActiveRule(Rule("r", "lead", {}, add_days=3), Atom("o1"), Atom("o2"), frozenset())
    masked = MaskedRule(lead, BITS)
    assert not masked.kept(BITS.mask({"o1"}))
    assert masked.kept(BITS.mask({"o1", "o2"}))
    assert masked.kept(BITS.mask(()))


def test_no_car_says_in_which_market_it_is() -> None:
    unsettled = compiled(InMarket("CN"), BITS)
    with pytest.raises(ExpressionError):
        unsettled(BITS.mask({"o1"}))
