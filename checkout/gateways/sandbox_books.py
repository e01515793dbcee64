"""The made-up vendor's books: NOT REAL, drawn from what its world remembers of payments, refunds and payouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from checkout.domain.tie_out import CHARGE, DISPUTE, DISPUTE_BACK, PAYOUT, REFUND
from checkout.gateways.books import BookDispute, BookMove, BookPayout
from checkout.gateways.memory import Document
from checkout.gateways.sandbox import PROVIDER, SandboxWorld
from kernel.money import Money

ARRIVES_AFTER = timedelta(days=2)
ANSWER_WITHIN = timedelta(days=7)


class SandboxBooks:
    """The books of a `SandboxWorld`."""

    provider = PROVIDER
    live = False

    def __init__(self, world: SandboxWorld) -> None:
        """`world` is the folder that the sandbox door writes."""
        self.world = world

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

    def balance(self) -> dict[str, int]:
        """See the port."""
        sums: dict[str, int] = {}
        for move in _moves(self.world):
            currency = move.gross.currency
            sums[currency] = sums.get(currency, 0) + move.gross.minor - move.fee.minor
        return sums


def pay_out(world: SandboxWorld, currency: str) -> str:
    """Send all there is of a currency to the bank; gives the payout's code. Raises GatewayRefused when there is nothing."""
    gone = {code for payout in world.payouts() for code in payout["moves"]}
    inside = [
        move
        for move in _moves(world)
        if move.gross.currency == currency and move.kind != PAYOUT and move.code not in gone
    ]
    amount = sum(move.gross.minor - move.fee.minor for move in inside)
    return world.add_payout(currency, amount, [move.code for move in inside])


def _moves(world: SandboxWorld) -> Iterator[BookMove]:
    for document in world.payments():
        yield from _of_payment(document)
    for document in world.payouts():
        amount, at = Money(-document["amount"], document["currency"]), _at(document)
        none = Money.zero(amount.currency)
        yield _move(document["move"], PAYOUT, amount, none, document["id"], "", at)


def _of_payment(document: Document) -> Iterator[BookMove]:
    name, currency = document["id"], document["request"]["currency"]
    none = Money.zero(currency)
    if document["balance"]:
        booked = document["balance"]
        gross, fee = Money(booked["gross"], currency), Money(booked["fee"], currency)
        yield _move(booked["id"], CHARGE, gross, fee, name, name, _at(document))
    for refund in document["refunds"]:
        gross = Money(refund["balance"]["gross"], currency)
        at = _at(refund, document)
        yield _move(
            refund["balance"]["id"], REFUND, gross, none, refund["id"], name, at, refund["key"]
        )
    dispute = document.get("dispute")
    if dispute:
        gross = Money(document["request"]["amount"], currency)
        at = datetime.fromisoformat(dispute["at"])
        yield _move(dispute["move"], DISPUTE, -gross, none, dispute["id"], name, at)
        if dispute["state"] == "won":
            yield _move(f"{dispute['move']}w", DISPUTE_BACK, gross, none, dispute["id"], name, at)


def _move(
    code: str,
    kind: str,
    gross: Money,
    fee: Money,
    source: str,
    payment: str,
    at: datetime,
    reference: str = "",
) -> BookMove:
    return BookMove(code, kind, gross, fee, source, payment, reference, "", at, at.date())


def _at(document: Document, otherwise: Document | None = None) -> datetime:
    """When it was booked; folders of an earlier version know only when the payment began."""
    other = otherwise or document
    moment = document.get("booked_at") or other.get("booked_at") or other["created_at"]
    return datetime.fromisoformat(moment)


def _payout(document: Document) -> BookPayout:
    at = datetime.fromisoformat(document["created_at"])
    amount = Money(document["amount"], document["currency"])
    return BookPayout(document["id"], amount, (at + ARRIVES_AFTER).date(), document["state"], at)


def _dispute(document: Document) -> BookDispute:
    dispute, request = document["dispute"], document["request"]
    at = datetime.fromisoformat(dispute["at"])
    amount = Money(request["amount"], request["currency"])
    return BookDispute(
        dispute["id"], document["id"], amount, dispute["state"], at + ANSWER_WITHIN, at
    )
