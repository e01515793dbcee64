"""Booking, moving and giving up a handover; the database refuses the same bay twice, whoever comes first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from checkout.domain.amounts import money_json
from checkout.domain.handing_over import Wishes, read_address, read_wishes
from checkout.domain.order import State
from checkout.domain.order_policy import OrderPolicy
from checkout.domain.slots import Slot, first_free_bay, may_change
from checkout.errors import SlotTaken
from checkout.events import HandoverBooked
from checkout.models import Appointment, Order
from checkout.queries.delivery_terms import place_code, policy_of
from checkout.queries.handover_slots import BOOKABLE, free_slots, refused, slots_on_offer
from checkout.services.charges import charges_changed
from checkout.services.history import tell
from checkout.services.moving import locked
from kernel.eventbus import publish
from kernel.money import Money

KIND, _S = Appointment.Kind, Appointment.State
NEXT_FREE = 6
"""How many free slots a refusal names."""
BOOKED, GIVEN_UP = "handover-booked", "handover-given-up"


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: str
    slot: Slot
    fee: Money
    address: str
    wishes: Wishes


def book_handover(
    *,
    order: str,
    starts_at: datetime,
    home: Mapping[str, Any] | None,
    wishes: Sequence[str],
    note: str,
    actor: str,
    now: datetime,
) -> int:
    """Book a slot of the place of handover, or a run of home delivery to the address `home`; gives its number.

    Another booking of the order is moved; the very same again is one. A fee goes to what is due with the balance. Raises
    UnknownOrder, NoOrderPolicy, AppointmentNotPossible, SlotTaken with the next free ones, BadHandover.
    """
    with transaction.atomic():
        row = locked(order)
        policy = policy_of(row)
        if State(row.state) not in BOOKABLE:
            raise refused(row, "state")
        wanted = _wanted(row, policy, starts_at, home, read_wishes(wishes, note), now)
        before = row.appointments.filter(state=_S.BOOKED).first()
        if before is not None and _same(before, wanted):
            _wish_anew(before, wanted)
            return before.number
        _check_possible(row, policy, before, wanted, now)
        if before is not None:
            _end(before, _S.MOVED, now)
        booked = _booked(row, wanted, actor, now)
        charges_changed(row=row, reason="handover-moved", actor=actor, now=now)
        _told(row, booked, actor, now)
    return booked.number


def give_up_handover(*, order: str, actor: str, now: datetime) -> bool:
    """Give the booked handover up; its slot is free again, its fee is not owed any more. False where none is booked.

    Raises UnknownOrder, NoOrderPolicy, AppointmentNotPossible once it is too late.
    """
    with transaction.atomic():
        row = locked(order)
        booked = row.appointments.filter(state=_S.BOOKED).first()
        if booked is None:
            return False
        _check_in_time(row, policy_of(row), booked, now)
        _end(booked, _S.GIVEN_UP, now)
        charges_changed(row=row, reason="handover-given-up", actor=actor, now=now)
        publish(HandoverBooked(order=row.code, starts_at=None, place=booked.place, at=now))
        facts = {"kind": booked.kind, "starts_at": booked.starts_at.isoformat()}
        tell(order=row, kind=GIVEN_UP, actor=actor, facts=facts, now=now)
    return True


def _wanted(
    row: Order,
    policy: OrderPolicy,
    starts_at: datetime,
    home: Mapping[str, Any] | None,
    wishes: Wishes,
    now: datetime,
) -> _Wanted:
    """What is asked for, if it is offered at all; raises AppointmentNotPossible, SlotTaken, BadHandover."""
    if home is not None and policy.home is None:
        raise refused(row, "no-home-delivery")
    address = json.dumps(read_address(home), ensure_ascii=False) if home is not None else ""
    kind = KIND.HOME if home is not None else KIND.SLOT
    slot = _offered(slots_on_offer(row, policy, kind=kind, now=now), starts_at)
    if slot is None:
        booked = row.appointments.filter(state=_S.BOOKED, kind=kind, starts_at=starts_at).first()
        if booked is None:
            raise _taken(row, policy, kind, starts_at, now)
        slot = Slot(booked.starts_at, booked.ends_at, booked.bay)
    fee = policy.home.fee if home is not None and policy.home else Money.zero(row.currency)
    return _Wanted(str(kind), slot, fee, address, wishes)


def _offered(slots: Iterator[Slot], starts_at: datetime) -> Slot | None:
    return next((slot for slot in slots if slot.starts_at == starts_at), None)


def _same(booked: Appointment, wanted: _Wanted) -> bool:
    return (booked.kind, booked.starts_at, booked.address) == (
        wanted.kind,
        wanted.slot.starts_at,
        wanted.address,
    )


def _wish_anew(booked: Appointment, wanted: _Wanted) -> None:
    """Wishes may change as long as the appointment stands: nobody else has to make room for them."""
    booked.wishes, booked.note = {"codes": list(wanted.wishes.codes)}, wanted.wishes.note
    booked.save(update_fields=["wishes", "note"])


def _check_possible(
    row: Order, policy: OrderPolicy, before: Appointment | None, wanted: _Wanted, now: datetime
) -> None:
    if before is not None:
        _check_in_time(row, policy, before, now)
    paid_already = before.money if before else Money.zero(row.currency)
    if row.state == State.BALANCE_PAID and paid_already < wanted.fee:
        raise refused(row, "fee-after-balance")


def _check_in_time(row: Order, policy: OrderPolicy, booked: Appointment, now: datetime) -> None:
    if not may_change(policy.slots, starts_at=booked.starts_at, now=now):
        raise refused(row, "too-late")


def _booked(row: Order, wanted: _Wanted, actor: str, now: datetime) -> Appointment:
    """The row of the booking, in the lowest free bay; raises SlotTaken.

    Two buyers may find the same bay free: the database takes one of them, and the other looks again.
    """
    place = place_code(row)
    last = row.appointments.aggregate(last=Max("number"))["last"] or 0
    for _ in range(wanted.slot.cars + 1):
        rows = Appointment.objects.filter(
            place=place, kind=wanted.kind, starts_at=wanted.slot.starts_at, state=_S.BOOKED
        )
        bay = first_free_bay(wanted.slot.cars, set(rows.values_list("bay", flat=True)))
        if bay is None:
            break
        try:
            with transaction.atomic():
                return Appointment.objects.create(
                    order=row,
                    number=last + 1,
                    kind=wanted.kind,
                    place=place,
                    starts_at=wanted.slot.starts_at,
                    ends_at=wanted.slot.ends_at,
                    bay=bay,
                    fee=wanted.fee.minor,
                    currency=wanted.fee.currency,
                    address=wanted.address,
                    wishes={"codes": list(wanted.wishes.codes)},
                    note=wanted.wishes.note,
                    actor=actor,
                    booked_at=now,
                )
        except IntegrityError:
            continue
    raise _taken(row, policy_of(row), wanted.kind, wanted.slot.starts_at, now)


def _taken(
    row: Order, policy: OrderPolicy, kind: str, starts_at: datetime, now: datetime
) -> SlotTaken:
    found = list(free_slots(row, policy, kind=kind, now=now))
    after = [each for each in found if each.starts_at >= starts_at]
    return SlotTaken(
        "this time is not free; choose one of those that are",
        facts={
            "order": row.code,
            "asked": starts_at.isoformat(),
            "free": [
                {"starts_at": each.starts_at.isoformat(), "ends_at": each.ends_at.isoformat()}
                for each in (after or found)[:NEXT_FREE]
            ],
        },
    )


def _end(booked: Appointment, state: str, now: datetime) -> None:
    booked.state, booked.ended_at = state, now
    booked.save(update_fields=["state", "ended_at"])


def _told(row: Order, booked: Appointment, actor: str, now: datetime) -> None:
    publish(HandoverBooked(order=row.code, starts_at=booked.starts_at, place=booked.place, at=now))
    facts = {
        "kind": booked.kind,
        "place": booked.place,
        "starts_at": booked.starts_at.isoformat(),
        "fee": money_json(booked.money),
    }
    tell(order=row, kind=BOOKED, actor=actor, facts=facts, now=now)
