"""Random expressions of the rule language for hypothesis."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from catalog.domain.configuration.expression import (
    Atom,
    Count,
    Expression,
    InMarket,
    Not,
    OnDay,
    conjunction,
    disjunction,
)

NAMES = ("a", "paint-ink", "trim:voyage", "bat-120", "wheel-19.5")
WORDS = ("exactly", "at", "from", "until", "of", "most", "always", "on", "requires")
"""Words of the language, which are option codes like any other."""

days_ = st.dates(date(2000, 1, 1), date(2199, 12, 31))
atoms: st.SearchStrategy[Expression] = st.sampled_from((*NAMES, *WORDS)).map(Atom)


def counts(names: tuple[str, ...]) -> st.SearchStrategy[Expression]:
    """Counts of some of the names that are neither above what is named nor below zero."""
    return st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True).flatmap(
        lambda codes: st.builds(
            Count,
            st.sampled_from(("exactly", "at most", "at least")),
            st.integers(0, len(codes)),
            st.just(tuple(codes)),
        )
    )


facts: st.SearchStrategy[Expression] = st.one_of(
    st.sampled_from(("CN", "DE")).map(InMarket),
    st.builds(OnDay, st.sampled_from(("from", "until")), days_),
)


def joined(leaves: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Expressions over such leaves, as the parser builds them."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=4).map(conjunction),
            st.lists(inner, min_size=2, max_size=4).map(disjunction),
        ),
        max_leaves=12,
    )


expressions = joined(st.one_of(atoms, atoms, counts(NAMES), facts))
