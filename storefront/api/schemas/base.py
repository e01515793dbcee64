"""Shapes that many answers share."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field


class Money(Schema):
    """Integer minor units of an ISO 4217 currency."""

    amount: int = Field(examples=[23990000])
    currency: str = Field(examples=["CNY"])


class FieldError(Schema):
    """One wrong field."""

    field: str
    message: str


class Problem(Schema):
    """RFC 9457; further members are the error's facts, such as `errors`, `conflict` or `difference`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["https://forecourt.dev/problems/quote-expired"])
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


class Picture(Schema):
    """Where a picture is and what it shows."""

    role: str
    url: str
    alt: str
    width: int | None = None
    height: int | None = None


class Named(Schema):
    """A code and its name in the asked language."""

    code: str
    name: str


class SheetLine(Schema):
    """One line of a price sheet; `tax` is the VAT in it, null on sheets that were frozen without."""

    code: str
    kind: str = Field(
        description="base, option, package, included, standard, discount, incentive, benefit, delivery or service"
    )
    text_key: str = Field(description="what to look the kind's words up by")
    name: str
    amount: Money
    tax: Money | None = None


class Reduction(Schema):
    """What the law wants beside a reduced price: `off` since `since`, and the `lowest` total of the `days` before.

    `lowest` is null where the car was not sold then; `text` says it in words.
    """

    off: Money
    since: str
    days: int
    lowest: Money | None
    text: str


class PriceSheet(Schema):
    """Every line of the price; `vat` is the tax contained in `total`.

    `reduction` only where an offer that everybody gets takes money off and the law of the market asks for it.
    """

    price_book: str
    lines: list[SheetLine]
    total: Money
    vat: Money
    reduction: Reduction | None = None


class DeliveryEstimate(Schema):
    """Days from order to handover, and the dates that gives today."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    days: int
    from_: str = Field(alias="from")
    until: str


class Place(Schema):
    """A store or delivery centre."""

    model_config = ConfigDict(extra="allow")

    code: str
    name: str
    city: str | None = None


def problems(*statuses: int) -> dict[int, Any]:
    """Response shapes for the statuses a call may refuse with."""
    return dict.fromkeys(statuses, Problem)
