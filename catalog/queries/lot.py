"""The lot: every stock vehicle as it is now, in memory for search, from the database for one.

Each process looks at the reservations and at the version of the stock at most every `POLL_SECONDS` (two short
statements) and reads all vehicles only when one changed, so a reservation shows within a second everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock
from time import monotonic
from typing import Any

from django.db.models import Count, F, FilteredRelation, Max, Q, QuerySet, Sum

from catalog.domain.catalogue import Catalogue
from catalog.domain.incentives import NOBODY, Buyer
from catalog.domain.pricing import PriceSheet, read_price_sheet
from catalog.domain.stock import AVAILABLE, SOLD, Hold, free_at, status_of
from catalog.domain.stock_price import Standing, StockPricer, standing
from catalog.errors import UnknownVehicle
from catalog.models import Reservation, StockVehicle
from catalog.queries.on_sale import OnSale, on_sale
from catalog.queries.on_sale import release as release_of
from catalog.queries.pricing import next_change, quotas_used, stock_pricer
from catalog.search.embedded import EmbeddedSearch
from catalog.search.ports import Document, SearchEngine
from kernel.money import Money

POLL_SECONDS = 0.5
PAINT = "paint"
HELD = "held"
"""The availability of a car that cannot be had now, wherever it is."""


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """One physical car with its frozen truth. `state` is where it is, `status` whether it can be had now.

    `price` is what is asked (a demo car's is below `list_price`), without delivery fee; `price_sheet` is the frozen JSON
    that `catalog.domain.pricing.read_price_sheet` reads; `release` the code it was priced under; `place` a code.
    `total` is what anybody pays for it now: the total of `todays_sheet`.
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
    total: Money
    mileage_km: int
    built_on: date
    available_on: date


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything on the lot as of the last look: facts without regard to holds, and who holds what.

    `indexes` keeps one index a market, built when first asked for; `read` what was read of the cars' frozen sheets.
    """

    version: tuple[Any, ...]
    release: str
    facts: Mapping[str, VehicleFacts]
    holds: Mapping[str, Hold]
    indexes: dict[str, Index]
    read: dict[str, Standing]


@dataclass(frozen=True, slots=True)
class Index:
    """The cars of a market as they are from `start` until the next hold runs out or a price changes at `end`.

    `taken` is how much of the quotas was used; their prices hold while that is so.
    """

    cars: Mapping[str, VehicleFacts]
    taken: Mapping[str, int]
    engine: SearchEngine
    start: datetime
    end: datetime | None

    def covers(self, now: datetime) -> bool:
        """Whether the cars are still as indexed."""
        return self.start <= now and (self.end is None or now < self.end)


def vehicle(vin: str, now: datetime) -> VehicleFacts:
    """One car, fresh from the database, sold ones too; raises UnknownVehicle, NothingOnSale."""
    live = FilteredRelation("reservations", condition=Q(reservations__live=True))
    rows = _rows().annotate(live=live, holder=F("live__holder"), until=F("live__until"))
    row = rows.filter(vin=vin).first()
    if row is None:
        raise UnknownVehicle(f"vin: no car {vin[:40]!r} is in stock", facts={"vin": vin[:40]})
    hold = Hold(row.holder, row.until) if row.holder else None
    shelf = on_sale()
    facts = _at(_facts(row, _paints(shelf.catalogue), shelf.code), hold, now)
    return _Prices(shelf, facts.market, now).priced(facts, {})


def todays_sheet(facts: VehicleFacts, now: datetime, *, buyer: Buyer = NOBODY) -> PriceSheet:
    """The price sheet of a car at this moment, for everybody or for a buyer; raises NoTaxRule, UnknownVoucher."""
    return _Prices(on_sale(), facts.market, now, buyer).sheet(facts)


def index(market: str, now: datetime) -> Index:
    """The cars of a market that are not sold, ready to be searched; raises NothingOnSale."""
    shelf = on_sale()
    return _index(shelf, _LOT.present(shelf), market, now)


def look_again() -> None:
    """Have the next search of this process look at the database, whatever the interval says."""
    _LOT.look_again()


def forget() -> None:
    """Drop the snapshot: for a process that changes its database, as tests do."""
    _LOT.forget()


class _Prices:
    """What the cars of a market cost at a moment; a model that is not sold there any more has no offers."""

    def __init__(self, shelf: OnSale, market: str, now: datetime, buyer: Buyer = NOBODY) -> None:
        self._shelf, self._market, self._now, self._buyer = shelf, market, now, buyer
        self._pricers: dict[str, StockPricer] = {}

    def _pricer(self, facts: VehicleFacts) -> StockPricer:
        if facts.model not in self._pricers:
            known = self._shelf.catalogue.models.get(facts.model)
            model = known or release_of(facts.release).catalogue.models[facts.model]
            market = self._shelf.catalogue.markets[self._market]
            self._pricers[facts.model] = stock_pricer(
                self._shelf, model, market, self._now, buyer=self._buyer
            )
        return self._pricers[facts.model]

    def sheet(self, facts: VehicleFacts) -> PriceSheet:
        """The sheet of today."""
        return self._pricer(facts).sheet(_standing(facts))

    def priced(self, facts: VehicleFacts, known: dict[str, Standing]) -> VehicleFacts:
        """The car with its total of today; `known` keeps what was read of cars before."""
        if facts.vin not in known:
            known[facts.vin] = _standing(facts)
        total = self._pricer(facts).total(known[facts.vin])
        return (
            facts
            if total == facts.total.minor
            else replace(facts, total=Money(total, facts.price.currency))
        )


def _standing(facts: VehicleFacts) -> Standing:
    frozen = read_price_sheet(facts.price_sheet)
    return standing(frozen, asked=facts.price, options=facts.options)


def _index(shelf: OnSale, snapshot: Snapshot, market: str, now: datetime) -> Index:
    kept = snapshot.indexes.get(market)
    taken = quotas_used(shelf, market)
    if kept is not None and kept.covers(now) and kept.taken == taken:
        return kept
    prices = _Prices(shelf, market, now)
    cars = {
        vin: prices.priced(_at(facts, snapshot.holds.get(vin), now), snapshot.read)
        for vin, facts in snapshot.facts.items()
        if facts.market == market and facts.state != SOLD
    }
    ends = [hold.until for hold in snapshot.holds.values() if now < hold.until]
    change = next_change(shelf, shelf.catalogue.markets[market], now)
    ends += [change] if change else []
    engine = EmbeddedSearch(_document(car) for car in cars.values())
    made = Index(cars, taken, engine, now, min(ends, default=None))
    snapshot.indexes[market] = made
    return made


def _rows() -> QuerySet[StockVehicle]:
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
        total=Money(row.price, currency),
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
    holder = hold.holder if hold and until else None
    return replace(facts, status=status, free_at=until, holder=holder)


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
            "price": car.total.minor,
            "list_price": car.list_price.minor,
            "available_on": car.available_on.toordinal(),
            "mileage_km": car.mileage_km,
        },
    )


class _Lot:
    """What this process holds of the stock; one thread at a time reads the database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: Snapshot | None = None
        self._looked_at: float | None = None

    def present(self, shelf: OnSale) -> Snapshot:
        """The snapshot, at most one poll interval old."""
        with self._lock:
            held, at = self._held, self._looked_at
            fresh = at is not None and monotonic() - at < POLL_SECONDS
            if held is None or not fresh or held.release != shelf.code:
                started = monotonic()
                held = self._look(shelf, held)
                self._held, self._looked_at = held, started
            return held

    def _look(self, shelf: OnSale, before: Snapshot | None) -> Snapshot:
        # counts beside the moment of the last change: clocks of several machines do not agree
        states = {s: Count("pk", filter=Q(status=s)) for s in StockVehicle.STATUSES}
        summary = StockVehicle.objects.aggregate(
            changed=Max("changed_at"), last=Max("pk"), asked=Sum("price"), **states
        )
        version = (shelf.code, *summary.values())
        if before is None or before.version != version:
            paints = _paints(shelf.catalogue)
            facts = {row.vin: _facts(row, paints, shelf.code) for row in _rows()}
            read: dict[str, Standing] = {}
        else:
            facts, read = dict(before.facts), before.read
        live = Reservation.objects.filter(live=True).values_list("vehicle__vin", "holder", "until")
        holds = {vin: Hold(holder, until) for vin, holder, until in live}
        if before is not None and (before.version, before.holds) == (version, holds):
            return before
        return Snapshot(version, shelf.code, facts, holds, {}, read)

    def look_again(self) -> None:
        """See the module's function."""
        with self._lock:
            self._looked_at = None

    def forget(self) -> None:
        """See the module's function."""
        with self._lock:
            self._held, self._looked_at = None, None


_LOT = _Lot()
