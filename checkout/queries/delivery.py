"""The delivery of an order as frozen facts: promise and history, stages, inspection, appointment, priority, delay, charges."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from checkout.domain.delays import delayed
from checkout.domain.delivery_stages import stage_text
from checkout.domain.handing_over import WISHES
from checkout.domain.inspecting import CHECKLIST
from checkout.domain.order import FINAL, State
from checkout.domain.order_policy import OrderPolicy
from checkout.domain.priority import CHOICE_STATES, Outcome, range_with, week_of
from checkout.domain.promises import day_that_counts
from checkout.domain.slots import changeable_until
from checkout.errors import NoOrderPolicy, UnknownInspection, UnknownOrder
from checkout.models import (
    Appointment,
    DeliveryPromise,
    DeliveryStage,
    Inspection,
    InspectionPhoto,
    Order,
    PriorityPlace,
    Transport,
)
from checkout.queries.delivery_facts import (
    AppointmentFacts,
    DelayFacts,
    DeliveryPage,
    HandoverFacts,
    InspectionFacts,
    InspectionItemFacts,
    PhotoFacts,
    PriorityFacts,
    PromiseFacts,
    StageFacts,
    TransportFacts,
)
from checkout.queries.delivery_terms import charges_of, day_of, policy_of, promised

_STATE = Appointment.State
_SHOWN = (_STATE.BOOKED, _STATE.KEPT)


def promise_facts(rows: Iterable[DeliveryPromise]) -> tuple[PromiseFacts, ...]:
    """The history of rows that are in memory already, in their order."""
    return tuple(
        PromiseFacts(row.from_on, row.until_on, row.reason or None, row.at, row.code)
        for row in rows
    )


def stage_facts(rows: Iterable[DeliveryStage]) -> tuple[StageFacts, ...]:
    """The stages of rows that are in memory already, in the order of their coming."""
    return tuple(
        StageFacts(row.stage, stage_text(row.stage), row.place or None, row.at) for row in rows
    )


def appointment_facts(
    row: Order, rows: Iterable[Appointment], *, private: bool = True
) -> AppointmentFacts | None:
    """The living one of the rows of an order that are in memory already; without `private` nothing the buyer wrote."""
    found = next((each for each in rows if each.state in _SHOWN), None)
    if found is None:
        return None
    codes = found.wishes.get("codes", [])
    return AppointmentFacts(
        kind=found.kind,
        state=found.state,
        place=found.place,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        fee=found.money,
        wishes=tuple({"code": code, "name": WISHES.get(code, {})} for code in codes),
        note=(found.note or "") if private else "",
        address=json.loads(found.address) if private and found.address else None,
        changeable_until=changeable_until(policy_of(row).slots, starts_at=found.starts_at),
    )


def delivery_of(*, order: str, now: datetime) -> DeliveryPage:
    """The delivery of an order; raises UnknownOrder. Who may see it, others ask."""
    row = _row(order)
    history = list(row.promises.order_by("number"))
    policy = _policy(row)
    transport = row.transports.order_by("-pk").first()
    return DeliveryPage(
        order=row.code,
        state=row.delivery_state,
        promises=promise_facts(history),
        place=row.document["delivery"]["place"],
        stages=stage_facts(row.stages.order_by("number")),
        inspections=tuple(
            _inspection(report)
            for report in row.inspections.order_by("number").prefetch_related("photos")
        ),
        appointment=appointment_facts(row, row.appointments.order_by("-number")),
        priority=_priority(row, policy, history, now),
        transport=_transport(transport),
        delay=_delay(row, policy, history, now),
        handover=_handover(row),
        charges=charges_of(row),
    )


def inspection_photo(*, order: str, inspection: int, number: int) -> tuple[str, bytes]:
    """Media type and bytes of a picture; raises UnknownOrder, UnknownInspection."""
    rows = InspectionPhoto.objects.filter(
        inspection__order=_row(order), inspection__number=inspection, number=number
    )
    photo = rows.first() if 0 < number < 2**15 and 0 < inspection < 2**15 else None
    if photo is None:
        raise UnknownInspection(
            f"inspection: the order has no photograph {inspection}/{number}",
            facts={"order": order},
        )
    return photo.media_type, base64.b64decode(photo.content or "")


def delay_of(row: Order, now: datetime) -> DelayFacts | None:
    """How late an order is now; None before the lock, and where it has no policy."""
    return _delay(row, _policy(row), list(row.promises.order_by("number")), now)


def _row(code: str) -> Order:
    row = Order.objects.filter(code=code).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {code!r}", facts={"order": code})
    return row


def _policy(row: Order) -> OrderPolicy | None:
    try:
        return policy_of(row)
    except NoOrderPolicy:
        return None


def _inspection(report: Inspection) -> InspectionFacts:
    return InspectionFacts(
        number=report.number,
        passed=report.passed,
        kilometres=report.kilometres,
        items=tuple(
            InspectionItemFacts(
                line["code"], CHECKLIST.get(line["code"], {}), line["result"], line["remark"]
            )
            for line in report.items
        ),
        photos=tuple(
            PhotoFacts(each.number, each.item, each.media_type, each.size, each.sha256)
            for each in report.photos.all()
        ),
        at=report.at,
    )


def _priority(
    row: Order, policy: OrderPolicy | None, history: Sequence[DeliveryPromise], now: datetime
) -> PriorityFacts | None:
    if policy is None or policy.priority is None:
        return None
    terms = policy.priority
    held = row.priorities.filter(released_at=None).first()
    today, last = day_of(row, now), history[-1]
    found = range_with(terms, from_on=last.from_on, until_on=last.until_on, today=today)
    if held is not None:
        found = held.from_on, held.until_on
    left = terms.capacity - _taken(row, found[1]) if found else 0
    reason = _why_not(row, held, found is None, left)
    return PriorityFacts(
        fee=terms.fee,
        days_earlier=terms.days_earlier,
        text=terms.text,
        possible=not reason,
        reason=reason,
        from_on=found[0] if found else None,
        until_on=found[1] if found else None,
        left=max(left, 0),
        chosen=held is not None,
        outcome=held.outcome if held else str(Outcome.OPEN),
    )


def _taken(row: Order, until_on: date) -> int:
    year, week = week_of(until_on)
    return PriorityPlace.objects.filter(
        market=row.market,
        model=row.document["car"]["model"],
        year=year,
        week=week,
        released_at=None,
    ).count()


def _why_not(row: Order, held: PriorityPlace | None, too_near: bool, left: int) -> str:
    if held is not None:
        return "chosen"
    if State(row.state) not in CHOICE_STATES:
        return "state"
    if row.vin:
        return "not-offered"
    if too_near:
        return "too-near"
    return "" if left > 0 else "full"


def _transport(found: Transport | None) -> TransportFacts | None:
    return TransportFacts(found.carrier, found.status, found.arrives_on) if found else None


def _delay(
    row: Order, policy: OrderPolicy | None, history: Sequence[DeliveryPromise], now: datetime
) -> DelayFacts | None:
    counts = day_that_counts(promised(history), row.locked_at)
    if policy is None or counts is None:
        return None
    over = row.handed_over_at or (row.ended_at if State(row.state) in FINAL else None)
    found = delayed(policy=policy.delay, promised=counts, day=day_of(row, over or now))
    return DelayFacts(counts, policy.delay.text, found, policy.delay.at_most)


def _handover(row: Order) -> HandoverFacts | None:
    report = getattr(row, "handover_report", None)
    if report is None:
        return None
    return HandoverFacts(report.kilometres, report.keys, report.damages, report.remark, report.at)
