"""The stock: search over a snapshot in memory, one vehicle from the database.

Each process looks at the reservations and at the version of the stock at most every `POLL_SECONDS` (two short
statements) and reads all vehicles only when one changed, so a reservation shows within a second everywhere.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from time import monotonic
from typing import Any

from django.db.models import Count, Max, Sum

from catalog.domain.catalogue import Catalogue
from catalog.domain.stock import AVAILABLE, SOLD, Hold, free_at, status_of
from catalog.errors import BadCursor, BadFilter, UnknownVehicle
from catalog.models import Reservation, StockVehicle
from catalog.queries.configuring import selling
from catalog.queries.on_sale import OnSale, on_sale
from catalog.search.embedded import EmbeddedSearch
from catalog.search.ports import FACETS, SORTS, Document, Query, SearchEngine
from kernel.money import Money
from kernel.text import Text, fingerprint

POLL_SECONDS = 0.5
MOST = 100
"""Cars a page may have."""
PAINT = "paint"
HELD = "held"

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
class VehicleFacts:
    """One physical car with its frozen truth. `state` is where it is, `status` whether it can be had now.

    `price` is what is asked (a demo car's is below `list_price`), without delivery fee; `price_sheet` is the JSON that
    `catalog.domain.pricing.read_price_sheet` reads; `release` the code it was priced under; `place` a code.
    """

    vin: str
    market: str
    model: str
    trim: str
    model_year: str
    choices: tuple[str, ...]
    options: tuple[str, ...]
    paint: str | None
    place: str
    state: str
    status: str
    free_at: datetime | None
    holder: str | None
    release: str
    price_sheet: Mapping[str, Any]
    list_price: Money
    price: Money
    mileage_km: int
    built_on: date
    available_on: date


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


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Everything on the lot as of the last look: facts without regard to holds, and who holds what.

    `indexes` keeps one index a market, built when first asked for.
    """

    version: tuple[Any, ...]
    release: str
    facts: Mapping[str, VehicleFacts]
    holds: Mapping[str, Hold]
    indexes: dict[str, _Index]


@dataclass(frozen=True, slots=True)
class _Index:
    """The cars of a market as they are from `start` until the next hold runs out at `end`."""

    cars: Mapping[str, VehicleFacts]
    engine: SearchEngine
    start: datetime
    end: datetime | None

    def covers(self, now: datetime) -> bool:
        return self.start <= now and (self.end is None or now < self.end)


def vehicle(vin: str, now: datetime) -> VehicleFacts:
    """One car, fresh from the database, sold ones too; raises UnknownVehicle, NothingOnSale."""
    row = _rows().filter(vin=vin).first()
    if row is None:
        raise UnknownVehicle(f"vin: no car {vin[:40]!r} is in stock", facts={"vin": vin[:40]})
    held = Reservation.objects.filter(vehicle=row, live=True).first()
    hold = Hold(held.holder, held.until) if held else None
    return _at(_facts(row, _paints(on_sale().catalogue), on_sale().code), hold, now)


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
    index = _index(_LOT.present(shelf), market, now)
    found = index.engine.search(query)
    return StockPage(
        items=tuple(index.cars[vin] for vin in found.vins),
        next=_cursor(query, market, found.place) if found.place else None,
        facets=_facets(shelf.catalogue, market, query.filters, found.facets),
        total=found.total,
    )


def look_again() -> None:
    """Have the next search of this process look at the database, whatever the interval says."""
    _LOT.look_again()


def forget() -> None:
    """Drop the snapshot: for a process that changes its database, as tests do."""
    _LOT.forget()


def _index(snapshot: _Snapshot, market: str, now: datetime) -> _Index:
    kept = snapshot.indexes.get(market)
    if kept is not None and kept.covers(now):
        return kept
    cars = {
        vin: _at(facts, snapshot.holds.get(vin), now)
        for vin, facts in snapshot.facts.items()
        if facts.market == market and facts.state != SOLD
    }
    ends = [hold.until for hold in snapshot.holds.values() if now < hold.until]
    engine = EmbeddedSearch(_document(car) for car in cars.values())
    made = _Index(cars, engine, now, min(ends, default=None))
    snapshot.indexes[market] = made
    return made


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


def _rows() -> Any:
    return StockVehicle.objects.select_related("market", "model", "place", "release")


def _paints(catalogue: Catalogue) -> frozenset[str]:
    models = catalogue.models.values()
    return frozenset(option.code for m in models for option in m.options if option.group == PAINT)


def _facts(row: StockVehicle, paints: frozenset[str], release: str) -> VehicleFacts:
    currency = row.currency
    return VehicleFacts(
        vin=row.vin,
        market=row.market.code,
        model=row.model.code,
        trim=row.trim,
        model_year=row.model_year,
        choices=tuple(row.choices),
        options=tuple(row.options),
        paint=next((code for code in row.options if code in paints), None),
        place=row.place.code,
        state=row.status,
        status=AVAILABLE,
        free_at=None,
        holder=None,
        release=row.release.code if row.release else release,
        price_sheet=row.price_sheet,
        list_price=Money(row.list_price, currency),
        price=Money(row.price, currency),
        mileage_km=row.mileage_km,
        built_on=row.built_on,
        available_on=row.available_on,
    )


def _at(facts: VehicleFacts, hold: Hold | None, now: datetime) -> VehicleFacts:
    """The facts with who holds the car at a moment."""
    status = status_of(facts.state, hold, now)
    if status == facts.status:
        return facts
    until = free_at(facts.state, hold, now)
    values = {name: getattr(facts, name) for name in VehicleFacts.__dataclass_fields__}
    values |= {
        "status": status,
        "free_at": until,
        "holder": hold.holder if hold and until else None,
    }
    return VehicleFacts(**values)


def _document(car: VehicleFacts) -> Document:
    return Document(
        vin=car.vin,
        facets={
            "model": car.model,
            "trim": car.trim,
            "paint": car.paint or "",
            "place": car.place,
            "availability": car.state if car.status == AVAILABLE else HELD,
        },
        numbers={
            "price": car.price.minor,
            "list_price": car.list_price.minor,
            "available_on": car.available_on.toordinal(),
            "mileage_km": car.mileage_km,
        },
    )


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


class _Lot:
    """What this process holds of the stock; one thread at a time reads the database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: _Snapshot | None = None
        self._looked_at: float | None = None

    def present(self, shelf: OnSale) -> _Snapshot:
        """The snapshot, at most one poll interval old."""
        with self._lock:
            held, at = self._held, self._looked_at
            fresh = at is not None and monotonic() - at < POLL_SECONDS
            if held is None or not fresh or held.release != shelf.code:
                started = monotonic()
                held = self._look(shelf, held)
                self._held, self._looked_at = held, started
            return held

    def _look(self, shelf: OnSale, before: _Snapshot | None) -> _Snapshot:
        summary = StockVehicle.objects.aggregate(
            count=Count("pk"), changed=Max("changed_at"), last=Max("pk"), asked=Sum("price")
        )
        version = (shelf.code, *summary.values())
        if before is None or before.version != version:
            paints = _paints(shelf.catalogue)
            facts = {row.vin: _facts(row, paints, shelf.code) for row in _rows()}
        else:
            facts = dict(before.facts)
        live = Reservation.objects.filter(live=True).values_list("vehicle__vin", "holder", "until")
        holds = {vin: Hold(holder, until) for vin, holder, until in live}
        if before is not None and (before.version, before.holds) == (version, holds):
            return before
        return _Snapshot(version, shelf.code, facts, holds, {})

    def look_again(self) -> None:
        """See the module's function."""
        with self._lock:
            self._looked_at = None

    def forget(self) -> None:
        """See the module's function."""
        with self._lock:
            self._held, self._looked_at = None, None


_LOT = _Lot()
