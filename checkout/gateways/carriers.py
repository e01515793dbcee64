"""The port to whoever carries cars: what every carrier's door promises, as frozen facts and a protocol.

A door never reads our tables and never decides; services feed it. What a door may raise is the branch `CarrierError` of
`checkout.errors`, and WebhookRejected for a message that is not the carrier's. Nothing personal goes to a carrier: a car is
brought to a place of handover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from checkout.errors import CarrierError, CarrierRefused, CarrierUnavailable, WebhookRejected
from kernel.text import Text

__all__ = [
    "Carrier",
    "CarrierError",
    "CarrierEvent",
    "CarrierRefused",
    "CarrierTransport",
    "CarrierUnavailable",
    "Passed",
    "Status",
    "TransportRequest",
    "WebhookRejected",
]


class Status(StrEnum):
    """Where a transport stands at its carrier."""

    ORDERED = "ordered"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER = frozenset({Status.ARRIVED, Status.FAILED, Status.CANCELLED})
"""Nothing follows."""


@dataclass(frozen=True, slots=True)
class TransportRequest:
    """What is to be carried where; the same request with the same key is one transport.

    `reference` is our transport's code and comes back on every fetch; `place` the code of the place of handover, `city` and
    `address` where it is.
    """

    reference: str
    market: str
    model: str
    vin: str
    place: str
    city: Text
    address: Text

    def body(self) -> dict[str, Any]:
        """As the JSON of docs/guide/carrier.md."""
        return {
            "reference": self.reference,
            "market": self.market,
            "car": {"model": self.model, "vin": self.vin or None},
            "to": {"place": self.place, "city": dict(self.city), "address": dict(self.address)},
        }


@dataclass(frozen=True, slots=True)
class Passed:
    """A place that the car came by, and when."""

    place: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class CarrierTransport:
    """A transport as its carrier sees it now; `number` counts its answers on this transport from 1, and only grows.

    `passed` are all places so far, oldest first; `arrives_on` is the day the carrier announces; `reason` its own code for a
    failure.
    """

    carrier_reference: str
    reference: str
    number: int
    status: Status
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    arrives_on: date | None = None
    passed: tuple[Passed, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """A verified message: a hint that the transport `carrier_reference` changed. Nothing else in it is read."""

    event_id: str
    type: str
    carrier_reference: str


class Carrier(Protocol):
    """One carrier. Every call may raise CarrierUnavailable: nobody knows whether it happened."""

    @property
    def carrier(self) -> str:
        """The carrier's code, as in `/webhooks/carriers/<carrier>`."""

    @property
    def real(self) -> bool:
        """False for a made-up carrier that moves nothing."""

    def order(self, request: TransportRequest, *, key: str) -> CarrierTransport:
        """The transport, ordered; the same `key` orders once. Raises CarrierRefused: another request, or not taken."""

    def fetch(self, carrier_reference: str) -> CarrierTransport:
        """The transport as it stands; raises CarrierRefused if the carrier does not know it."""

    def find(self, reference: str) -> CarrierTransport | None:
        """The transport made for our `reference`; None if there is none."""

    def cancel(self, carrier_reference: str, *, key: str) -> CarrierTransport:
        """The transport, cancelled; the same `key` cancels once. Raises CarrierRefused once it is over."""

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> CarrierEvent:
        """The message of `body` if the carrier signed it for us; raises WebhookRejected.

        The signature covers the raw bytes and a moment at most 300 seconds from `now`.
        """
