"""Shapes of payments: what is due, how it can be paid, what moved, and receipts."""

from __future__ import annotations

from ninja import Schema
from pydantic import ConfigDict, Field

from storefront.api.schemas.base import Money


class Transfer(Schema):
    """What the buyer writes on a bank transfer; `number` is an IBAN where there is one, `bic` may be empty."""

    holder: str
    number: str
    bank: str
    bic: str
    reference: str
    until: str


class PaymentStarted(Schema):
    """Open `redirect_url`, give `client_secret` to the vendor's form, or send the `transfer`."""

    payment: str
    provider: str
    state: str
    redirect_url: str | None
    client_secret: str | None
    publishable_key: str | None
    transfer: Transfer | None


class Refund(Schema):
    """Money on its way back; `way` is the payment's own method, or bank_transfer where it cannot go that way."""

    state: str = Field(description="planned, under_way, arrived or failed")
    amount: Money
    way: str
    reason: str
    planned_at: str
    arrived_at: str | None
    receipt: str | None


class Payment(Schema):
    """One attempt to pay; `receipt` numbers money that has arrived, `means` is what the vendor says of card or wallet."""

    model_config = ConfigDict(extra="allow")

    code: str
    purpose: str
    method: str
    state: str
    amount: Money
    refunded: Money
    failure_code: str
    means: dict[str, str]
    settled_at: str | None
    receipt: str | None
    refundable_until: str | None
    transfer: Transfer | None
    refunds: list[Refund]


class Charge(Schema):
    """What the order asks for now; of a deposit `until` is when the order waits no longer."""

    purpose: str
    name: str
    amount: Money
    until: str | None


class Way(Schema):
    """One way to pay; `why_not` is empty where it is open, else too-small or too-large."""

    method: str
    name: str
    text: str
    smallest: Money
    largest: Money | None
    refund_days: int | None
    wait_days: int | None = Field(description="of a transfer: days until it must have arrived")
    why_not: str


class OrderPayments(Schema):
    """Each cent of an order; `methods` are the ways to pay what is `due`, in the market's order."""

    order: str
    due: Charge | None
    methods: list[Way]
    payments: list[Payment]


class Receipt(Schema):
    """One movement of money in words of its own; of a refund `payment` is the receipt of what went back."""

    number: str
    kind: str = Field(description="payment or refund")
    order: str
    market: str
    seller: str
    buyer: str
    car: str
    purpose: str
    purpose_name: str
    amount: Money
    method: str
    means: dict[str, str]
    at: str
    payment: str | None
    reason: str
