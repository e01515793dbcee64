"""The port to whoever moves the money: what every door promises, as frozen facts and a protocol.

A door never reads our tables and never decides; services feed it. What a door may raise is the branch
`GatewayError` of `checkout.errors`, named again here for its readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from checkout.domain.payments import State
from checkout.errors import (
    GatewayDeclined,
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    WebhookRejected,
)
from kernel.money import Money

__all__ = [
    "BalanceMove",
    "GatewayDeclined",
    "GatewayError",
    "GatewayEvent",
    "GatewayPayment",
    "GatewayRefund",
    "GatewayRefused",
    "GatewayUnavailable",
    "PaymentGateway",
    "PaymentRequest",
    "WebhookRejected",
]


@dataclass(frozen=True, slots=True)
class BalanceMove:
    """One change of our balance at the vendor, in the currency of that balance.

    `gross` is signed (a refund is negative), `fee` is what the vendor keeps, `net` = gross - fee. `code` is
    the vendor's own and exists once.
    """

    code: str
    gross: Money
    fee: Money

    @property
    def net(self) -> Money:
        """What our balance changed by."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a payment is created from; the same request with the same key gives the same payment.

    `reference` is our payment's code and comes back on every fetch; `return_url` is where the vendor's page
    sends the buyer afterwards.
    """

    reference: str
    order: str
    purpose: str
    amount: Money
    method: str
    description: str
    return_url: str

    def stored(self) -> dict[str, Any]:
        """As JSON for the stored operation; `restored` reads it back."""
        return {
            "reference": self.reference,
            "order": self.order,
            "purpose": self.purpose,
            "amount": self.amount.minor,
            "currency": self.amount.currency,
            "method": self.method,
            "description": self.description,
            "return_url": self.return_url,
        }

    @classmethod
    def restored(cls, params: Mapping[str, Any]) -> PaymentRequest:
        """The request that `stored` wrote."""
        texts = {name: str(value) for name, value in params.items()}
        return cls(
            reference=texts["reference"],
            order=texts["order"],
            purpose=texts["purpose"],
            amount=Money(int(params["amount"]), texts["currency"]),
            method=texts["method"],
            description=texts["description"],
            return_url=texts["return_url"],
        )


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """A payment as the vendor sees it now.

    `state` is one of requires_action, processing, succeeded, failed, canceled; `failure_code` says why the
    last try was declined. `client_secret` goes to the vendor's own form in the browser, `redirect_url` to the
    address bar; each is None where the door has none. `move` is None until the vendor has booked the money.
    `refunded` counts refunds that were not refused. `means` is what the vendor says the buyer paid with: `brand` and
    `last4` of a card, `wallet` of a card in one; empty where it says nothing.
    """

    provider_id: str
    reference: str
    state: State
    amount: Money
    refunded: Money
    failure_code: str = ""
    client_secret: str | None = None
    redirect_url: str | None = None
    move: BalanceMove | None = None
    means: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """A refund as the vendor sees it; `state` is pending, succeeded or failed; `reference` is our key."""

    refund_id: str
    provider_id: str
    reference: str
    state: str
    amount: Money
    move: BalanceMove | None = None


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A verified message: a hint that the payment `object_id` changed. Nothing else in it is trusted.

    `object_id` is empty where the message is about no payment.
    """

    event_id: str
    type: str
    object_id: str
    payload: Mapping[str, Any]


class PaymentGateway(Protocol):
    """One vendor. Every call may raise GatewayUnavailable: nobody knows whether it happened."""

    @property
    def provider(self) -> str:
        """The vendor's name, as in `/webhooks/<provider>` and on every payment."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The ways to pay that this door offers."""

    @property
    def publishable_key(self) -> str:
        """What the vendor's form in the browser needs to know us by; empty where there is none."""

    def create_payment(self, request: PaymentRequest, *, key: str) -> GatewayPayment:
        """A payment that waits for the buyer; the same `key` gives the same payment.

        Raises GatewayRefused: same key with another request, or a request that the vendor does not take.
        """

    def fetch_payment(self, provider_id: str) -> GatewayPayment:
        """The payment as it stands; raises GatewayRefused if the vendor does not know it."""

    def find_payment(self, reference: str, *, since: datetime) -> GatewayPayment | None:
        """The payment created for `reference` at or after `since`; None if there is none."""

    def cancel_payment(self, provider_id: str, *, key: str) -> GatewayPayment:
        """The payment, canceled; raises GatewayRefused if money has arrived or is on its way."""

    def refund_payment(self, provider_id: str, *, amount: Money, key: str) -> GatewayRefund:
        """A refund of `amount`; raises GatewayRefused for more than is left or for a key used otherwise."""

    def refunds_of(self, provider_id: str) -> tuple[GatewayRefund, ...]:
        """Every refund of the payment, oldest first."""

    def read_webhook(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayEvent:
        """The message of `body` if the vendor signed it for us; raises WebhookRejected.

        The signature covers the raw bytes and a moment at most 300 seconds from `now`; `headers` are matched
        without regard to case.
        """
