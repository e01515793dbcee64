"""Shapes of withdrawing from a purchase: the first step's statement, the receipt, and the section on the order's page."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

from storefront.api.schemas.base import Money
from storefront.api.schemas.requests import Code, Input

Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Contact = Annotated[str, StringConstraints(min_length=1, max_length=254)]


class WithdrawalIn(Input):
    """Whoever withdraws without signing in: the order, and name and contact as they stand in it. Nothing else is asked."""

    order: Code
    name: Name
    contact: Contact = Field(description="The e-mail address or telephone number of the order.")


class OwnWithdrawalIn(Input):
    """The buyer who is known; `name` and `contact` are the order's where they are not said."""

    name: Name | None = None
    contact: Contact | None = None


class WithdrawalConfirmationIn(Input):
    """The second step: what the first one gave, word for word."""

    statement: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class WithdrawalLabels(Schema):
    """The words of the two buttons; `local` where the market's law fixes them in a language of its own."""

    begin: str
    confirm: str
    local: dict[str, str] | None


class Declaration(Schema):
    """What is declared."""

    order: str
    contract: str
    name: str
    contact: str
    words: str


class WithdrawalStatement(Schema):
    """What the buyer is about to declare and what follows; send `statement` and `fingerprint` back before `valid_until`.

    `until` is the last day of the right, null while the car is not received. `refund_by` null: the days begin when the car
    is back. `hold_back`: the refund waits for the car. `finance_by`: by when the lender has to undo the loan.
    """

    statement: str
    fingerprint: str
    valid_until: str
    declaration: Declaration
    labels: WithdrawalLabels
    until: str | None
    refund: Money
    refund_by: str | None
    hold_back: bool
    return_car: bool
    finance_by: str | None
    note: str | None


class WithdrawalReceipt(Schema):
    """The proof: number, date and time (`received_at` in UTC, `zone` is the market's), what goes back and by when."""

    number: str
    order: str
    contract: str
    name: str
    contact: str = Field(description="Masked.")
    received_at: str
    zone: str
    refund: Money
    refund_by: str | None
    hold_back: bool
    finance_by: str | None
    fingerprint: str
    language: str


class ReasonNone(Schema):
    """Why the right cannot be used now, and what can be done instead."""

    code: str
    text: str


class OrderWithdrawal(Schema):
    """The right on the order's page. `until` and `ends_at` are null while the car is not received, or no calendar says them."""

    right: bool
    until: str | None
    ends_at: str | None
    labels: WithdrawalLabels
    reason_none: ReasonNone | None
    note: str | None
    receipt: WithdrawalReceipt | None
