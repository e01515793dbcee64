"""What an order's frozen documents say about its delivery: policy, zone, place, and what its delivery costs beside the car."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from catalog.queries.on_sale import on_sale
from checkout.domain.calendars import calendar_of
from checkout.domain.delivery import day_in
from checkout.domain.order_policy import OrderPolicy, order_policy
from checkout.domain.priority import Outcome
from checkout.domain.promises import Promised, Reason
from checkout.errors import NoOrderPolicy
from checkout.models import Appointment, DeliveryPromise, Order, PriorityPlace
from kernel.money import Money, total

_LIVING = frozenset({Appointment.State.BOOKED, Appointment.State.KEPT})


def policy_of(row: Order) -> OrderPolicy:
    """The order policy frozen in the order's document; raises NoOrderPolicy where it was placed before there was one."""
    frozen = row.document.get("order_policy")
    if not frozen:
        raise NoOrderPolicy(
            "this order was placed without an order policy; the desk settles it by hand",
            facts={"market": row.market, "day": day_of(row, row.placed_at).isoformat()},
        )
    return order_policy(frozen, row.currency)


def zone_of(row: Order) -> str:
    """The time zone of the order's market."""
    return str(row.document["market"]["timezone"])


def day_of(row: Order, moment: datetime) -> date:
    """The calendar day of `moment` in the order's market."""
    return day_in(zone_of(row), moment)


def place_code(row: Order) -> str:
    """The code of the place of handover; empty where the quote named none."""
    return str((row.document["delivery"]["place"] or {}).get("code", ""))


def place_text(row: Order) -> Mapping[str, Any]:
    """The city of the place of handover as a text; empty where the quote named none."""
    return dict((row.document["delivery"]["place"] or {}).get("city") or {})


def promised(rows: Collection[DeliveryPromise]) -> list[Promised]:
    """The history as plain facts, oldest first, of rows in that order."""
    return [Promised(row.from_on, row.until_on, Reason(row.code), row.at) for row in rows]


def holidays_between(market: str, first: date, last: date) -> frozenset[date]:
    """The days off everywhere in the market, by the calendars of the law; none of a year whose calendar is not loaded.

    An appointment is no deadline: a day that is not known to be off is offered, and the place may move it.
    """
    years = calendar_of(on_sale().catalogue.law).years
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(
        day for day in days if (year := years.get((market, day.year))) and day in year.days
    )


def defect_open(row: Order) -> bool:
    """Whether the last inspection of the order's car found a defect; False where nothing was filed."""
    last = row.inspections.order_by("number").values_list("passed", flat=True).last()
    return last is False


def charge_of_priority(place: PriorityPlace) -> Money:
    """What a place costs its buyer: nothing once it was missed or is free again."""
    owed = place.released_at is None and place.outcome != Outcome.MISSED
    return place.money if owed else Money.zero(place.currency)


def charges_in(
    priorities: Iterable[PriorityPlace], appointments: Iterable[Appointment], currency: str
) -> Money:
    """What these rows of an order cost its buyer."""
    parts = [charge_of_priority(place) for place in priorities]
    parts += [each.money for each in appointments if each.state in _LIVING]
    return total(parts, currency)


def charges_of(row: Order) -> Money:
    """What the order's delivery costs beside the car: priority and home delivery; it is due with the balance.

    Ask it under the order's lock where something is decided by the answer.
    """
    # In Python, so that a page that has the rows in memory already asks nothing.
    return charges_in(row.priorities.all(), row.appointments.all(), row.currency)
