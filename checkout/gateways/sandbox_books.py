"""The made-up vendor's books: NOT REAL, drawn from what its world remembers of payments, refunds and payouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from checkout.domain.tie_out import (
    CHARGE,
    DISPUTE,
    DISPUTE_BACK,
    PAYOUT,
    PAYOUT_BACK,
    REFUND,
    REFUND_FAILURE,
)
from checkout.gateways.books import BookDispute, BookMove, BookPayout
from checkout.gateways.memory import Document
from checkout.gateways.sandbox import SandboxWorld
from checkout.gateways.sandbox_payouts import PROVIDER

ARRIVES_AFTER = timedelta(days=2)
ANSWER_WITHIN = timedelta(days=7)


class SandboxBooks:
    """The books of a `SandboxWorld`."""

    live = False

    def __init__(self, world: SandboxWorld, *, provider: str = PROVIDER) -> None:
        """`world` is the folder that the sandbox door writes, `provider` the name of that door."""
        self.world = world
        self.provider = provider

    def moves(self, *, since: datetime) -> Iterator[BookMove]:
        """See the port."""
        found = [move for move in _moves(self.world) if move.at >= since]
        return iter(sorted(found, key=lambda move: (move.at, move.code), reverse=True))

    def moves_of(self, payout: str) -> Iterator[BookMove]:
        """See the port."""
        inside = set(self.world.payout(payout)["moves"])
        return (replace(move, payout=payout) for move in _moves(self.world) if move.code in inside)

    def payouts(self, *, since: datetime) -> Iterator[BookPayout]:
        """See the port."""
        found = [_payout(document) for document in self.world.payouts()]
        return (payout for payout in reversed(found) if payout.at >= since)

    def disputes(self, *, since: datetime) -> Iterator[BookDispute]:
        """See the port."""
        contested = [document for document in self.world.payments() if document.get("dispute")]
        found = (_dispute(document) for document in reversed(contested))
        return (dispute for dispute in found if dispute.at >= since)

    def disputes_of(self, payment: str) -> tuple[BookDispute, ...]:
        """See the port."""
        document = self.world.payment(payment)
        return (_dispute(document),) if document.get("dispute") else ()

    def balance(self) -> dict[str, int]:
        """See the port."""
        sums: dict[str, int] = {}
        for move in _moves(self.world):
            sums[move.currency] = sums.get(move.currency, 0) + move.gross - move.fee
        return sums


def pay_out(world: SandboxWorld, currency: str) -> str:
    """Send all there is of a currency to the bank; gives the payout's code. Raises GatewayRefused when there is nothing."""
    gone = {code for payout in world.payouts() for code in payout["moves"]}
    inside = [
        move
        for move in _moves(world)
        if move.currency == currency
        and move.kind not in {PAYOUT, PAYOUT_BACK}
        and move.code not in gone
    ]
    amount = sum(move.gross - move.fee for move in inside)
    return world.add_payout(currency, amount, [move.code for move in inside])


def fail_payout(world: SandboxWorld, code: str) -> None:
    """The bank refused a payout: its money is back in our balance, and so is what was in it."""

    def failed(document: Document) -> None:
        document |= {"state": "failed", "failed_at": world.clock().isoformat(), "moves": []}

    world.payout(code)
    world.amend_payout(code, failed)


def fail_refund(world: SandboxWorld, pid: str, key: str) -> None:
    """The buyer's bank sent a refund back that the vendor had paid."""
    _on_refund(world, pid, key, {"state": "failed", "failed_at": world.clock().isoformat()})


def hold_refund(world: SandboxWorld, pid: str, key: str) -> None:
    """A refund is accepted and not paid yet, as slow methods do it; `release_refund` pays it."""
    _on_refund(world, pid, key, {"state": "pending"})


def release_refund(world: SandboxWorld, pid: str, key: str) -> None:
    """A refund that was held is paid."""
    _on_refund(world, pid, key, {"state": "succeeded"})


def _on_refund(world: SandboxWorld, pid: str, key: str, change: Document) -> None:
    def changed(document: Document) -> None:
        for refund in document["refunds"]:
            refund |= change if refund["key"] == key else {}

    world.amend(pid, changed)


def _moves(world: SandboxWorld) -> Iterator[BookMove]:
    for document in world.payments():
        yield from _of_payment(document)
    for document in world.payouts():
        yield from _of_payout(document)


def _of_payout(document: Document) -> Iterator[BookMove]:
    amount, currency, code = document["amount"], document["currency"], document["id"]
    yield _move(document["move"], PAYOUT, -amount, currency, code, at=_at(document))
    if document["state"] == "failed":
        at = datetime.fromisoformat(document["failed_at"])
        yield _move(f"{document['move']}b", PAYOUT_BACK, amount, currency, code, at=at)


def _of_payment(document: Document) -> Iterator[BookMove]:
    name, currency = document["id"], document["request"]["currency"]
    if document["balance"]:
        booked, at = document["balance"], _at(document)
        charge = _move(booked["id"], CHARGE, booked["gross"], currency, name, name, at=at)
        yield replace(charge, fee=booked["fee"])
    for refund in document["refunds"]:
        booked, at = refund["balance"], _at(refund, document)
        source, key = refund["id"], refund["key"]
        made = _move(booked["id"], REFUND, booked["gross"], currency, source, name, key, at=at)
        if refund.get("state", "succeeded") != "pending":
            yield made
        if refund.get("failed_at"):
            at = datetime.fromisoformat(refund["failed_at"])
            code = f"{booked['id']}f"
            yield replace(made, code=code, kind=REFUND_FAILURE, gross=-booked["gross"], at=at)
    dispute = document.get("dispute")
    if dispute:
        source, at = dispute["id"], datetime.fromisoformat(dispute["at"])
        gross = document["request"]["amount"]
        yield _move(dispute["move"], DISPUTE, -gross, currency, source, name, at=at)
        if dispute["state"] == "won":
            code = f"{dispute['move']}w"
            yield _move(code, DISPUTE_BACK, gross, currency, source, name, at=at)


def _move(
    code: str,
    kind: str,
    gross: int,
    currency: str,
    source: str,
    payment: str = "",
    reference: str = "",
    *,
    at: datetime,
) -> BookMove:
    return BookMove(code, kind, gross, 0, currency, source, payment, reference, "", at, at.date())


def _at(document: Document, otherwise: Document | None = None) -> datetime:
    """When it was booked; folders of an earlier version know only when the payment began."""
    other = otherwise or document
    moment = document.get("booked_at") or other.get("booked_at") or other["created_at"]
    return datetime.fromisoformat(moment)


def _payout(document: Document) -> BookPayout:
    at = datetime.fromisoformat(document["created_at"])
    arrives = (at + ARRIVES_AFTER).date()
    amount, currency = document["amount"], document["currency"]
    return BookPayout(document["id"], amount, currency, arrives, document["state"], at)


def _dispute(document: Document) -> BookDispute:
    dispute, request = document["dispute"], document["request"]
    at = datetime.fromisoformat(dispute["at"])
    return BookDispute(
        code=dispute["id"],
        payment=document["id"],
        amount=request["amount"],
        currency=request["currency"],
        state=dispute["state"],
        answer_by=at + ANSWER_WITHIN,
        at=at,
    )
