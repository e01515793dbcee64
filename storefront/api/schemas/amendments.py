"""Shapes of changing a placed order: what a client wishes, the preview it gets, and what is agreed."""

from __future__ import annotations

from typing import Annotated, Any, Self

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from storefront.api.schemas.base import Money
from storefront.api.schemas.requests import (
    Address,
    Choices,
    Code,
    ExtraIn,
    Input,
    InsuranceFacts,
    Line,
    QuoteFinance,
)


class PlaceIn(Input):
    """Where the car shall be handed over."""

    place: Code


class AmendmentIn(Input):
    """What shall change; what is left out stays, and `finance: null` takes the loan away.

    The car by a saved `build`, or by its `choices` (of another `model`, if given). `extras` are all answers, as in a quote.
    """

    build: Code | None = None
    choices: Choices | None = None
    model: Code | None = None
    extras: Annotated[list[ExtraIn], Field(max_length=60)] | None = None
    finance: QuoteFinance | None = None
    insurance: Annotated[list[Code], Field(max_length=30)] | None = None
    insurance_facts: InsuranceFacts | None = None
    delivery: PlaceIn | None = None
    buyer_address: Address | Line | None = None

    @model_validator(mode="after")
    def _one_car(self) -> Self:
        if self.build is not None and self.choices is not None:
            raise ValueError("give either `build` or `choices`, not both")
        if self.model is not None and self.choices is None:
            raise ValueError("`model` goes with `choices`")
        return self

    def wishes(self) -> dict[str, Any]:
        """What was named, as the checkout reads it."""
        return self.model_dump(exclude_unset=True, exclude={"fingerprint"})


class AmendIn(AmendmentIn):
    """The same wishes, with the fingerprint of the preview that was shown."""

    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SheetConfirmationIn(Input):
    """The sheet that was read, by its code and fingerprint."""

    cost_sheet: Code
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Loose(Schema):
    """Named members are promised; others may be there."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class Changed(Loose):
    """A sum before and after; `lines` are those that differ, each with `was` and `now` (null where it is not there)."""

    was: Money
    now: Money
    change: Money


class NetMove(Schema):
    """The one move of money now: `nothing`, `charge` or `refund`."""

    kind: str
    amount: Money
    text: str


class Fee(Schema):
    """What this change costs beside its difference, and all fees so far."""

    now: Money
    in_all: Money


class AmendmentPreview(Loose):
    """Everything a change does, and nothing else: agree to it by sending its `fingerprint` with the same wishes."""

    order: str
    state: str
    number: int
    kinds: list[str] = Field(description="build, extras, finance, insurance, delivery, address")
    prices: dict[str, str] = Field(
        description="At which prices: `promised` with the order, `today`, or `returned` to what was agreed before."
    )
    car: dict[str, Any]
    price: Changed
    tax: Changed
    insurance: Changed
    finance: dict[str, Any]
    delivery: dict[str, Any]
    contract: dict[str, Any]
    on_the_road: Changed
    cash_balance: Changed
    before_handover: Changed
    fee: Fee
    net: NetMove
    fingerprint: str


class AmendmentMade(Loose):
    """One agreed change of an order."""

    number: int
    at: str
    kinds: list[str]
    fee: Money
    price: Changed
    net: NetMove


class OrderAmendments(Schema):
    """What of the order may change now, the fee of a change of the car, and every change so far."""

    may_change: list[str]
    fee: Money | None
    history: list[AmendmentMade]
