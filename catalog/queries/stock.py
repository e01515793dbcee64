"""The stock for buyers: search with facets over the lot in memory, one vehicle from the database."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.domain.catalogue import Catalogue
from catalog.errors import BadCursor, BadFilter
from catalog.queries.configuring import selling
from catalog.queries.lot import (
    HELD,
    PAINT,
    VehicleFacts,
    forget,
    index,
    look_again,
    todays_sheet,
    vehicle,
)
from catalog.queries.on_sale import on_sale
from catalog.search.ports import FACETS, SORTS, Query
from kernel.text import Text, fingerprint

__all__ = [
    "Facet",
    "FacetValue",
    "StockFilters",
    "StockPage",
    "VehicleFacts",
    "forget",
    "look_again",
    "search_stock",
    "todays_sheet",
    "vehicle",
]

MOST = 100
"""Cars a page may have."""

AVAILABILITY: dict[str, Text] = {
    "in_stock": {"zh-hans": "现车", "en": "In stock"},
    "in_transit": {"zh-hans": "在途", "en": "On its way"},
    "demo": {"zh-hans": "试驾车", "en": "Demonstration car"},
    HELD: {"zh-hans": "已预留", "en": "Reserved"},
}
FACET_NAMES: dict[str, Text] = {
    "model": {"zh-hans": "车型", "en": "Model"},
    "trim": {"zh-hans": "版本", "en": "Trim"},
    "paint": {"zh-hans": "车身颜色", "en": "Paint"},
    "place": {"zh-hans": "门店", "en": "Place"},
    "availability": {"zh-hans": "状态", "en": "Availability"},
}


@dataclass(frozen=True, slots=True)
class StockFilters:
    """What to look for: any of the values within a field, all fields together; money in minor units."""

    model: tuple[str, ...] = ()
    trim: tuple[str, ...] = ()
    paint: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    price_max: int | None = None
    price_min: int | None = None


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value, its name, and how many cars there are with it under every other filter."""

    code: str
    name: Text
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A field with its values, most cars first."""

    code: str
    name: Text
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class StockPage:
    """A page of cars; `next` is the cursor of the page after it, if any."""

    items: tuple[VehicleFacts, ...]
    next: str | None
    facets: tuple[Facet, ...]
    total: int


def search_stock(
    *,
    market: str,
    filters: StockFilters,
    sort: str = "price",
    cursor: str | None = None,
    limit: int = 24,
    now: datetime,
) -> StockPage:
    """The cars of a market that match, sold ones left out, with exact facet counts.

    Raises UnknownMarket, MarketNotOnSale, BadFilter for a sort order or a limit that does not exist, BadCursor.
    """
    shelf = on_sale()
    selling(shelf.catalogue, market)
    if sort not in SORTS:
        raise BadFilter(
            f"sort: {sort[:40]!r} is none of {', '.join(SORTS)}", facts={"field": "sort"}
        )
    if not 1 <= limit <= MOST:
        raise BadFilter(f"limit: between 1 and {MOST}", facts={"field": "limit"})
    query = _query(market, filters, sort, limit, cursor)
    lot = index(market, now)
    found = lot.engine.search(query)
    return StockPage(
        items=tuple(lot.cars[vin] for vin in found.vins),
        next=_cursor(query, market, found.place) if found.place else None,
        facets=_facets(shelf.catalogue, market, query.filters, found.facets),
        total=found.total,
    )


def _query(market: str, filters: StockFilters, sort: str, limit: int, cursor: str | None) -> Query:
    chosen = {name: frozenset(getattr(filters, name)) for name in FACETS}
    query = Query(
        filters={name: values for name, values in chosen.items() if values},
        at_most={} if filters.price_max is None else {"price": filters.price_max},
        at_least={} if filters.price_min is None else {"price": filters.price_min},
        sort=sort,
        limit=limit,
    )
    if cursor is None:
        return query
    place = _read_cursor(cursor, _print(query, market))
    return Query(query.filters, query.at_most, query.at_least, sort, limit, place)


def _print(query: Query, market: str) -> str:
    filters = {name: sorted(values) for name, values in query.filters.items()}
    return fingerprint([market, filters, dict(query.at_most), dict(query.at_least), query.sort])[
        :16
    ]


def _cursor(query: Query, market: str, place: tuple[int, str]) -> str:
    plain = json.dumps([_print(query, market), *place]).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _read_cursor(cursor: str, wanted: str) -> tuple[int, str]:
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        search, number, vin = json.loads(plain)
        place = (int(number), str(vin))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadCursor("cursor: cannot be read", facts={"field": "cursor"}) from None
    if search != wanted:
        raise BadCursor("cursor: belongs to another search", facts={"field": "cursor"})
    return place


def _facet_names(catalogue: Catalogue) -> dict[tuple[str, str], Text]:
    names: dict[tuple[str, str], Text] = {("availability", c): n for c, n in AVAILABILITY.items()}
    names |= {("place", place["code"]): place["name"] for place in catalogue.places}
    for model in catalogue.models.values():
        names["model", model.code] = model.name
        names |= {("trim", trim.code): trim.name for trim in model.trims}
        names |= {("paint", o.code): o.name for o in model.options if o.group == PAINT}
    return names


def _facets(
    catalogue: Catalogue,
    market: str,
    chosen: Mapping[str, frozenset[str]],
    counts: Mapping[str, Mapping[str, int]],
) -> tuple[Facet, ...]:
    names = _facet_names(catalogue)
    return tuple(
        Facet(
            name,
            FACET_NAMES[name],
            _values(name, chosen.get(name, frozenset()), counts[name], names),
        )
        for name in FACETS
    )


def _values(
    field: str,
    chosen: Iterable[str],
    counts: Mapping[str, int],
    names: Mapping[tuple[str, str], Text],
) -> tuple[FacetValue, ...]:
    """The values that some car has, and the chosen ones even where no car is left."""
    picked = set(chosen)
    found = {**dict.fromkeys(picked, 0), **counts}
    found.pop("", None)
    return tuple(
        FacetValue(
            code, names.get((field, code), {"zh-hans": code, "en": code}), count, code in picked
        )
        for code, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    )
