"""What happened at the checkout: frozen facts that other packages may subscribe to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

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
    """The order was cancelled by `by`: buyer, staff or system."""

    order: str
    at: datetime
    by: str = "buyer"


@dataclass(frozen=True, slots=True)
class LockReminded:
    """The buyer of a reserved order was reminded; it locks by itself at `locks_at`, or never where that is None."""

    order: str
    locks_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderLocked:
    """The order was locked by `by`: `buyer`, or `system` after a reminder."""

    order: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderMoved:
    """The order came into `state` on its way to the buyer (production, allocation, transport), or out of a dispute."""

    order: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BalanceDue:
    """The car stands ready for inspection; `amount` is the balance that may be demanded from now on."""

    order: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class BalancePaid:
    """Everything the buyer owes before handover has arrived."""

    order: str
    payment: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderHandedOver:
    """The buyer has the key."""

    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderWithdrawn:
    """The buyer withdrew from the purchase; `receipt` is the number of what was confirmed at `at`."""

    order: str
    receipt: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderDisputed:
    """A payment of the order is disputed; the order rests."""

    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeTold:
    """Somebody says that `payment`, by its vendor's name, is contested or no longer; a hint: the vendor is asked."""

    provider: str
    payment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderAmended:
    """Amendment `number` of the order was agreed; `kinds` are words of `checkout.domain.order_policy.AMENDMENTS`."""

    order: str
    number: int
    kinds: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundPlanned:
    """The seller owes the buyer `amount` back and sends it; `due_on` is the last day by policy or law."""

    order: str
    amount: Money
    reason: str
    due_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundSent:
    """A refund has left: the vendor paid it out."""

    order: str
    payment: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class CompensationProposed:
    """The seller failed or is late: `amount` beyond what was paid is proposed to the buyer; `reason` says which."""

    order: str
    amount: Money
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PromiseChanged:
    """The delivery promise `number` of the order replaces the one before it, with its reason."""

    order: str
    number: int
    from_on: date
    until_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryStageReached:
    """The car of the order reached `stage`, a word of `checkout.domain.delivery_stages.Stage`."""

    order: str
    number: int
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HandoverBooked:
    """A slot or a home delivery was booked, or moved to another moment; None when it was given up."""

    order: str
    starts_at: datetime | None
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DamageNoted:
    """Damage was noted on the car of the order, at its inspection or when it was handed over."""

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
class InsurerMessageStored:
    """An insurer's verified message was stored for the first time; `message` is its number."""

    message: int
    insurer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TransportOperationPlanned:
    """A call to a carrier was stored and waits to be made; `key` is its idempotency key."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CarrierMessageStored:
    """A carrier's verified message was stored for the first time; `message` is its number."""

    message: int
    carrier: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BankFileStored:
    """A file of bank statements was stored and waits to be read; `file` is its number."""

    file: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BankLinesAdded:
    """A file of bank statements was read to its end; `added` of its lines were new and may be matched."""

    file: int
    added: int
    at: datetime
