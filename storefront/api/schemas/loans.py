"""Shapes of loans on offer, of what a monthly amount pays for, and of the sheets a borrower confirms."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from storefront.api.schemas.answers import FinanceQuote, Loose
from storefront.api.schemas.base import Money, Named
from storefront.api.schemas.requests import (
    Code,
    ExtraIn,
    Input,
    MarketCode,
    MoneyIn,
    OfferIn,
    OfferWord,
)

Months = Annotated[int, Field(ge=1, le=120)]


class FinanceIn(OfferIn):
    """The car, how much the buyer pays down, perhaps one product or term, and what else the price holds."""

    down_payment: MoneyIn | None = None
    product: Code | None = Field(
        default=None, description="This product alone; why it cannot be had is then an error."
    )
    months: Months | None = None
    schedule: bool = Field(default=False, description="Every instalment of every product as well.")
    extras: Annotated[list[ExtraIn], Field(max_length=60)] | None = None
    vouchers: Annotated[list[OfferWord], Field(max_length=10)] | None = None
    proofs: Annotated[list[OfferWord], Field(max_length=10)] | None = None


class AffordableIn(Input):
    """An amount a month; perhaps the model, the product, its months, and what is paid down (30 per cent without)."""

    market: MarketCode | None = None
    model: Code | None = None
    monthly: MoneyIn
    product: Code | None = None
    months: Months | None = None
    down_payment: MoneyIn | None = None


class CashPart(Schema):
    """What the lender does not finance; `amount` is null where it is no part of the price."""

    kind: str
    codes: list[str]
    text: str
    amount: Money | None


class Campaign(Schema):
    """The campaign that a product lives by."""

    code: str
    name: str
    until: str | None


class ScheduleLine(Schema):
    """One instalment; `balance` is what is owed after it."""

    number: int
    amount: Money
    interest: Money
    principal: Money
    balance: Money


class OfferedLoan(FinanceQuote):
    """A product at work on the car."""

    cash: list[CashPart]
    campaign: Campaign | None
    schedule: list[ScheduleLine] | None = None


class NotOffered(Loose):
    """A product that the car cannot have: `reason` is stable, `text` says it to a buyer, `limit` is what would do."""

    product: str
    name: str
    lender: Named
    reason: str
    text: str
    limit: Any


class FinanceQuotes(Schema):
    """Every product of the market in the catalogue's order: those on offer, and those that are not."""

    items: list[OfferedLoan]
    not_offered: list[NotOffered]


class AffordableCar(Schema):
    """The dearest price of a product within the amount; `left` is what the highest instalment leaves of it."""

    model: str
    product: str
    price: Money
    highest_instalment: Money
    left: Money
    finance: FinanceQuote


class Affordable(Schema):
    """What the amount pays for, dearest first."""

    items: list[AffordableCar]
    not_offered: list[NotOffered]


class CostSheetIn(Input):
    """The quote whose loan the sheet is for."""

    quote: Code


class CostSheetConfirmation(Input):
    """The sheet was read: the fingerprint of what was shown."""

    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    accepted: Literal[True]


class CostSheet(Loose):
    """A sheet of a loan: not to be confirmed before `readable_at`; `sheet` is what is shown, by its `kind`."""

    code: str
    quote: str
    kind: str = Field(description="cost-sheet or precontract")
    state: str = Field(description="issued or confirmed")
    fingerprint: str
    issued_at: str
    readable_at: str
    seconds_left: int
    confirmed_at: str | None
    sheet: dict[str, Any]
