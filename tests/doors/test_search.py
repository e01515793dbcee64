"""One suite for every search engine behind the port: what is found, how it is counted, how pages follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.embedded import EmbeddedSearch
from catalog.search.ports import FACETS, SORTS, Document, Query, SearchEngine

ENGINES: list[Callable[[Sequence[Document]], SearchEngine]] = [EmbeddedSearch]
VALUES = ("a", "b", "c")


@st.composite
def lots(draw: Callable[[Any], Any]) -> list[Document]:
    """A lot of a few cars."""
    value, number = st.sampled_from(VALUES), st.integers(0, 5)
    names = ("price", "list_price", "available_on", "mileage_km")
    return [
        Document(
            vin=f"VIN{place:02}",
            facets={name: draw(value) for name in FACETS},
            numbers={name: draw(number) for name in names},
        )
        for place in range(draw(st.integers(0, 12)))
    ]


queries = st.builds(
    Query,
    filters=st.dictionaries(
        st.sampled_from(FACETS), st.frozensets(st.sampled_from((*VALUES, "z")), max_size=2)
    ),
    at_most=st.dictionaries(st.just("price"), st.integers(0, 5)),
    at_least=st.dictionaries(st.just("price"), st.integers(0, 5)),
    sort=st.sampled_from(SORTS),
    limit=st.integers(1, 5),
)


def matches(document: Document, query: Query, without: str = "") -> bool:
    return (
        all(
            not values or name == without or document.facets[name] in values
            for name, values in query.filters.items()
        )
        and all(document.numbers[name] <= most for name, most in query.at_most.items())
        and all(document.numbers[name] >= least for name, least in query.at_least.items())
    )


@pytest.mark.parametrize("engine", ENGINES)
@given(lots(), queries)
def test_pages_hold_every_match_once_in_order(
    engine: Callable[[Sequence[Document]], SearchEngine], lot: list[Document], query: Query
) -> None:
    search = engine(lot)
    seen: list[str] = []
    after = None
    while True:
        found = search.search(
            Query(query.filters, query.at_most, query.at_least, query.sort, query.limit, after)
        )
        seen += found.vins
        after = found.place
        if after is None:
            break
    name, sign = query.sort.removeprefix("-"), -1 if query.sort.startswith("-") else 1
    expected = sorted(
        (d for d in lot if matches(d, query)), key=lambda d: (sign * d.numbers[name], d.vin)
    )
    assert seen == [document.vin for document in expected]
    assert found.total == len(expected)


@pytest.mark.parametrize("engine", ENGINES)
@given(lots(), queries)
def test_a_facet_ignores_its_own_filter_and_counts_exactly(
    engine: Callable[[Sequence[Document]], SearchEngine], lot: list[Document], query: Query
) -> None:
    found = engine(lot).search(query)
    for name in FACETS:
        expected = Counter(d.facets[name] for d in lot if matches(d, query, without=name))
        assert dict(found.facets[name]) == dict(expected)
