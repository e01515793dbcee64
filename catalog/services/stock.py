"""Holding a stock vehicle for a buyer: exactly one holder at a time, whatever races (docs/rules/stock.md).

PostgreSQL locks the vehicle's row, SQLite has one writer; the unique live reservation is the last word on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from catalog.domain.stock import AVAILABLE, HELD, SOLD, Hold, free_at, status_of
from catalog.errors import NotTheHolder, UnknownVehicle, VehicleNotAvailable
from catalog.events import StockChanged
from catalog.models import Reservation, StockVehicle, locks
from catalog.queries.stock import look_again
from kernel.eventbus import publish


@dataclass(frozen=True, slots=True)
class ReservationFacts:
    """Who holds which car until when, exclusive."""

    vin: str
    holder: str
    reserved_at: datetime
    until: datetime


def _locked(vin: str) -> StockVehicle:
    row = locks.vehicle(vin)
    if row is None:
        raise UnknownVehicle(f"vin: no car {vin[:40]!r} is in stock", facts={"vin": vin[:40]})
    return row


def _live(row: StockVehicle) -> Reservation | None:
    return Reservation.objects.filter(vehicle=row, live=True).first()


def _end(held: Reservation, because: str, now: datetime) -> None:
    held.live, held.ended_at, held.ended_because = False, now, because
    held.save(update_fields=["live", "ended_at", "ended_because"])
    transaction.on_commit(look_again)


def _told(row: StockVehicle, held: Reservation) -> ReservationFacts:
    transaction.on_commit(look_again)
    return ReservationFacts(row.vin, held.holder, held.reserved_at, held.until)


def _refused(row: StockVehicle, hold: Hold | None, now: datetime) -> VehicleNotAvailable:
    until = free_at(row.status, hold, now)
    return VehicleNotAvailable(
        f"car {row.vin} is {'held for another buyer' if until else 'not for sale'}",
        facts={"vin": row.vin, "free_at": until.isoformat() if until else None},
    )


def reserve_vehicle(*, vin: str, holder: str, until: datetime, now: datetime) -> ReservationFacts:
    """Holds a free car for `holder`; asking again as the same holder gives the reservation it has.

    A hold that ran out makes room. Raises UnknownVehicle, VehicleNotAvailable with `facts.free_at`.
    """
    try:
        with transaction.atomic():
            return _reserve(vin, holder, until, now)
    except IntegrityError:
        # another transaction holds it although the row was ours: only a database without row locks gets here
        raise VehicleNotAvailable(
            f"car {vin} is held for another buyer", facts={"vin": vin, "free_at": None}
        ) from None


def _reserve(vin: str, holder: str, until: datetime, now: datetime) -> ReservationFacts:
    row = _locked(vin)
    held = _live(row)
    hold = Hold(held.holder, held.until) if held else None
    if held is not None and held.holder == holder and now < held.until:
        return _told(row, held)
    if status_of(row.status, hold, now) != AVAILABLE:
        raise _refused(row, hold, now)
    if held is not None:
        _end(held, "expired", now)
    made = Reservation.objects.create(vehicle=row, holder=holder, reserved_at=now, until=until)
    publish(StockChanged(vin, HELD, now))
    return _told(row, made)


@transaction.atomic
def extend_reservation(
    *, vin: str, holder: str, until: datetime, now: datetime
) -> ReservationFacts:
    """Prolongs the holder's reservation to `until`, also one that ran out (swept or not) while nobody took the car.

    Raises UnknownVehicle, NotTheHolder.
    """
    return extend_within(vin=vin, holder=holder, until=until, now=now)


def extend_within(*, vin: str, holder: str, until: datetime, now: datetime) -> ReservationFacts:
    """As `extend_reservation`, in the caller's transaction; what it raises, it raises before it writes."""
    row = _locked(vin)
    held = _live(row) or _swept(row, holder, now)
    if held is None or held.holder != holder:
        raise NotTheHolder(f"car {vin} is not held for {holder}", facts={"vin": vin})
    held.until = until
    held.save(update_fields=["until"])
    return _told(row, held)


def _swept(row: StockVehicle, holder: str, now: datetime) -> Reservation | None:
    """A new hold for whoever held the car last, if the schedule ended that hold and the car is still there."""
    last = Reservation.objects.filter(vehicle=row).order_by("-pk").first()
    ours = last is not None and (last.holder, last.ended_because) == (holder, "expired")
    if not ours or status_of(row.status, None, now) != AVAILABLE:
        return None
    publish(StockChanged(row.vin, HELD, now))
    return Reservation.objects.create(vehicle=row, holder=holder, reserved_at=now, until=now)


@transaction.atomic
def release_reservation(*, vin: str, holder: str, now: datetime) -> bool:
    """Gives the car free again; False when the holder did not hold it any more. Raises UnknownVehicle."""
    row = _locked(vin)
    held = _live(row)
    if held is None or held.holder != holder:
        return False
    _end(held, "released", now)
    publish(StockChanged(vin, status_of(row.status, None, now), now))
    return True


@transaction.atomic
def sell_vehicle(*, vin: str, holder: str, now: datetime) -> None:
    """Marks the holder's car as sold; raises UnknownVehicle, NotTheHolder."""
    publish(sell_within(vin=vin, holder=holder, now=now))


def sell_within(*, vin: str, holder: str, now: datetime) -> StockChanged:
    """As `sell_vehicle`, in the caller's transaction, who publishes the event that it gives.

    What it raises, it raises before it writes.
    """
    row = _locked(vin)
    held = _live(row)
    if held is None or held.holder != holder:
        raise NotTheHolder(f"car {vin} is not held for {holder}", facts={"vin": vin})
    _end(held, "sold", now)
    row.status, row.changed_at = "sold", now
    row.save(update_fields=["status", "changed_at"])
    return StockChanged(vin, SOLD, now)


@transaction.atomic
def expire_reservations(*, now: datetime) -> int:
    """Ends every live reservation that ran out; how many. Run by the schedule, safe to run twice."""
    over = Reservation.objects.filter(live=True, until__lte=now).select_related("vehicle")
    cars = {held.pk: held.vehicle for held in over.select_for_update(of=("self",))}
    ended = Reservation.objects.filter(pk__in=cars, live=True).update(
        live=False, ended_at=now, ended_because="expired"
    )
    for car in cars.values():
        publish(StockChanged(car.vin, status_of(car.status, None, now), now))
    if ended:
        transaction.on_commit(look_again)
    return ended
