"""What is asked of a search engine and what it answers: one request, one answer, whichever engine (`docs/rules/search.md`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SINGLE = ("model", "trim", "paint", "interior", "place", "city", "body", "energy", "availability")
"""Fields of which a car has one value; several chosen values widen the search, a field's own choice is left out of its counts."""
MANY = ("option",)
"""Fields of which a car has several values; every chosen one must be there, and counts obey the choice."""
NUMBERS = ("price", "list_price", "monthly", "available_on", "mileage_km", "range_km", "changed")
"""What can be bounded and sorted by: minor units, days since year 1, kilometres, a running number."""


@dataclass(frozen=True, slots=True)
class Car:
    """A car as search sees it; `place` leads to a position on the map, `options` are codes, `numbers` has every NUMBERS."""

    vin: str
    values: Mapping[str, str]
    options: frozenset[str]
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Span:
    """Both ends included; None is open."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """Any of the values within a SINGLE field, all of the options, every span, all together.

    `near` maps places to whole kilometres from where the buyer is; only cars at such a place are found, and the sort
    `distance` orders by it. `sort` is a NUMBERS name or `distance`, `-` before it is descending; equal cars follow by VIN.
    `after` is the sort value and VIN of the last car of the page before. `first` are VINs that marketers pinned: those
    that match come first, in that order, on the first page, and nowhere else. `vins` narrows to these cars.
    """

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    options: frozenset[str] = frozenset()
    spans: Mapping[str, Span] = field(default_factory=dict)
    near: Mapping[str, int] | None = None
    sort: str = "price"
    limit: int = 24
    after: tuple[int, str] | None = None
    first: Sequence[str] = ()
    vins: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`vins` of the page; `place` of the last when more follow; `total`; `facets` field -> value -> cars, no zeros."""

    vins: tuple[str, ...]
    place: tuple[int, str] | None
    total: int
    facets: Mapping[str, Mapping[str, int]]
