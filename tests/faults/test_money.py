"""Money under faults, against the Stripe stand-in: whatever is lost, repeated or forged, the books equal Stripe's.

A sample of a size for every day.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from checkout.errors import GatewayUnavailable, WebhookRejected
from checkout.models import LedgerEntry, Order, Payment, WebhookMessage
from checkout.queries.ledger import accounts_with_totals, deposit_liability
from checkout.services import inbox, payments
from kernel.money import Money
from tests.factories.gateways import Clock, Faulty, StripeDriver, signed, this_moment
from tests.factories.payable import payable_order
from tests.factories.stripe_world import StripeWorld

CURRENCIES = ("CNY", "EUR", "JPY", "KWD")
ORDERS = 16


@pytest.fixture
def stripe(stripe_world: StripeWorld) -> StripeDriver:
    return StripeDriver(stripe_world.account())


@pytest.fixture
def clock() -> Clock:
    return Clock(this_moment())


def take_orders(clock: Clock) -> list[tuple[Order, Payment]]:
    return [
        payable_order(currency=CURRENCIES[n % 4], deposit=500_000 + 10 * n, now=clock.now)
        for n in range(ORDERS)
    ]


def start(order: Order, gateway: object, clock: Clock) -> str:
    step = payments.start_payment(
        order=order.code,
        purpose="deposit",
        method="card",
        return_url="",
        gateway=gateway,  # type: ignore[arg-type]
        now=clock.now,
    )
    return Payment.objects.get(code=step.payment).provider_id or ""


def deliver(stripe: StripeDriver, clock: Clock, chance: Random, *, dropped: float) -> int:
    """Every event of the account, shuffled, a third of them twice, some dropped; hostile ones in between."""
    events = [event for event in stripe.events() if chance.random() >= dropped]
    events += [event for event in events if chance.random() < 0.33]
    chance.shuffle(events)
    refused = 0
    for event in events:
        body = json.dumps(event).encode()
        now = clock.forward(milliseconds=1)
        if chance.random() < 0.1:
            refused += _hostile(stripe, body, clock, chance)
        inbox.receive(
            provider="stripe",
            body=body,
            headers=signed(stripe, body, at=now),
            gateway=stripe.gateway,
            now=now,
        )
        if chance.random() < 0.3:
            inbox.process_due(
                gateway=stripe.gateway, clock=partial(clock.forward, milliseconds=1), limit=3
            )
    return refused


def _hostile(stripe: StripeDriver, body: bytes, clock: Clock, chance: Random) -> int:
    now = clock.now
    forged = body.replace(b"evt_", b"evt_hostile")
    headers = {
        "forged": signed(stripe, forged, secret="whsec_guess", at=now),
        "tampered": signed(stripe, body, at=now),
        "stale": signed(stripe, forged, at=now - timedelta(days=365)),
    }[chance.choice(["forged", "tampered", "stale"])]
    with pytest.raises(WebhookRejected):
        inbox.receive(
            provider="stripe", body=forged, headers=headers, gateway=stripe.gateway, now=now
        )
    return 1


def vendor_and_books(stripe: StripeDriver) -> dict[str, tuple[int, int]]:
    books = {
        t.balance.currency: t.balance.minor for t in accounts_with_totals() if t.code == "1100"
    }
    return {currency: (stripe.balance(currency), books.get(currency, 0)) for currency in CURRENCIES}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_the_books_equal_stripe_whatever_happens_to_the_messages(
    stripe: StripeDriver, clock: Clock, seed: int
) -> None:
    chance = Random(seed)
    orders = take_orders(clock)
    for n, (order, _) in enumerate(orders):
        provider_id = start(order, stripe.gateway, clock)
        if n % 5 == 0:
            stripe.decline(provider_id)
        if n % 4 != 3:
            stripe.pay(provider_id)
    refused = deliver(stripe, clock, chance, dropped=0.1)
    for _, payment in orders[:6]:
        payment.refresh_from_db()
        if payment.state == "succeeded":
            key = payments.refund_payment(
                payment=payment.code,
                amount=Money(200_000, payment.currency),
                reason="test",
                actor="staff:1",
                now=clock.now,
            )
            payments.perform(key=key, gateway=stripe.gateway, now=clock.now)
    refused += deliver(stripe, clock, chance, dropped=0.1)
    inbox.process_due(gateway=stripe.gateway, clock=partial(clock.forward, seconds=1))
    payments.poll_payments(gateway=stripe.gateway, now=clock.forward(minutes=2))

    assert refused > 0
    assert not WebhookMessage.objects.filter(event_id__contains="hostile").exists()
    assert not WebhookMessage.objects.filter(processed_at=None).exists()
    assert all(theirs == ours for theirs, ours in vendor_and_books(stripe).values()), (
        vendor_and_books(stripe)
    )
    expected = ["reserved" if n % 4 != 3 else "awaiting_deposit" for n in range(ORDERS)]
    assert list(Order.objects.order_by("pk").values_list("state", flat=True)) == expected
    assert LedgerEntry.objects.filter(kind="charge").count() == expected.count("reserved")
    for currency in CURRENCIES:
        totals = [t.balance.minor for t in accounts_with_totals() if t.balance.currency == currency]
        assert sum(totals) == 0


@pytest.mark.django_db
def test_lost_answers_at_every_call_lose_no_money_and_take_none_twice(
    stripe: StripeDriver, clock: Clock
) -> None:
    orders = take_orders(clock)[:6]
    silence = GatewayUnavailable("no answer")
    for n, (order, _) in enumerate(orders):
        when = "before" if n % 2 else "after"
        broken = Faulty(stripe.gateway, **{when: {"create_payment": silence}})
        with pytest.raises(GatewayUnavailable):
            start(order, broken, clock)
    payments.sweep_operations(gateway=stripe.gateway, now=clock.forward(seconds=61))
    for order, _ in orders:
        stripe.pay(start(order, stripe.gateway, clock))
    payments.poll_payments(gateway=stripe.gateway, now=clock.forward(minutes=2))
    Order.objects.update(state="expired")
    for n, (_, payment) in enumerate(orders):
        key = payments.refund_payment(
            payment=payment.code,
            amount=payment.money,
            reason="test",
            actor="staff:1",
            now=clock.now,
        )
        when = "before" if n % 2 else "after"
        broken = Faulty(stripe.gateway, **{when: {"refund_payment": silence}})
        with pytest.raises(GatewayUnavailable):
            payments.perform(key=key, gateway=broken, now=clock.now)
    payments.sweep_operations(gateway=stripe.gateway, now=clock.forward(seconds=61))

    assert set(Payment.objects.exclude(provider_id=None).values_list("state", flat=True)) == {
        "refunded"
    }
    created = [event for event in stripe.events() if event["type"] == "payment_intent.created"]
    assert len(created) == len(orders)
    assert all(theirs == ours for theirs, ours in vendor_and_books(stripe).values()), (
        vendor_and_books(stripe)
    )
    assert deposit_liability() == ()
