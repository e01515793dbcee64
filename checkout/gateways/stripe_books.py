"""Stripe's books: balance transactions, payouts, disputes and the balance, read through the open Stripe door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from checkout.domain.tie_out import (
    CHARGE,
    DISPUTE,
    DISPUTE_BACK,
    FEE,
    PAYOUT,
    PAYOUT_BACK,
    REFUND,
    REFUND_FAILURE,
)
from checkout.gateways.books import BookDispute, BookMove, BookPayout
from checkout.gateways.stripe import PROVIDER, StripeGateway, translated

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "charge": CHARGE,
        "refund": REFUND,
        "refund_failure": REFUND_FAILURE,
        "partial_capture_reversal": REFUND,
        "payout": PAYOUT,
        "payout_reversal": PAYOUT_BACK,
        "dispute": DISPUTE,
        "dispute_reversal": DISPUTE_BACK,
        "fee": FEE,
    }
)
"""Stripe's `reporting_category` in our words; it splits adjustments, which `type` does not."""
STATES = {"paid": "paid", "failed": "failed", "canceled": "canceled"}
PAGE = 100
Document = dict[str, Any]


class StripeBooks:
    """The books of the account behind a Stripe door."""

    provider = PROVIDER

    def __init__(self, gateway: StripeGateway) -> None:
        """`gateway` brings key, address and mode."""
        self._api = gateway.api
        self.live = gateway.livemode

    def moves(self, *, since: datetime) -> Iterator[BookMove]:
        """See the port."""
        return self._moves({"created": {"gte": int(since.timestamp())}}, payout="")

    def moves_of(self, payout: str) -> Iterator[BookMove]:
        """See the port; Stripe itemises automatic payouts only."""
        found = self._moves({"payout": payout}, payout=payout)
        return (move for move in found if move.source != payout)

    def _moves(self, asked: Document, *, payout: str) -> Iterator[BookMove]:
        params: Any = {"limit": PAGE, "expand": ["data.source"], **asked}
        with translated():
            page = self._api.balance_transactions.list(params)
            for found in page.auto_paging_iter():
                yield _move(found.to_dict(), payout)

    def payouts(self, *, since: datetime) -> Iterator[BookPayout]:
        """See the port."""
        with translated():
            page = self._api.payouts.list(
                {"limit": PAGE, "created": {"gte": int(since.timestamp())}}
            )
            for found in page.auto_paging_iter():
                yield _payout(found.to_dict())

    def disputes(self, *, since: datetime) -> Iterator[BookDispute]:
        """See the port."""
        return self._disputes({"created": {"gte": int(since.timestamp())}})

    def disputes_of(self, payment: str) -> tuple[BookDispute, ...]:
        """See the port."""
        return tuple(self._disputes({"payment_intent": payment}))

    def _disputes(self, asked: Document) -> Iterator[BookDispute]:
        params: Any = {"limit": PAGE, **asked}
        with translated():
            page = self._api.disputes.list(params)
            for found in page.auto_paging_iter():
                yield _dispute(found.to_dict())

    def balance(self) -> dict[str, int]:
        """See the port."""
        with translated():
            found = self._api.balance.retrieve().to_dict()
        sums: dict[str, int] = {}
        for part in (*found.get("available", ()), *found.get("pending", ())):
            currency = part["currency"].upper()
            sums[currency] = sums.get(currency, 0) + part["amount"]
        return sums


def _move(found: Document, payout: str) -> BookMove:
    source = found.get("source")
    document: Document = source if isinstance(source, dict) else {"id": source or ""}
    category = found.get("reporting_category") or found["type"]
    return BookMove(
        code=found["id"],
        kind=_kind(category, found["amount"]),
        gross=found["amount"],
        fee=found["fee"],
        currency=found["currency"].upper(),
        source=document.get("id") or "",
        payment=_name(document.get("payment_intent")),
        reference=(document.get("metadata") or {}).get("operation", ""),
        payout=payout,
        at=_moment(found["created"]),
        available_on=_moment(found["available_on"]).date(),
    )


def _kind(category: str, amount: int) -> str:
    """Our word for it; a payout that adds to our balance is one that came back, whatever it is called."""
    kind = KINDS.get(category, category)
    return PAYOUT_BACK if kind == PAYOUT and amount > 0 else kind


def _payout(found: Document) -> BookPayout:
    return BookPayout(
        code=found["id"],
        amount=found["amount"],
        currency=found["currency"].upper(),
        arrives_on=_day(found["arrival_date"]),
        state=STATES.get(found["status"], "pending"),
        at=_moment(found["created"]),
    )


def _dispute(found: Document) -> BookDispute:
    state = {"won": "won", "lost": "lost", "warning_closed": "won"}.get(found["status"], "open")
    due = (found.get("evidence_details") or {}).get("due_by")
    return BookDispute(
        code=found["id"],
        payment=_name(found.get("payment_intent")),
        amount=found["amount"],
        currency=found["currency"].upper(),
        state=state,
        answer_by=_moment(due) if due else None,
        at=_moment(found["created"]),
    )


def _name(found: Any) -> str:
    """The id of what may come expanded."""
    return str(found.get("id", "")) if isinstance(found, dict) else str(found or "")


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _day(seconds: int) -> date:
    return _moment(seconds).date()
