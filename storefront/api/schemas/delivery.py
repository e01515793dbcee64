"""Shapes of a delivery: the promise and its history, stages, inspection, handover, priority and delay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, Field, StringConstraints

from storefront.api.schemas.base import Money, Place
from storefront.api.schemas.requests import Code, Input

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Moment = Annotated[
    AwareDatetime, Field(strict=False, ge=FIRST, le=LAST, examples=["2026-12-12T01:30:00Z"])
]
Line = Annotated[str, StringConstraints(max_length=200)]


class Promise(Schema):
    """A delivery range that was told to the buyer; both days included. `code` is the reason as a word."""

    from_: str = Field(alias="from")
    until: str
    code: str = Field(
        description="ordered, locked, priority, priority_given_up, production, supplier, transport, inspection, weather, "
        "earlier, amended or buyer_asked"
    )
    reason: str | None = Field(description="In words; null for the first promise.")
    at: str


class DeliveryStage(Schema):
    """A stage that the car reached."""

    stage: str = Field(
        description="production_started, allocated, built, departed, at_place, arrived, defect_found, inspected, ready or "
        "handed_over"
    )
    text: str
    place: str | None
    at: str


class Wish(Schema):
    """A wish for the handover."""

    code: str
    name: str


class HandoverAppointment(Schema):
    """The handover that is booked or was kept; `address` and `note` as the buyer gave them, in answers to GET."""

    kind: str = Field(description="slot or home")
    state: str = Field(description="booked or kept")
    place: str
    starts_at: str
    ends_at: str
    fee: Money
    wishes: list[Wish]
    note: str
    address: dict[str, str] | None
    changeable_until: str


class Delivery(Schema):
    """The promise in force and every one before it, oldest first; the stages so far; the handover that is booked."""

    from_: str = Field(alias="from")
    until: str
    place: Place | None
    history: list[Promise]
    stages: list[DeliveryStage]
    appointment: HandoverAppointment | None


class InspectionItem(Schema):
    """One line of the report."""

    code: str
    name: str
    result: str = Field(description="fine, mended or defect")
    remark: str


class InspectionPhoto(Schema):
    """A photograph of the report, at `url`."""

    number: int
    item: str
    media_type: str
    size: int
    sha256: str
    url: str


class Inspection(Schema):
    """One report of the inspection before delivery."""

    number: int
    passed: bool
    kilometres: int
    items: list[InspectionItem]
    photos: list[InspectionPhoto]
    at: str


class Priority(Schema):
    """Priority delivery: its fee and range, whether it can be chosen now, and what became of it."""

    fee: Money
    days_earlier: int
    text: str
    possible: bool
    reason: str = Field(description="empty, chosen, state, not-offered, too-near or full")
    from_: str | None = Field(alias="from")
    until: str | None
    left: int = Field(description="Places left in the week of that range.")
    chosen: bool
    outcome: str = Field(description="open, kept or missed")


class Transport(Schema):
    """Who brings the car and where that stands; `demo` is true where the carrier is made up and moves nothing."""

    carrier: str
    status: str = Field(description="planned, ordered, departed, arrived, failed or cancelled")
    arrives_on: str | None
    demo: bool


class Delay(Schema):
    """How late the car is by the promise as it stood at the lock, and what that has come to so far."""

    promised: str
    days: int
    counted: int
    amount: Money
    rescind_from: str
    may_rescind: bool
    text: str


class Damage(Schema):
    """Something found at the handover, and what was agreed about it."""

    part: str
    remark: str


class HandoverReport(Schema):
    """What was written down when the key changed hands."""

    kilometres: int
    keys: int
    damages: list[Damage]
    remark: str
    at: str


class OrderDelivery(Delivery):
    """Everything about the delivery of an order; `charges` are due with the balance."""

    order: str
    state: str = Field(description="promised, on_its_way, ready or done")
    inspections: list[Inspection]
    priority: Priority | None
    transport: Transport | None
    delay: Delay | None
    handover: HandoverReport | None
    charges: Money


class FreeSlot(Schema):
    """A time that can be booked; `left` cars still fit."""

    starts_at: str
    ends_at: str
    left: int


class HomeRuns(Schema):
    """Home delivery: its fee and the days that can be booked."""

    fee: Money
    text: str
    runs: list[FreeSlot]


class HandoverSlots(Schema):
    """What can be booked, earliest first; `why` says why nothing can, where nothing can."""

    order: str
    place: str
    timezone: str
    bookable: bool
    why: str | None
    change_hours: int
    slots: list[FreeSlot]
    home: HomeRuns | None
    wishes: list[Wish]


class HomeIn(Input):
    """Where the car is brought, and who takes it there."""

    city: Line
    street: Line
    postcode: Line = ""
    contact: Line
    phone: Line


class HandoverIn(Input):
    """The start of a free slot, or of a run of home delivery with `home`."""

    starts_at: Moment
    home: HomeIn | None = None
    wishes: Annotated[list[Code], Field(max_length=20)] = []
    note: Annotated[str, StringConstraints(max_length=300)] = ""


class PriorityIn(Input):
    """Whether priority delivery is wanted."""

    wanted: bool
