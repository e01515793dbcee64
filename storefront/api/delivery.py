"""The delivery of an order as JSON: a section of the order page, and a page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from checkout.domain.handing_over import WISHES
from checkout.queries.delivery_facts import (
    AppointmentFacts,
    DelayFacts,
    DeliveryPage,
    InspectionFacts,
    PriorityFacts,
    PromiseFacts,
    StageFacts,
    TransportFacts,
)
from checkout.queries.handover_slots import HandoverSlots


def section(
    *,
    history: Sequence[PromiseFacts],
    place: Mapping[str, Any] | None,
    stages: Sequence[StageFacts],
    appointment: AppointmentFacts | None,
) -> dict[str, Any]:
    """The promise in force, every one so far, the stages and the booked handover."""
    return {
        "from": history[-1].from_on,
        "until": history[-1].until_on,
        "place": place,
        "history": [
            {
                "from": each.from_on,
                "until": each.until_on,
                "code": each.code,
                "reason": each.reason,
                "at": each.at,
            }
            for each in history
        ],
        "stages": stages,
        "appointment": appointment,
    }


def page_body(page: DeliveryPage, *, demo: bool) -> dict[str, Any]:
    """Everything about the delivery; `demo` says that its carrier is made up."""
    found = section(
        history=page.promises, place=page.place, stages=page.stages, appointment=page.appointment
    )
    return found | {
        "order": page.order,
        "state": page.state,
        "inspections": [_inspection(page.order, each) for each in page.inspections],
        "priority": _priority(page.priority) if page.priority else None,
        "transport": _transport(page.transport, demo) if page.transport else None,
        "delay": _delay(page.delay) if page.delay else None,
        "handover": page.handover,
        "charges": page.charges,
    }


def without_private(body: dict[str, Any]) -> dict[str, Any]:
    """The same for an answer that is kept for its key: what the buyer wrote is kept encrypted and nowhere else."""
    booked: AppointmentFacts | None = body["appointment"]
    if booked is None:
        return body
    shown = {name: getattr(booked, name) for name in booked.__dataclass_fields__}
    return body | {"appointment": shown | {"note": "", "address": None}}


def slots_body(found: HandoverSlots) -> dict[str, Any]:
    """What can be booked, and every wish there is."""
    home = None
    if found.home_fee is not None:
        home = {"fee": found.home_fee, "text": found.home_text, "runs": found.home}
    return {
        "order": found.order,
        "place": found.place,
        "timezone": found.timezone,
        "bookable": found.bookable,
        "why": found.why,
        "change_hours": found.change_hours,
        "slots": found.slots,
        "home": home,
        "wishes": [{"code": code, "name": name} for code, name in WISHES.items()],
    }


def _inspection(order: str, report: InspectionFacts) -> dict[str, Any]:
    root = f"/api/v1/orders/{order}/delivery/photos/{report.number}"
    return {
        "number": report.number,
        "passed": report.passed,
        "kilometres": report.kilometres,
        "items": report.items,
        "photos": [asdict(each) | {"url": f"{root}/{each.number}"} for each in report.photos],
        "at": report.at,
    }


def _priority(found: PriorityFacts) -> dict[str, Any]:
    return {
        "fee": found.fee,
        "days_earlier": found.days_earlier,
        "text": found.text,
        "possible": found.possible,
        "reason": found.reason,
        "from": found.from_on,
        "until": found.until_on,
        "left": found.left,
        "chosen": found.chosen,
        "outcome": found.outcome,
    }


def _transport(found: TransportFacts, demo: bool) -> dict[str, Any]:
    return {
        "carrier": found.carrier,
        "status": found.status,
        "arrives_on": found.arrives_on,
        "demo": demo,
    }


def _delay(found: DelayFacts) -> dict[str, Any]:
    return {
        "promised": found.promised,
        "days": found.so_far.days,
        "counted": found.so_far.counted,
        "amount": found.so_far.amount,
        "rescind_from": found.so_far.rescind_from,
        "may_rescind": found.so_far.may_rescind,
        "text": found.text,
    }
