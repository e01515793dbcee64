"""What an order asks for now with the ways to pay it, and a receipt for each cent that moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkout.domain.order import State
from checkout.domain.payment_methods import PURPOSE_NAMES, PaymentMethod
from checkout.domain.payments import State as PaymentState
from checkout.errors import UnknownReceipt
from checkout.gateways.doors import Doors
from checkout.models import Order
from checkout.queries.order_facts import OrderFacts, PaymentFacts, RefundFacts
from checkout.queries.payment_methods import methods_of
from kernel.money import Money
from kernel.text import Text

_UNPAID = frozenset({PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.FAILED})


@dataclass(frozen=True, slots=True)
class Charge:
    """What the order asks for now, by its name; `until` where the order waits no longer."""

    purpose: str
    name: Text
    amount: Money
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay the charge; `why_not` is empty where it is open, else too-small or too-large."""

    method: str
    name: Text
    text: Text
    smallest: Money
    largest: Money | None
    refund_days: int | None
    wait_days: int | None
    why_not: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One movement of money, in words of its own: the seller, the buyer, what for, how and when.

    `kind` is payment or refund; of a refund `payment` is the receipt of what goes back.
    """

    number: str
    kind: str
    order: str
    market: str
    seller: Text
    buyer: str
    car: Text
    purpose: str
    purpose_name: Text
    amount: Money
    method: str
    means: Mapping[str, str]
    at: datetime
    payment: str | None
    reason: str


def charge_of(facts: OrderFacts) -> Charge | None:
    """What the order asks for now; None where nothing is due."""
    if facts.money.due:
        if facts.state == State.AWAITING_DEPOSIT:
            name = _name(facts, "deposit")
            return Charge("deposit", name, facts.money.due, facts.expires_at)
        return Charge("balance", _name(facts, "balance"), facts.money.due, None)
    changes = [each for each in facts.payments if each.purpose == "amendment"]
    if facts.state == State.BALANCE_PAID and changes and changes[-1].state in _UNPAID:
        return Charge("amendment", _name(facts, "amendment"), changes[-1].amount, None)
    return None


def _name(facts: OrderFacts, purpose: str) -> Text:
    """What the money is called; of a deposit what the order's own terms call it."""
    said: Text | None = facts.document["deposit"].get("kind_name")
    return said if said and purpose == "deposit" else PURPOSE_NAMES[purpose]


def ways_of(order: str, charge: Charge, doors: Doors, now: datetime) -> tuple[Way, ...]:
    """How the charge of `order` can be paid now, in the market's order; what cannot be paid so says why.

    A way for another purpose, or whose door is not open, is left out.
    """
    methods = [
        each
        for each in methods_of(
            Order.objects.only("market", "currency", "release").get(code=order), now
        )
        if charge.purpose in each.purposes and _open(each, doors)
    ]
    return tuple(
        Way(
            method=each.method,
            name=each.name,
            text=each.text,
            smallest=each.smallest,
            largest=each.largest,
            refund_days=each.refund_days,
            wait_days=each.wait_days.get(charge.purpose),
            why_not=each.why_not(charge.purpose, charge.amount),
        )
        for each in methods
    )


def _open(way: PaymentMethod, doors: Doors) -> bool:
    door = doors.of(way.provider)
    return way.by_transfer or (door is not None and way.method in door.methods)


def receipt_of(facts: OrderFacts, number: str) -> Receipt:
    """The receipt of that number; raises UnknownReceipt for money that has not moved."""
    for payment in facts.payments:
        if payment.receipt == number and payment.settled_at is not None:
            return _receipt(facts, payment, None)
        for refund in payment.refunds:
            if refund.receipt == number:
                return _receipt(facts, payment, refund)
    raise UnknownReceipt(
        f"receipt: order {facts.code} has no {number!r}",
        facts={"order": facts.code, "receipt": number},
    )


def _receipt(facts: OrderFacts, payment: PaymentFacts, refund: RefundFacts | None) -> Receipt:
    document: Mapping[str, Any] = facts.document
    moved = refund.arrived_at if refund else payment.settled_at
    return Receipt(
        number=(refund.receipt if refund else payment.receipt) or "",
        kind="refund" if refund else "payment",
        order=facts.code,
        market=facts.market,
        seller=document.get("seller", {}).get("name", {}),
        buyer=facts.buyer.name,
        car=document["car"]["names"]["title"],
        purpose=payment.purpose,
        purpose_name=_name(facts, payment.purpose),
        amount=refund.amount if refund else payment.amount,
        method=refund.way if refund else payment.method,
        means=payment.means,
        at=moved or payment.created_at,
        payment=payment.receipt if refund else None,
        reason=refund.reason if refund else "",
    )
