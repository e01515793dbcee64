"""Orders of both markets in any state, for tests of withdrawing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from catalog.services.stock import extend_reservation
from checkout.domain.order import MOVES, Delivery, Move, State
from checkout.domain.payments import State as Paid
from checkout.models import Order, Payment
from checkout.queries.withdrawals import ReceiptFacts
from checkout.services.history import tell
from checkout.services.orders import place_order
from checkout.services.quotes import create_quote
from checkout.services.withdrawing import Statement, begin_withdrawal, confirm_withdrawal
from kernel.money import Money
from tests.factories.ordering import LI, confirm_loan, version_of
from tests.factories.shelf import NOON, saved_build, stock_vehicle

WHERE_DE: dict[str, Any] = {"country": "DE", "city": "Berlin", "line": "Uferweg 1"}
ERIKA = {**LI, "name": "Erika Muster", "email": "erika@example.com", "address": WHERE_DE}
MAY_WITHDRAW = tuple(state for state, moves in MOVES.items() if Move.WITHDRAW in moves)
_PLACES: dict[str, tuple[Any, ...]] = {
    "CN": (None, LI),
    "DE": (("trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream"), ERIKA),
}


def bought(
    market: str = "DE",
    state: State = State.RESERVED,
    *,
    vin: bool = False,
    buyer: dict[str, Any] | None = None,
    accepted: bool = True,
    paid: bool = True,
    now: datetime = NOON,
    finance: dict[str, Any] | None = None,
) -> Order:
    """An order placed at `now` with its deposit paid, its contract accepted, and in `state`; a car of stock with `vin`."""
    choices, usual = _PLACES[market]
    code = create_quote(
        market=market,
        build=None if vin else saved_build(choices, market=market) if choices else saved_build(),
        vin=stock_vehicle() if vin else None,
        finance=finance,
        insurance=None,
        insurance_facts={},
        place=None,
        now=now,
    ).code
    confirm_loan(code, now)
    made = place_order(
        quote=code,
        buyer=buyer or usual,
        terms={"version": version_of(code, now), "accepted": True},
        language="en",
        customer=None,
        now=now,
    )
    order = Order.objects.get(code=made.order)
    if paid and state != State.AWAITING_DEPOSIT:
        pay(order, order.deposit, now)
        if order.vin:
            until = now + timedelta(days=365)
            extend_reservation(vin=order.vin, holder=order.code, until=until, now=now)
    if accepted:
        order.contract_number, order.contract_state = f"FC-{order.code}", "accepted"
        tell(order=order, kind="contract-accepted", actor="guest", facts={}, now=now)
    order.state, order.reserved_at = str(state), now
    if state is State.DISPUTED:
        order.state_before_dispute = str(State.RESERVED)
    order.save()
    if state is State.HANDED_OVER:
        handed_over(order, now)
    return order


def pay(order: Order, minor: int, now: datetime = NOON) -> Payment:
    """A settled payment of that sum."""
    payment = order.payments.filter(state=Paid.CREATED).first() or Payment(
        order=order,
        code=f"PAID{order.pk}-{order.payments.count()}",
        purpose=Payment.Purpose.DEPOSIT,
        attempt=order.payments.count() + 1,
        currency=order.currency,
        created_at=now,
    )
    payment.amount, payment.state, payment.settled_at = minor, str(Paid.SUCCEEDED), now
    payment.provider, payment.provider_id = "sandbox", f"pay_{payment.code}"
    payment.save()
    return payment


def handed_over(order: Order, at: datetime) -> None:
    """The buyer has the key since `at`."""
    order.state, order.handed_over_at = str(State.HANDED_OVER), at
    order.delivery_state = str(Delivery.DONE)
    order.save()
    tell(order=order, kind="handed-over", actor="staff:1", facts={"vin": order.vin}, now=at)


def declared(order: Order, now: datetime = NOON) -> Statement:
    """The first step by the buyer."""
    return begin_withdrawal(
        order=order.code, name=order.buyer_name, contact=order.buyer_email, now=now
    )


def withdrawn(
    bought: Order, now: datetime = NOON, said: Statement | None = None, **changes: Any
) -> ReceiptFacts:
    """Both steps, the second a minute after the first."""
    said = said or declared(bought, now - timedelta(minutes=1))
    asked: dict[str, Any] = {
        "statement": said.statement,
        "shown": said.fingerprint,
        "actor": "guest",
        "sent_at": now,
        "now": now,
        "language": "en",
    }
    return confirm_withdrawal(**(asked | changes))


def held(order: Order) -> Money:
    """What the buyer paid."""
    return Money(sum(p.amount for p in order.payments.all()), order.currency)
