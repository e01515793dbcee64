"""The port to a vendor's books: every movement of our balance, every payout, what is contested, and what it holds for us.

A door of its own beside the one that takes payments: it only reads, and what it gives is compared, never believed. Amounts
are minor units beside the vendor's word for the currency, for a vendor may book what we do not know.
Every call may raise GatewayUnavailable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BookMove:
    """One movement of our balance at the vendor, named by the vendor's own `code`; the balance changed by `gross` - `fee`.

    `kind` is one of `checkout.domain.tie_out`'s words, or the vendor's own where that has none. `payment` is the
    vendor's name of the payment, `reference` what we called a refund, `payout` the payout it went out with; each empty
    where there is none or it is not known yet. `source` is what the vendor booked it for.
    """

    code: str
    kind: str
    gross: int
    fee: int
    currency: str
    source: str
    payment: str
    reference: str
    payout: str
    at: datetime
    available_on: date


@dataclass(frozen=True, slots=True)
class BookPayout:
    """A payout to our bank account; `state` is pending, paid, failed or canceled."""

    code: str
    amount: int
    currency: str
    arrives_on: date
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BookDispute:
    """A payment that its payer contests; `state` is open, won or lost; `answer_by` ends the time for evidence."""

    code: str
    payment: str
    amount: int
    currency: str
    state: str
    answer_by: datetime | None
    at: datetime


class VendorBooks(Protocol):
    """The books of one vendor."""

    @property
    def provider(self) -> str:
        """The vendor's name, as on every payment."""

    @property
    def live(self) -> bool:
        """Whether these are the books of real money."""

    def moves(self, *, since: datetime) -> Iterator[BookMove]:
        """Every movement made at or after `since`, newest first; `payout` is empty here."""

    def moves_of(self, payout: str) -> Iterator[BookMove]:
        """What went out with a payout, the payout's own movement left out; raises GatewayRefused for an unknown one."""

    def payouts(self, *, since: datetime) -> Iterator[BookPayout]:
        """Every payout made at or after `since`, newest first."""

    def disputes(self, *, since: datetime) -> Iterator[BookDispute]:
        """Every dispute opened at or after `since`, newest first."""

    def disputes_of(self, payment: str) -> tuple[BookDispute, ...]:
        """Every dispute of one payment, by the vendor's name of it."""

    def balance(self) -> dict[str, int]:
        """What the vendor holds for us, by currency in minor units, pending and available together."""
