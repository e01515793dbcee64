"""Which handovers an order can book, and why not where it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db.models import Count

from checkout.domain.order import State
from checkout.domain.order_policy import OrderPolicy
from checkout.domain.slots import FreeSlot, Slot, days_on_offer, free, on_offer
from checkout.errors import AppointmentNotPossible, UnknownOrder
from checkout.models import Appointment, Order
from checkout.queries.delivery_terms import (
    holidays_between,
    place_code,
    policy_of,
    zone_of,
)
from kernel.money import Money
from kernel.text import Text

BOOKABLE = frozenset({State.INSPECTION_READY, State.BALANCE_PAID})
"""Once the car stands ready; before that nobody knows the day."""
_KIND = Appointment.Kind

WHY: Mapping[str, Text] = MappingProxyType(
    {
        "state": {
            "zh-hans": "车辆可以验车后，才能预约交车",
            "en": "Handover can be booked once the car is ready for inspection",
        },
        "no-home-delivery": {
            "zh-hans": "这里不提供送车上门",
            "en": "Home delivery is not offered here",
        },
        "no-place": {
            "zh-hans": "订单没有交付地点，请联系我们",
            "en": "The order names no place of handover; please contact us",
        },
        "too-late": {
            "zh-hans": "离预约时间太近，不能在线更改，请联系交付中心",
            "en": "It is too close to be changed online; please call the delivery centre",
        },
        "fee-after-balance": {
            "zh-hans": "尾款已付清，送车上门的费用无法再加入，请联系交付中心",
            "en": "The balance is paid, so the fee of home delivery cannot be added; please call the delivery centre",
        },
    }
)
"""Why no handover can be booked, moved or given up."""


@dataclass(frozen=True, slots=True)
class HandoverSlots:
    """What can be booked: free slots at the place, and runs of home delivery with their fee where they are offered."""

    order: str
    place: str
    timezone: str
    bookable: bool
    why: Text | None
    slots: tuple[FreeSlot, ...]
    home: tuple[FreeSlot, ...]
    home_fee: Money | None
    home_text: Text | None
    change_hours: int


def refused(row: Order, reason: str) -> AppointmentNotPossible:
    """The refusal for one of the reasons of WHY."""
    return AppointmentNotPossible(
        WHY[reason]["en"],
        facts={"order": row.code, "state": row.state, "reason": reason, "text": dict(WHY[reason])},
    )


def slots_on_offer(row: Order, policy: OrderPolicy, *, kind: str, now: datetime) -> Iterator[Slot]:
    """Every slot, or run of home delivery, that an order can be given now, free or not; raises AppointmentNotPossible."""
    if not place_code(row):
        raise refused(row, "no-place")
    home = policy.home if kind == _KIND.HOME else None
    if kind == _KIND.HOME and home is None:
        return iter(())
    zone = zone_of(row)
    first, last = days_on_offer(policy.slots, timezone=zone, now=now)
    closed = holidays_between(row.market, first, last)
    return on_offer(policy.slots, timezone=zone, now=now, home=home, closed=closed)


def free_slots(row: Order, policy: OrderPolicy, *, kind: str, now: datetime) -> Iterator[FreeSlot]:
    """Those with room left, earliest first; raises AppointmentNotPossible."""
    rows = (
        Appointment.objects.filter(
            place=place_code(row), kind=kind, state=Appointment.State.BOOKED, starts_at__gte=now
        )
        .order_by()
        .values_list("starts_at")
        .annotate(cars=Count("pk"))
    )
    return free(slots_on_offer(row, policy, kind=kind, now=now), dict(rows))


def handover_slots(*, order: str, now: datetime) -> HandoverSlots:
    """What the order can book now, and why nothing where it cannot; raises UnknownOrder, NoOrderPolicy."""
    row = Order.objects.filter(code=order).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
    policy = policy_of(row)
    why = "" if State(row.state) in BOOKABLE else "state"
    why = why or ("" if place_code(row) else "no-place")
    home = policy.home
    return HandoverSlots(
        order=row.code,
        place=place_code(row),
        timezone=zone_of(row),
        bookable=not why,
        why=WHY[why] if why else None,
        slots=() if why else tuple(free_slots(row, policy, kind=_KIND.SLOT, now=now)),
        home=() if why else tuple(free_slots(row, policy, kind=_KIND.HOME, now=now)),
        home_fee=home.fee if home else None,
        home_text=home.text if home else None,
        change_hours=policy.slots.change_hours,
    )
