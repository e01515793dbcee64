"""What a search engine over the stock must do. Engines read no tables: queries feed them documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

FACETS = ("model", "trim", "paint", "place", "availability")
"""Fields with countable values, in the order a page shows them."""
SORTS = ("price", "-price", "available_on", "mileage_km", "-list_price")
"""Orders of a result; `-` is descending; equal cars follow by VIN."""


@dataclass(frozen=True, slots=True)
class Document:
    """A car as search sees it: `facets` one value a field, `numbers` minor units, ordinal days, kilometres."""

    vin: str
    facets: Mapping[str, str]
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Query:
    """Any of the values within a field, all fields together; `at_most` and `at_least` bound numbers, inclusive.

    `after` is the place of the last car of the page before: its sort value and VIN.
    """

    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    sort: str = "price"
    limit: int = 24
    after: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """`vins` of this page; `place` of the last one when more follow; `total`; `facets` field -> value -> cars.

    A facet's counts obey every filter but its own.
    """

    vins: Sequence[str]
    place: tuple[int, str] | None
    total: int
    facets: Mapping[str, Mapping[str, int]]


class SearchEngine(Protocol):
    """Finds cars among the documents it was fed."""

    def search(self, query: Query) -> Found:
        """The cars that match; counts are exact."""
        ...
