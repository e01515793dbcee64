"""What there is to say about an order, as frozen facts; `checkout.queries.orders` fills them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from checkout.queries.delivery_facts import AppointmentFacts, PromiseFacts, StageFacts
from kernel.money import Money
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class NextStepFacts:
    """What happens next: `by` buyer, seller or nobody; `deadline` where the step is awaited until a moment."""

    code: str
    text: Text
    by: str
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """`total` on the road; `price` to us; `due` is what we ask for now; `before_handover` what the buyer still pays.

    `charges` are what the delivery costs beside the car; they are in no total, and due with the balance.
    """

    total: Money
    price: Money
    deposit: Money
    financed: Money
    paid: Money
    due: Money
    before_handover: Money
    charges: Money


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money on its way back: `state` is planned, under_way, arrived or failed.

    `way` is the payment's own method, or `bank_transfer` where it cannot go back the way it came. `receipt` numbers one
    that has arrived; else None.
    """

    state: str
    amount: Money
    way: str
    reason: str
    planned_at: datetime
    arrived_at: datetime | None
    receipt: str | None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """One attempt to pay.

    `means` is what the vendor says of the card or wallet, such as its last digits; `failure_code` why it was declined;
    `transfer` what the buyer writes on a bank transfer that is awaited. `receipt` numbers money that has arrived, and
    `refundable_until` is the last moment at which its vendor gives back.
    """

    code: str
    purpose: str
    method: str
    provider: str
    state: str
    amount: Money
    refunded: Money
    created_at: datetime
    settled_at: datetime | None
    means: Mapping[str, str] = field(default_factory=dict)
    failure_code: str = ""
    receipt: str | None = None
    refundable_until: datetime | None = None
    transfer: Mapping[str, str] | None = None
    refunds: tuple[RefundFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class ContractRef:
    """The contract axis: the number and how far it is."""

    number: str
    state: str


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """The promise in force, the place, every promise and stage so far, oldest first, and the handover that is booked."""

    from_on: date
    until_on: date
    place: Mapping[str, Any] | None
    history: tuple[PromiseFacts, ...]
    stages: tuple[StageFacts, ...] = ()
    appointment: AppointmentFacts | None = None


@dataclass(frozen=True, slots=True)
class EventFacts:
    """Something that happened, in words."""

    kind: str
    text: Text
    actor: str
    facts: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """Who buys; the document's number is masked, and so are the contact addresses for anybody but the buyer."""

    kind: str
    name: str
    email: str
    phone: str
    address: Mapping[str, str]
    document: str


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Everything there is to say about an order at a moment; `document` is its frozen quote."""

    code: str
    state: str
    market: str
    language: str
    release: str
    quote: str
    placed_at: datetime
    expires_at: datetime
    next_step: NextStepFacts
    moves: tuple[str, ...]
    money: OrderMoney
    payment_state: str
    delivery_state: str
    finance_state: str
    insurance_state: str
    contract: ContractRef | None
    buyer: BuyerFacts
    terms_version: str
    terms_accepted_at: datetime
    payments: tuple[PaymentFacts, ...]
    delivery: DeliveryFacts
    events: tuple[EventFacts, ...]
    amendments: Mapping[str, Any]
    document: Mapping[str, Any]
    customer: int | None


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One line in a list of orders."""

    code: str
    state: str
    title: Text
    placed_at: datetime
    next_step: NextStepFacts
    total: Money
