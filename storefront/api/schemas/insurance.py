"""Shapes of insuring a car: covers on offer by insurer, and the policy of an order."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

from storefront.api.schemas.answers import InsuranceQuote
from storefront.api.schemas.base import Money, Named
from storefront.api.schemas.financing import ConsentIn
from storefront.api.schemas.requests import Code, Input

Day = Annotated[date, Field(strict=False, examples=["2026-12-20"])]


class BoundVehicle(Schema):
    """The car that a quote is bound to: its VIN, or the saved build or model as long as there is none."""

    model: str
    build: str | None
    vin: str | None
    price: Money


class BoundDriver(Schema):
    """What the premium takes from the driver; `assumed` names what the buyer has not said, `note` says it in words."""

    age: int
    no_claims_class: str | None
    assumed: list[str]
    note: str | None


class BoundFacts(Schema):
    """What the premiums hold for: vehicle, driver, and a year from `from`; `until` is the first uncovered day."""

    vehicle: BoundVehicle
    driver: BoundDriver
    from_: str = Field(alias="from")
    until: str


class InsurerOffer(Schema):
    """One insurer's premiums for a year; `compulsory` is the part that the law requires, `total` everything it offers."""

    insurer: Named
    lines: list[InsuranceQuote]
    compulsory: Money
    total: Money


class LeftOut(Schema):
    """A cover without a premium for these facts: what stands against it, and what may be said there."""

    product: str
    name: str
    mandatory: bool
    field: str = Field(
        description="no_claims_class, driver_age, seats, model or period; empty for several"
    )
    allowed: list[str]


class InsuranceQuotes(Schema):
    """Every cover with a premium for these facts: in one list, and by insurer to compare them."""

    items: list[InsuranceQuote]
    insurers: list[InsurerOffer]
    left_out: list[LeftOut]
    bound: BoundFacts


class DriverIn(Input):
    """The driver; what is not said is taken from the order's quote."""

    age: int | None = Field(default=None, ge=18, le=110)
    no_claims_class: Code | None = None


class PolicyIn(Input):
    """The policy to take out; without `products` and `insurer` the covers of the order's quote.

    `start_on` is the first covered day, the promised delivery if not said. A consent for the insurer is needed.
    """

    insurer: Code | None = None
    products: Annotated[list[Code], Field(max_length=30)] | None = None
    driver: DriverIn | None = None
    start_on: Day | None = None
    consents: Annotated[list[ConsentIn], Field(max_length=10)]


class CoverProofIn(Input):
    """A policy bound elsewhere: who insures, and the number the office takes (DE: the eVB number)."""

    insurer: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    number: Annotated[str, StringConstraints(min_length=1, max_length=60)]


class PolicyVehicle(Schema):
    """The car a policy is bound to."""

    model: str
    options: list[str]
    vin: str


class PolicyDriver(Schema):
    """The driver a policy is bound to."""

    age: int
    no_claims_class: str


class PolicyLine(Schema):
    """One cover; `refund` once the policy was cancelled."""

    cover: str
    kind: str
    name: str
    premium: Money
    refund: Money | None


class Policy(Schema):
    """One policy; `until_on` is the first uncovered day; `waiting` the call whose answer is awaited."""

    code: str
    insurer: str
    insurer_name: str
    state: str = Field(description="quoted, bound, active, cancelled or lapsed")
    text: str
    waiting: str | None = Field(description="quote, bind, cancel or null")
    vehicle: PolicyVehicle
    driver: PolicyDriver | None = Field(description="In answers to GET, until it is erased.")
    from_on: str
    until_on: str
    lines: list[PolicyLine]
    premium: Money
    proof: str
    reason: str
    bound_on: str | None
    cancelled_on: str | None
    refund: Money | None
    refund_today: Money | None = Field(description="What giving it up today brings.")


class CoverProof(Schema):
    """A policy bound elsewhere; its number is masked."""

    insurer_name: str
    number: str
    at: str


class CoverGate(Schema):
    """Whether the key may be handed over today as far as cover goes, and why not."""

    open: bool
    reason: str = Field(description="missing, not_bound, vehicle, not_begun, ended or empty")
    text: str


class OfferLine(Schema):
    """One cover with its premium for a year."""

    cover: str
    kind: str
    name: str
    premium: Money


class OrderOffer(Schema):
    """What one insurer takes for the order's car and driver, and the words to agree to before it gets them."""

    insurer: str
    insurer_name: str
    lines: list[OfferLine]
    consent: str
    consent_version: str


class OrderInsurance(Schema):
    """The insurance of an order: policies newest first, proofs, the gate, and what each insurer would take."""

    order: str
    state: str
    policies: list[Policy]
    proofs: list[CoverProof]
    gate: CoverGate
    offers: list[OrderOffer]
    moves: list[str] = Field(description="What the buyer can do now: take_out, cancel, show_proof.")
    demo: bool = Field(description="True where an insurer is made up and pays for nothing.")
