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
    """One line of a price sheet."""

    code: str
    kind: str = Field(description="base, option, package, included, standard or delivery")
    name: str
    amount: Money


class PriceSheet(Schema):
    """Every line of the price; `vat` is the tax contained in `total`."""

    price_book: str
    lines: list[SheetLine]
    total: Money
    vat: Money


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
