"""The car on its way to its buyer: built or taken from stock, sent, ready to be inspected.

Each move may be made twice without harm: the second one finds the order where it should be.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from catalog.domain.vin import check_digit, check_vin
from catalog.errors import UnknownVehicle, VehicleNotAvailable
from catalog.queries.on_sale import on_sale
from catalog.queries.stock import VehicleFacts, vehicle
from catalog.services.stock import reserve_vehicle
from checkout.domain.amounts import money_json
from checkout.domain.delivery_stages import Stage
from checkout.domain.order import Delivery, Move, State
from checkout.errors import OrderStateConflict
from checkout.events import OrderMoved
from checkout.models import Order
from checkout.queries.delivery_terms import defect_open
from checkout.queries.insurance import today_of
from checkout.queries.paid import standing_of
from checkout.services.balance import demand
from checkout.services.history import tell
from checkout.services.moving import acting, checked_move, conflict, locked
from checkout.services.orders import HOLD_FOR_ORDER
from checkout.services.policies import tell_vin
from checkout.services.priority import say_outcome
from checkout.services.stages import record_stage

CHECK_DIGIT = "vehicle.vin.check_digit"
"""The law's key: where it says so, position 9 of a VIN is a check digit."""
_BUILT_IN = frozenset({State.IN_PRODUCTION, State.IN_TRANSIT})


def start_production(*, order: str, actor: str, now: datetime) -> None:
    """The factory begins the car. Raises UnknownOrder, OrderStateConflict (also where the order has a car already)."""
    with transaction.atomic():
        row = locked(order)
        if row.state == State.IN_PRODUCTION:
            return
        moved = checked_move(row, Move.START_PRODUCTION, acting(actor), now)
        row.save(update_fields=moved)
        record_stage(
            row=row, stage=Stage.PRODUCTION_STARTED, actor=actor, now=now, also=_moved(row, now)
        )
        tell(order=row, kind="production-started", actor=actor, facts={}, now=now)


def allocate(*, order: str, vin: str | None = None, actor: str, now: datetime) -> None:
    """Give a locked order its car: `vin`, or None for the stock vehicle that it was ordered with.

    A car in stock must be the one that was ordered, and is held for the order; any other VIN is taken by its form, and by
    its check digit where the market's law has one. Raises UnknownOrder, OrderStateConflict, BadVin, VehicleNotAvailable.
    """
    with transaction.atomic():
        row = locked(order)
        if row.state == State.ALLOCATED and vin in {None, row.vin}:
            return
        moved = checked_move(row, Move.ALLOCATE, acting(actor), now)
        _take(row, vin or row.vin, Move.ALLOCATE, now)
        _save(row, *moved, "vin")
        tell_vin(row=row, now=now)
        record_stage(row=row, stage=Stage.ALLOCATED, actor=actor, now=now, also=_moved(row, now))
        tell(order=row, kind="car-allocated", actor=actor, facts={"vin": row.vin}, now=now)


def name_car(*, order: str, vin: str, actor: str, now: datetime) -> None:
    """Give the car that is built for an order its VIN; the same one twice is one.

    Raises UnknownOrder, OrderStateConflict where nothing is built or the car has another VIN, BadVin, VehicleNotAvailable.
    """
    with transaction.atomic():
        row = locked(order)
        if row.vin == vin:
            return
        if State(row.state) not in _BUILT_IN or row.vin:
            raise conflict(row, "name-car", f"the order is {row.state}; its car: {row.vin or '-'}")
        _take(row, vin, "name-car", now)
        _save(row, "vin")
        tell_vin(row=row, now=now)
        tell(order=row, kind="car-named", actor=actor, facts={"vin": vin}, now=now)


