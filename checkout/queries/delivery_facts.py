"""What there is to say about the delivery of an order, as frozen facts; `checkout.queries.delivery` fills them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from checkout.domain.delays import Delayed
from kernel.money import Money
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class PromiseFacts:
    """A delivery range that was told to the buyer; both days included.

    `code` is a word of `checkout.domain.promises.Reason`; no reason in words for the first one.
    """

    from_on: date
    until_on: date
    reason: Text | None
    at: datetime
    code: str = "ordered"


@dataclass(frozen=True, slots=True)
class StageFacts:
    """A stage that the car reached, in words; `place` is empty where it says nothing."""

    stage: str
    text: Text
    place: Text | None
    at: datetime


@dataclass(frozen=True, slots=True)
class InspectionItemFacts:
    """One line of a report."""

    code: str
    name: Text
    result: str
    remark: str


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """A picture of a report; its bytes are asked for by number."""

    number: int
    item: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class InspectionFacts:
    """One report of an inspection before delivery."""

    number: int
    passed: bool
    kilometres: int
    items: tuple[InspectionItemFacts, ...]
    photos: tuple[PhotoFacts, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """The handover that is booked or was kept; `address` of a home delivery for its buyer only."""

    kind: str
    state: str
    place: str
    starts_at: datetime
    ends_at: datetime
    fee: Money
    wishes: tuple[Mapping[str, Any], ...]
    note: str
    address: Mapping[str, str] | None
    changeable_until: datetime


@dataclass(frozen=True, slots=True)
class PriorityFacts:
    """Priority delivery: what it costs and promises, whether it can be chosen now, and what became of it.

    `reason` says why it cannot be chosen: chosen, state, not-offered, too-near or full.
    """

    fee: Money
    days_earlier: int
    text: Text
    possible: bool
    reason: str
    from_on: date | None
    until_on: date | None
    left: int
    chosen: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class TransportFacts:
    """The newest transport of the car."""

    carrier: str
    status: str
    arrives_on: date | None


@dataclass(frozen=True, slots=True)
class DelayFacts:
    """How late the car is by the promise as it stood at the lock, and what that has come to so far."""

    promised: date
    text: Text
    so_far: Delayed
    most: Money


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """What was written down when the key changed hands."""

    kilometres: int
    keys: int
    damages: Sequence[Mapping[str, str]]
    remark: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Everything about the delivery of an order."""

    order: str
    state: str
    promises: tuple[PromiseFacts, ...]
    place: Mapping[str, Any] | None
    stages: tuple[StageFacts, ...]
    inspections: tuple[InspectionFacts, ...]
    appointment: AppointmentFacts | None
    priority: PriorityFacts | None
    transport: TransportFacts | None
    delay: DelayFacts | None
    handover: HandoverFacts | None
    charges: Money
