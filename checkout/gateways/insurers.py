"""The port to whoever insures: what every insurer's door promises, as frozen facts and a protocol.

A door never reads our tables and never decides; services feed it. What a door may raise is the branch `InsurerError` of
`checkout.errors`, and WebhookRejected for a message that is not the insurer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from checkout.domain.cover import Driver, Period, Status, Vehicle
from checkout.errors import InsurerError, InsurerRefused, InsurerUnavailable, WebhookRejected
from kernel.money import Money

__all__ = [
    "Holder",
    "Insurer",
    "InsurerError",
    "InsurerEvent",
    "InsurerPolicy",
    "InsurerRefused",
    "InsurerUnavailable",
    "PolicyRequest",
    "WebhookRejected",
]


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """What a policy is quoted from; the same request with the same key gives the same quote.

    `reference` is our policy's code and comes back on every fetch; `premiums` is, per cover in our codes, what the buyer
    was shown; `consented_at` is when the buyer agreed that this insurer gets the facts (RFC 3339).
    """

    reference: str
    market: str
    vehicle: Vehicle
    driver: Driver
    period: Period
    premiums: Mapping[str, Money]
    consented_at: str

    def body(self) -> dict[str, Any]:
        """As the JSON of docs/guide/insurer.md."""
        return {
            "reference": self.reference,
            "market": self.market,
            "vehicle": vehicle_body(self.vehicle),
            "driver": {
                "age": self.driver.age,
                "no_claims_class": self.driver.no_claims_class or None,
            },
            "from": self.period.start_on.isoformat(),
            "until": self.period.end_on.isoformat(),
            "covers": lines_body(self.premiums),
            "consented_at": self.consented_at,
        }


@dataclass(frozen=True, slots=True)
class Holder:
    """Who takes the policy out; told to the insurer only when it is bound."""

    kind: str
    name: str
    email: str
    phone: str

    def __repr__(self) -> str:
        """Without personal data: objects end up in logs."""
        return f"Holder({self.kind})"

    def body(self) -> dict[str, str]:
        """As the JSON of docs/guide/insurer.md."""
        return {"kind": self.kind, "name": self.name, "email": self.email, "phone": self.phone}


@dataclass(frozen=True, slots=True)
class InsurerPolicy:
    """A policy as the insurer sees it now; `number` counts its answers on this policy from 1, and only grows.

    `vin` is the car's, once the insurer knows it; `premiums` are the insurer's own, per cover; `proof` is there once it is bound; `cancelled_on` and `refunds` once it is
    cancelled; `reason` is the insurer's own code for a refusal.
    """

    insurer_reference: str
    reference: str
    number: int
    status: Status
    premiums: Mapping[str, Money]
    vin: str = ""
    proof: str = ""
    cancelled_on: date | None = None
    refunds: Mapping[str, Money] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InsurerEvent:
    """A verified message: a hint that the policy `insurer_reference` changed. Nothing else in it is read."""

    event_id: str
    type: str
    insurer_reference: str


class Insurer(Protocol):
    """One insurer. Every call may raise InsurerUnavailable: nobody knows whether it happened."""

    @property
    def insurer(self) -> str:
        """The insurer's code in the catalogue, as in `/webhooks/insurers/<insurer>`."""

    @property
    def real(self) -> bool:
        """False for a made-up insurer that pays for nothing."""

    def quote(self, request: PolicyRequest, *, key: str) -> InsurerPolicy:
        """The insurer's own premium for the request; the same `key` gives the same quote.

        Raises InsurerRefused: same key with another request, or a risk that the insurer does not take.
        """

    def bind(self, insurer_reference: str, holder: Holder, *, key: str) -> InsurerPolicy:
        """The policy, bound and with its proof, or declined; the same `key` binds once. Raises InsurerRefused."""

    def fetch(self, insurer_reference: str) -> InsurerPolicy:
        """The policy as it stands; raises InsurerRefused if the insurer does not know it."""

    def find(self, reference: str) -> InsurerPolicy | None:
        """The policy made for our `reference`; None if there is none."""

    def update_vehicle(
        self, insurer_reference: str, vehicle: Vehicle, *, key: str
    ) -> InsurerPolicy:
        """The policy, bound to the same car by its VIN; the same `key` changes it once.

        Raises InsurerRefused: it is not bound, or the car is another one.
        """

    def cancel(
        self, insurer_reference: str, *, day: date, withdrawal: bool, key: str
    ) -> InsurerPolicy:
        """The policy, cancelled so that `day` is the first uncovered day, with what comes back per cover.

        `withdrawal`: the buyer uses the right to withdraw, and everything comes back. Raises InsurerRefused.
        """

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> InsurerEvent:
        """The message of `body` if the insurer signed it for us; raises WebhookRejected.

        The signature covers the raw bytes and a moment at most 300 seconds from `now`.
        """


def vehicle_body(vehicle: Vehicle) -> dict[str, Any]:
    """A car as JSON; `vin` is null until it is known."""
    return {
        "vin": vehicle.vin or None,
        "model": vehicle.model,
        "options": list(vehicle.options),
    }


def money_body(amount: Money) -> dict[str, Any]:
    """Money as JSON: integer minor units and currency."""
    return {"amount": amount.minor, "currency": amount.currency}


def lines_body(amounts: Mapping[str, Money]) -> list[dict[str, Any]]:
    """Amounts per cover as JSON."""
    return [{"cover": code, "amount": money_body(amount)} for code, amount in amounts.items()]
