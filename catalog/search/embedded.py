"""The search engine inside the process: exact, over a few thousand cars; a set of places for each value."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping

from catalog.search.ports import FACETS, SORTS, Document, Found, Query


class EmbeddedSearch:
    """An immutable index of some documents; safe to share between threads."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Indexes every facet and sorts once for each order."""
        self._documents = tuple(documents)
        everything = range(len(self._documents))
        self._all = frozenset(everything)
        self._having: dict[tuple[str, str], set[int]] = {}
        for place, document in enumerate(self._documents):
            for name, value in document.facets.items():
                self._having.setdefault((name, value), set()).add(place)
        self._keys = {sort: [self._key(sort, place) for place in everything] for sort in SORTS}
        self._orders = {
            sort: sorted(everything, key=keys.__getitem__) for sort, keys in self._keys.items()
        }

    def _key(self, sort: str, place: int) -> tuple[int, str]:
        document = self._documents[place]
        number = document.numbers[sort.removeprefix("-")]
        return (-number if sort.startswith("-") else number, document.vin)

    def search(self, query: Query) -> Found:
        """See `SearchEngine.search`."""
        bounded = self._bounded(query)
        matching = {
            name: self._any(name, values) for name, values in query.filters.items() if values
        }
        hits = bounded.intersection(*matching.values())
        page, place = self._page(query, hits)
        return Found(
            vins=[self._documents[hit].vin for hit in page],
            place=place,
            total=len(hits),
            facets={name: self._counts(name, bounded, matching) for name in FACETS},
        )

    def _any(self, name: str, values: Iterable[str]) -> set[int]:
        return set().union(*(self._having.get((name, value), set()) for value in values))

    def _bounded(self, query: Query) -> frozenset[int]:
        if not query.at_most and not query.at_least:
            return self._all
        return frozenset(
            place
            for place in self._all
            if all(self._documents[place].numbers[n] <= most for n, most in query.at_most.items())
            and all(
                self._documents[place].numbers[n] >= least for n, least in query.at_least.items()
            )
        )

    def _counts(
        self, name: str, bounded: frozenset[int], matching: Mapping[str, set[int]]
    ) -> Mapping[str, int]:
        others = [places for field, places in matching.items() if field != name]
        seen = bounded.intersection(*others)
        return Counter(self._documents[place].facets[name] for place in seen)

    def _page(self, query: Query, hits: frozenset[int]) -> tuple[list[int], tuple[int, str] | None]:
        keys = self._keys[query.sort]
        ordered = [place for place in self._orders[query.sort] if place in hits]
        start = 0
        if query.after is not None:
            start = bisect_right(ordered, query.after, key=keys.__getitem__)
        page = ordered[start : start + query.limit]
        more = start + query.limit < len(ordered)
        return page, keys[page[-1]] if page and more else None
