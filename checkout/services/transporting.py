"""Giving a car to a carrier, and every call to it: stored with its key, sent outside any transaction, its answer stored.

A process may die between the two, or the carrier keep silent. Then the call stays open and is made again word for word with
the same key while the carrier remembers keys, else looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from checkout.domain.delivery_stages import Stage, possible
from checkout.domain.order import State
from checkout.errors import (
    CarrierError,
    CarrierRefused,
    CarrierUnavailable,
    TransportNotPossible,
)
from checkout.gateways.carriers import (
    OVER,
    Carrier,
    CarrierTransport,
    Status,
    TransportRequest,
)
from checkout.models import Order, Transport, TransportOperation
from checkout.models.locks import locked_transport, locked_transport_operation
from checkout.services import calls
from checkout.services.history import tell
from checkout.services.moving import locked
from checkout.services.transport_calls import plan, plan_cancel
from checkout.services.transports import apply_seen, give_up
from kernel.crypto import new_code

POLL_AFTER = timedelta(minutes=5)
"""How long an open transport is left in peace."""

Doors = Callable[[str], Carrier | None]
"""The open door to a carrier by its code; None where none is open."""

_KIND = TransportOperation.Kind
ORDERED = "transport-ordered"


def order_transport(*, order: str, carrier: str, doors: Doors, actor: str, now: datetime) -> str:
    """Have a carrier bring the car of an order to its place of handover; gives the transport's code.

    Ordering it from the same carrier again gives the transport under way. A carrier that keeps silent is asked again by
    itself. Raises UnknownOrder, TransportNotPossible, CarrierRefused.
    """
    with transaction.atomic(durable=True):
        row = locked(order)
        known = row.transports.filter(ended_at=None).first()
        if known is not None:
            if known.carrier == carrier:
                return known.code
            raise _not_possible(row, "under-way", f"{known.carrier} has the car already")
        if Stage.DEPARTED not in possible(State(row.state)):
            raise _not_possible(row, "state", f"the order is {row.state}; nothing can be sent now")
        door = doors(carrier)
        if door is None:
            raise _not_possible(row, "carrier", "no door to this carrier is open")
        made = _new(row, carrier, now)
        operation = plan(transport=made, kind=_KIND.ORDER, now=now)
        facts = {"transport": made.code, "carrier": carrier}
        tell(order=row, kind=ORDERED, actor=actor, facts=facts, now=now)
    with suppress(CarrierUnavailable):
        send(operation=operation.pk, carrier=door, now=now)
    return made.code


def cancel_transport(*, order: str, doors: Doors, actor: str, now: datetime) -> None:
    """Have the carrier turn the car of an order round. Raises UnknownOrder, TransportNotPossible, CarrierRefused."""
    with transaction.atomic(durable=True):
        row = locked(order)
        found = row.transports.filter(ended_at=None).first()
        if found is None:
            raise _not_possible(row, "none", "no transport is under way")
        operation = plan_cancel(transport=found, now=now)
        facts = {"transport": found.code, "carrier": found.carrier}
        tell(order=row, kind="transport-cancelled", actor=actor, facts=facts, now=now)
        door = doors(found.carrier)
    if door is not None:
        with suppress(CarrierUnavailable):
            send(operation=operation.pk, carrier=door, now=now)


def _new(row: Order, carrier: str, now: datetime) -> Transport:
    place = row.document["delivery"]["place"] or {}
    return Transport.objects.create(
        code=new_code(9),
        order=row,
        carrier=carrier,
        vin=row.vin,
        to_place=place.get("code", ""),
        to_city=place.get("city") or {},
        created_at=now,
    )


def _not_possible(row: Order, reason: str, message: str) -> TransportNotPossible:
    return TransportNotPossible(
        message, facts={"order": row.code, "state": row.state, "reason": reason}
    )


def request_of(transport: Transport) -> TransportRequest:
    """What the carrier is asked for a transport; it never changes, so that the same key stays the same request."""
    place = transport.order.document["delivery"]["place"] or {}
    return TransportRequest(
        reference=transport.code,
        market=transport.order.market,
        model=transport.order.document["car"]["model"],
        vin=transport.vin,
        place=transport.to_place,
        city=transport.to_city,
        address=place.get("address") or {},
    )


def send(*, operation: int, carrier: Carrier, now: datetime) -> TransportOperation:
    """Make the stored call and store its answer; an answered one is left as it is.

    Not inside a transaction. Raises what the door raises, after writing it down.
    """
    with transaction.atomic():
        found = locked_transport_operation(operation)
        if found.resolved_at is not None:
            return found
        if found.kind == _KIND.ORDER and _pointless(found):
            calls.resolve(found, now, failed="the transport was given up before")
            return found
        call = _looked_up if _must_look_up(found, now) else _CALLS[found.kind]
        calls.begin(found, now)
    try:
        answer = call(found, carrier)
    except CarrierRefused as error:
        _store_refusal(operation, error, now)
        raise
    except CarrierUnavailable as error:
        with transaction.atomic():
            calls.unheard(locked_transport_operation(operation), error.message)
        raise
    with transaction.atomic():
        found = locked_transport_operation(operation)
        if found.resolved_at is None:
            calls.resolve(found, now)
            _answered(found, answer, now)
    return found


def _answered(
    operation: TransportOperation, answer: CarrierTransport | None, now: datetime
) -> None:
    transport = operation.transport
    if answer is None:
        status = str(Status.CANCELLED)
        give_up(transport=transport, status=status, reason="never_ordered", now=now)
        return
    given_up = transport.ended_at is not None
    apply_seen(transport=transport, seen=answer, now=now)
    if operation.kind == _KIND.ORDER and given_up and answer.status not in OVER:
        # It was to be cancelled before the carrier had heard of it, and now the carrier has.
        plan_cancel(transport=transport, now=now)


def _pointless(operation: TransportOperation) -> bool:
    """An order that was never sent, of a transport that is to be turned round already."""
    return operation.first_sent_at is None and _unwanted(operation.transport)


def _must_look_up(operation: TransportOperation, now: datetime) -> bool:
    """After the carrier may have forgotten the key; and an order that may have been heard is not sent again to be cancelled."""
    unwanted = operation.kind == _KIND.ORDER and _unwanted(operation.transport)
    return calls.forgotten(operation, now) or unwanted


def _unwanted(transport: Transport) -> bool:
    return transport.ended_at is not None or transport.operations.filter(kind=_KIND.CANCEL).exists()


def _order(operation: TransportOperation, carrier: Carrier) -> CarrierTransport | None:
    return carrier.order(request_of(operation.transport), key=operation.key)


def _cancel(operation: TransportOperation, carrier: Carrier) -> CarrierTransport | None:
    """The transport, cancelled; None where the carrier never heard of it."""
    transport = operation.transport
    reference = transport.carrier_reference
    if not reference:
        seen = carrier.find(transport.code)
        if seen is None:
            return None
        reference = seen.carrier_reference
    return carrier.cancel(reference, key=operation.key)


_CALLS: Mapping[str, Callable[[TransportOperation, Carrier], CarrierTransport | None]] = {
    _KIND.ORDER: _order,
    _KIND.CANCEL: _cancel,
}


def _looked_up(operation: TransportOperation, carrier: Carrier) -> CarrierTransport | None:
    """The transport after a call whose key is forgotten; raises CarrierRefused: the call never happened."""
    transport = operation.transport
    reference = transport.carrier_reference
    seen = carrier.fetch(reference) if reference else carrier.find(transport.code)
    heard = seen is not None and (operation.kind == _KIND.ORDER or seen.status is Status.CANCELLED)
    if not heard:
        raise CarrierRefused(
            "the carrier has no trace of this call",
            facts={"carrier": transport.carrier, "reason": "never_arrived"},
        )
    return seen


def settle(*, carrier_reference: str, carrier: Carrier, now: datetime) -> str | None:
    """Ask the carrier where its transport stands and apply it; gives its status, None for one that is not ours.

    Not inside a transaction. Raises what the door raises.
    """
    seen = carrier.fetch(carrier_reference)
    rows = Transport.objects.filter(carrier=carrier.carrier, code=seen.reference)
    pk = rows.values_list("pk", flat=True).first()
    if pk is None:
        return None
    with transaction.atomic():
        found = locked_transport(pk)
        apply_seen(transport=found, seen=seen, now=now)
    return found.status


def poll(*, doors: Doors, now: datetime, limit: int = 200) -> int:
    """Ask about transports under way whose carrier was not asked for a while; gives how many answered."""
    waited = Q(polled_at=None) | Q(polled_at__lte=now - POLL_AFTER)
    rows = Transport.objects.filter(waited, ended_at=None).exclude(carrier_reference="")
    turns = rows.order_by(F("polled_at").asc(nulls_first=True), "pk")[:limit]
    asked, silent = 0, dict[str, int]()
    for pk, code, reference in list(turns.values_list("pk", "carrier", "carrier_reference")):
        door = doors(code)
        if door is None or silent.get(code, 0) >= calls.SILENCES:
            continue
        Transport.objects.filter(pk=pk).update(polled_at=now)
        try:
            settle(carrier_reference=reference, carrier=door, now=now)
        except CarrierError:
            silent[code] = silent.get(code, 0) + 1
        else:
            asked, silent[code] = asked + 1, 0
    return asked


def sweep(*, doors: Doors, now: datetime, limit: int = 100) -> int:
    """Make the calls that a dead process or a silent carrier left open; gives how many were answered."""
    return calls.sweep(
        _waiting(),
        doors=doors,
        make=lambda number, carrier: send(operation=number, carrier=carrier, now=now),
        silence=CarrierUnavailable,
        error=CarrierError,
        now=now,
        limit=limit,
    )


def perform(*, key: str, doors: Doors, now: datetime) -> None:
    """Make the stored call of `key`, unless it was made or its door is closed; a silence waits for the sweeper."""
    calls.perform(
        _waiting(),
        key=key,
        doors=doors,
        make=lambda number, carrier: send(operation=number, carrier=carrier, now=now),
        error=CarrierError,
    )


def _waiting() -> calls.Waiting:
    return TransportOperation.objects.values_list("pk", "transport__carrier")


def _store_refusal(operation: int, error: CarrierRefused, now: datetime) -> None:
    with transaction.atomic():
        found = locked_transport_operation(operation)
        if found.resolved_at is not None:
            return
        calls.resolve(found, now, failed=error.message)
        transport = found.transport
        if found.kind == _KIND.ORDER and transport.ended_at is None:
            reason = str(error.facts.get("reason") or "refused")
            give_up(transport=transport, status=str(Status.FAILED), reason=reason, now=now)