def dispatch(*, order: str, actor: str, now: datetime, at: datetime | None = None) -> None:
    """The car leaves for the place of handover, or left `at` a moment before. Raises UnknownOrder, OrderStateConflict."""
    with transaction.atomic():
        row = locked(order)
        if row.state == State.IN_TRANSIT:
            return
        moved = checked_move(row, Move.DISPATCH, acting(actor), now)
        row.delivery_state = Delivery.ON_ITS_WAY
        row.save(update_fields=[*moved, "delivery_state"])
        record_stage(
            row=row, stage=Stage.DEPARTED, actor=actor, now=now, at=at, also=_moved(row, now)
        )
        tell(order=row, kind="car-dispatched", actor=actor, facts={"vin": row.vin}, now=now)


def make_ready(*, order: str, actor: str, now: datetime) -> None:
    """The car stands ready for the buyer's inspection; only from now on the balance may be demanded.

    Creates the payment of the balance; where nothing is due, the balance is paid at once. Raises UnknownOrder,
    OrderStateConflict (also while the car has no VIN, or a defect).
    """
    with transaction.atomic():
        row = locked(order)
        if row.state == State.INSPECTION_READY:
            return
        if defect_open(row):
            words = "the last inspection found a defect; inspect the car again"
            raise conflict(row, Move.MAKE_READY, words)
        moved = checked_move(row, Move.MAKE_READY, acting(actor), now)
        row.delivery_state = Delivery.READY
        row.save(update_fields=[*moved, "delivery_state"])
        record_stage(row=row, stage=Stage.READY, actor=actor, now=now)
        say_outcome(row=row, now=now)
        money = standing_of(row)
        facts = {"vin": row.vin, "balance": money_json(money.due)}
        tell(order=row, kind="car-ready", actor=actor, facts=facts, now=now)
        demand(row, money, now=now)


def _moved(row: Order, now: datetime) -> tuple[OrderMoved]:
    return (OrderMoved(order=row.code, state=str(row.state), at=now),)


def _take(row: Order, vin: str, move: str, now: datetime) -> None:
    """Put `vin` on the order, held for it where the car is in stock."""
    if not vin:
        raise conflict(row, move, "the order has no car of its own; say which VIN it gets")
    if row.vin and vin != row.vin:
        raise conflict(row, move, f"the order is for car {row.vin}, not for {vin}")
    try:
        car = vehicle(vin, now)
    except UnknownVehicle:
        _check_form(row, vin, now)
    else:
        _check_same_car(row, car, move)
        reserve_vehicle(vin=vin, holder=row.code, until=now + HOLD_FOR_ORDER, now=now)
    row.vin = vin


def _check_form(row: Order, vin: str, now: datetime) -> None:
    law = on_sale().catalogue.law.ask(row.market, CHECK_DIGIT, today_of(row, now))
    if law is not None and law.value:
        check_vin(vin)
    else:
        check_digit(vin)  # refuses a wrong length and letters no VIN has


def _check_same_car(row: Order, car: VehicleFacts, move: str) -> None:
    """The car in stock is the one that was ordered; the words of a refusal name what differs."""
    wanted = row.document["car"]
    found = {"model": car.model, "trim": car.trim, "choices": sorted(car.choices)}
    asked = {
        "model": wanted["model"],
        "trim": wanted["trim"],
        "choices": sorted(wanted["choices"]),
    }
    if row.vin == car.vin or found == asked:
        return
    differs = [name for name in found if found[name] != asked[name]]
    refused = conflict(row, move, f"car {car.vin} is not the one ordered: {', '.join(differs)}")
    facts = {**refused.facts, "vin": car.vin, "differs": differs}
    raise OrderStateConflict(refused.message, facts=facts)


def _save(row: Order, *fields: str) -> None:
    """Save an order with its car; the database itself refuses one car for two orders on their way.

    The refusal ends the caller's transaction: nothing can be asked in it after that.
    """
    try:
        row.save(update_fields=fields)
    except IntegrityError:
        raise VehicleNotAvailable(
            f"car {row.vin} belongs to another order", facts={"vin": row.vin, "free_at": None}
        ) from None
