"""Orders on their way: deposit or everything paid, in any state, as they stand before they end."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from checkout.domain.ledger import DEPOSITS, receipt_legs
from checkout.models import LedgerLeg, Order, Payment
from checkout.services.ledger import post
from checkout.services.orders import deposit_received, place_order
from checkout.services.quotes import create_quote
from kernel.money import Money
from tests.factories.ordering import LI, version_of
from tests.factories.shelf import EXAMPLE, NOON, saved_build

DAY = timedelta(days=1)
PLACED = NOON - 3 * DAY
CHOICES = {"CN": EXAMPLE, "DE": ("trim:voyage",)}
BERLIN = {**LI, "address": {"city": "Berlin", "street": "Unter den Linden 1"}}

_numbers = count(1)


def reserved(market: str = "CN", *, vin: str | None = None, now: datetime = PLACED) -> Order:
    """A haven ordered without a loan or optional cover, its deposit paid; `vin` a vehicle from stock."""
    build = None if vin else saved_build(CHOICES[market], market=market)
    quote = create_quote(
        market=market,
        build=build,
        vin=vin,
        finance=None,
        insurance=None,
        insurance_facts={"driver_age": 35, "no_claims_class": "SF10", "seats": None},
        place=None,
        now=now,
    ).code
    placed = place_order(
        quote=quote,
        buyer=LI if market == "CN" else BERLIN,
        terms={"version": version_of(quote, now), "accepted": True},
        language="en",
        customer=None,
        now=now,
    )
    pay(Payment.objects.get(code=placed.payment), now=now)
    deposit_received(order=placed.order, payment=placed.payment, now=now)
    return Order.objects.get(code=placed.order)


def pay(payment: Payment, *, now: datetime = NOON) -> None:
    """The vendor booked the whole of a payment, without a fee."""
    number = next(_numbers)
    payment.state, payment.provider = "succeeded", "sandbox"
    payment.provider_id, payment.settled_at = f"paid-{number}", now
    payment.balance_transaction = f"move-{number}"
    payment.save()
    nothing = Money.zero(payment.currency)
    legs = receipt_legs(paid=payment.money, gross=payment.money, fee=nothing)
    post(key=f"bt:move-{number}", kind="charge", order=payment.order, legs=legs, now=now)


def at(
    order: Order, state: str, *, locked_at: datetime | None = None, held: int | None = None
) -> Order:
    """The order in that state, since two days locked unless said; `held` more paid than the deposit so far, in minor units."""
    order.state = state
    order.locked_at = (
        None if state in {"awaiting_deposit", "reserved"} else locked_at or NOON - 2 * DAY
    )
    order.contract_number, order.contract_state = "HT-1", "accepted"
    if state in {"awaiting_deposit", "reserved"}:
        order.contract_number, order.contract_state = "", "none"
    order.save()
    if held:
        more = Payment.objects.create(
            code=f"BAL{next(_numbers)}",
            order=order,
            purpose=Payment.Purpose.BALANCE,
            amount=held,
            currency=order.currency,
            created_at=NOON,
        )
        pay(more)
    return order


def of_order(order: Order, account: str = DEPOSITS) -> int:
    """What the order's entries on an account add up to, in minor units."""
    legs = LedgerLeg.objects.filter(entry__order=order, account=account)
    return sum(leg.amount for leg in legs)
