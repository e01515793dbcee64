"""What happened at the checkout: frozen facts that other packages may subscribe to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.money import Money


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A buyer placed the order of that code; its deposit is awaited."""

    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DepositPaid:
    """The deposit of the order has arrived in full; the order is reserved."""

    order: str
    payment: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderExpired:
    """The deposit did not arrive in time; a stock vehicle is free again."""

    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The order was cancelled."""

    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """One attempt to pay failed; nothing was taken."""

    order: str
    payment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WebhookStored:
    """A vendor's verified message was stored for the first time; `message` is its number in the inbox."""

    message: int
    provider: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OperationPlanned:
    """A call to a vendor was stored and waits to be made; `key` is its idempotency key."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FinanceMoved:
    """The application for a loan of the order came into `state`, a word of `checkout.domain.application.State`."""

    order: str
    application: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FinanceOperationPlanned:
    """A call to a lender was stored and waits to be made; `key` is its idempotency key."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FinanceMessageStored:
    """A lender's verified message was stored for the first time; `message` is its number."""

    message: int
    lender: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PolicyMoved:
    """The order's policy came into `state`, a word of `checkout.domain.cover.State`."""

    order: str
    policy: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InsuranceOperationPlanned:
    """A call to an insurer was stored and waits to be made; `key` is its idempotency key."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InsurerSpoke:
    """An insurer's verified message came: its policy of that name may have changed and is to be fetched."""

    insurer: str
    insurer_reference: str
    at: datetime
