"""The port to whoever lends: what every lender's door promises, as frozen facts and a protocol.

A door never reads our tables and never decides; services feed it. What a door may raise is the branch `LenderError` of
`checkout.errors`, and WebhookRejected for a message that is not the lender's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from checkout.domain.application import Decision, Terms
from checkout.errors import LenderError, LenderRefused, LenderUnavailable, WebhookRejected
from kernel.money import Money

__all__ = [
    "Lender",
    "LenderApplication",
    "LenderError",
    "LenderEvent",
    "LenderRefused",
    "LenderUnavailable",
    "LoanRequest",
    "SentDocument",
    "WebhookRejected",
]


@dataclass(frozen=True, slots=True)
class LoanRequest:
    """What an application is made from; the same request with the same key gives the same application.

    `reference` is our application's code and comes back on every fetch; `product` and `model` are our codes; `applicant` are
    the facts of `checkout.domain.applicant`, `consented_at` when the buyer agreed that this lender gets them (RFC 3339).
    """

    reference: str
    product: str
    model: str
    price: Money
    down_payment: Money
    terms: Terms
    applicant: Mapping[str, str]
    consented_at: str

    def __repr__(self) -> str:
        """Without personal data: objects end up in logs."""
        return f"LoanRequest({self.reference})"

    def body(self) -> dict[str, Any]:
        """As the JSON of docs/guide/lender.md."""
        return {
            "reference": self.reference,
            "product": self.product,
            "model": self.model,
            "price": money_body(self.price),
            "down_payment": money_body(self.down_payment),
            "amount": money_body(self.terms.amount),
            "months": self.terms.months,
            "annual_rate": str(self.terms.annual_rate),
            "applicant": dict(self.applicant),
            "consented_at": self.consented_at,
        }


@dataclass(frozen=True, slots=True)
class SentDocument:
    """One document for the lender; `content` are its bytes, `sha256` 64 hexadecimal digits of them."""

    kind: str
    media_type: str
    sha256: str
    content: bytes

    def __repr__(self) -> str:
        """Without its bytes."""
        return f"SentDocument({self.kind}, {self.sha256[:8]})"


@dataclass(frozen=True, slots=True)
class LenderApplication:
    """An application as the lender sees it now: its name there, ours, and what was decided last."""

    lender_reference: str
    reference: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class LenderEvent:
    """A verified message: a hint that the application `lender_reference` changed. Nothing else in it is read."""

    event_id: str
    type: str
    lender_reference: str


class Lender(Protocol):
    """One lender. Every call may raise LenderUnavailable: nobody knows whether it happened."""

    @property
    def lender(self) -> str:
        """The lender's code in the catalogue, as in `/webhooks/lenders/<lender>`."""

    @property
    def real(self) -> bool:
        """False for a made-up lender that lends nothing."""

    def submit(self, request: LoanRequest, *, key: str) -> LenderApplication:
        """An application that the lender has; the same `key` gives the same one.

        Raises LenderRefused: same key with another request, or a request that the lender does not take.
        """

    def fetch(self, lender_reference: str) -> LenderApplication:
        """The application as it stands; raises LenderRefused if the lender does not know it."""

    def find(self, reference: str) -> LenderApplication | None:
        """The application made for our `reference`; None if there is none."""

    def attach(self, lender_reference: str, document: SentDocument, *, key: str) -> None:
        """The lender has the document; the same `key` gives it once. Raises LenderRefused once it has ended."""

    def accept(self, lender_reference: str, *, decision: int, key: str) -> LenderApplication:
        """The buyer takes the counter-offer of that number; raises LenderRefused if it stands no more."""

    def cancel(
        self, lender_reference: str, *, key: str, withdrawn: bool = False
    ) -> LenderApplication:
        """The application, cancelled; raises LenderRefused once it is drawn.

        With `withdrawn` the law undoes the loan with its purchase: also one that was paid out is cancelled.
        """

    def draw(self, lender_reference: str, *, amount: Money, key: str) -> LenderApplication:
        """The lender pays `amount` out; raises LenderRefused without an approval or for more than it covers."""

    def read_callback(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> LenderEvent:
        """The message of `body` if the lender signed it for us; raises WebhookRejected.

        The signature covers the raw bytes and a moment at most 300 seconds from `now`.
        """


def money_body(amount: Money) -> dict[str, Any]:
    """Money as JSON: integer minor units and currency."""
    return {"amount": amount.minor, "currency": amount.currency}
