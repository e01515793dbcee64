"""Shapes of a comparison of builds."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from storefront.api.schemas.base import DeliveryEstimate, Money, PriceSheet
from storefront.api.schemas.configurations import BuildChange, Monthly


class ComparedBuild(Schema):
    """One car; `release` and `under` say by whose prices and rules it is shown.

    `under` is `own` where that was asked for, and where a saved build is no car any more (`valid_today` is false).
    """

    code: str | None
    created_at: str | None
    release: str
    under: Literal["today", "own"]
    valid_today: bool
    model: str
    name: str
    trim: str
    trim_name: str
    choices: list[str]
    price_sheet: PriceSheet
    monthly: Monthly | None
    delivery: DeliveryEstimate
    changes: list[BuildChange]


class Cell(Schema):
    """What a row says of one car: `money`, a `value`, or the option of this `code` and `name`.

    `by`: `chosen`, `included` (by a package or a rule) or `standard`.
    """

    money: Money | None = None
    value: Any = None
    code: str | None = None
    name: str | None = None
    by: str | None = None


class ComparedRow(Schema):
    """One row; a cell is null where the car has no such thing. A figure has no `name`: its code says it.

    `best` are the places, from 0, of the cars that do better.
    """

    code: str
    kind: Literal["money", "figure", "option", "days"]
    name: str | None
    cells: list[Cell | None]
    differs: bool
    best: list[int]


class ComparedSection(Schema):
    """`price`, `specs`, `group:CODE` for every group of options, and `delivery`."""

    code: str
    name: str
    rows: list[ComparedRow]


class RowCount(Schema):
    """How many rows there are, shown or not, and how many of them differ."""

    all: int
    differing: int


class Compared(Schema):
    """The cars in the order asked for, and the rows about them."""

    market: str
    under: Literal["today", "own"]
    differences_only: bool
    builds: list[ComparedBuild] = Field(min_length=2, max_length=4)
    sections: list[ComparedSection]
    rows: RowCount
