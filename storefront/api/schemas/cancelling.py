"""Shapes of cancelling an order: what a buyer may say, what it would mean, and what was done."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from storefront.api.schemas.answers import Order
from storefront.api.schemas.base import Money, Named
from storefront.api.schemas.requests import Code, Input

Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class CancellationPreviewIn(Input):
    """Nobody has to say why: without `reason` it is a change of mind."""

    reason: Code | None = Field(
        default=None, description="changed-mind, price, other, or late where the car is late."
    )


class CancellationIn(CancellationPreviewIn):
    """The preview that was shown, by its fingerprint, and the buyer's own yes to it."""

    fingerprint: Fingerprint
    confirm: Literal[True]


class CancellationStage(Schema):
    """The stage of the deposit policy, its kind of money and its words, as they were frozen in the order."""

    code: str
    kind: str
    kind_name: str
    text: str


class CancellationReason(Schema):
    """Why the order ends."""

    code: str
    text: str


class CancellationLine(Schema):
    """One thing that the end brings; `amount` null where it is no money."""

    code: str
    text: str
    amount: Money | None


class Cancellation(Schema):
    """What the end means: `returned` + `kept` + `undecided` = `held`; `compensation` is proposed on top; `credited` was, before.

    `ground` is the rule: unpaid, cooling-off, stage, breach or force-majeure. `due_on` is the last day for the refund.
    """

    order: str
    state: str
    by: str
    reason: CancellationReason
    ground: str
    stage: CancellationStage | None
    held: Money
    returned: Money
    kept: Money
    undecided: Money
    compensation: Money
    credited: Money
    due_on: str | None
    policy: str
    lines: list[CancellationLine]
    fingerprint: str


class CancellationPreview(Cancellation):
    """What cancelling would mean now, and the reasons that can be given."""

    reasons: list[Named]


class Cancelled(Schema):
    """What was done, and the order as it is now."""

    cancellation: Cancellation
    order: Order
