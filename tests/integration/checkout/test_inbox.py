"""Messages: stored once, handled once, believed never."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from checkout import tasks
from checkout.errors import GatewayUnavailable, WebhookRejected
from checkout.events import OperationPlanned
from checkout.gateways.ports import GatewayEvent, PaymentGateway
from checkout.gateways.sandbox import SandboxGateway, SandboxWorld
from checkout.models import LedgerEntry, Order, Payment, WebhookMessage
from checkout.services import hints, inbox, payments
from kernel.jobs import run_until_idle
from kernel.money import Money
from tests.factories.gateways import SECRETS, Clock, Faulty, SandboxDriver, sandbox, signed
from tests.factories.payable import NOON, payable_order


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def vendor(tmp_path: Path, clock: Clock) -> SandboxDriver:
    return sandbox(tmp_path / "sandbox", clock)


def started(vendor: SandboxDriver, now: datetime) -> tuple[Order, str]:
    order, payment = payable_order(now=now)
    payments.start_payment(
        order=order.code,
        purpose="deposit",
        method="card",
        return_url="",
        gateway=vendor.gateway,
        now=now,
    )
    payment.refresh_from_db()
    return order, payment.provider_id or ""


def deliver(
    vendor: SandboxDriver, body: bytes, *, secret: str = SECRETS[0], now: datetime = NOON
) -> bool:
    return inbox.receive(
        provider="sandbox",
        body=body,
        headers=signed(vendor, body, secret=secret, at=now),
        gateway=vendor.gateway,
        now=now,
    )


@pytest.mark.django_db
def test_a_message_is_stored_once_and_its_deliveries_are_counted(vendor: SandboxDriver) -> None:
    _, provider_id = started(vendor, NOON)
    vendor.pay(provider_id)
    body = vendor.message(provider_id)
    assert [deliver(vendor, body) for _ in range(3)] == [True, False, False]
    message = WebhookMessage.objects.get()
    assert (message.deliveries, message.object_id, message.processed_at) == (3, provider_id, None)


@pytest.mark.django_db
def test_what_postgresql_does_not_store_is_replaced_in_a_verified_message(
    vendor: SandboxDriver,
) -> None:
    class Odd:
        provider = "sandbox"

        def read_webhook(self, *_: object, now: datetime) -> GatewayEvent:
            payload = {"a\x00": ["\x00b", {"c": "\ud83d"}], "n": float("nan"), "i": 1, "t": "好😀"}
            return GatewayEvent("evt\x00", "t\x00", "obj\x00", payload)

    for new in (True, False):
        odd: PaymentGateway = Odd()  # type: ignore[assignment]
        stored = inbox.receive(provider="sandbox", body=b"", headers={}, gateway=odd, now=NOON)
        assert stored is new
    message = WebhookMessage.objects.get()
    assert (message.event_id, message.type, message.object_id) == (
        "evt\ufffd",
        "t\ufffd",
        "obj\ufffd",
    )
    assert message.payload == {
        "a\ufffd": ["\ufffdb", {"c": "\ufffd"}],
        "n": "nan",
        "i": 1,
        "t": "好😀",
    }


@pytest.mark.django_db(transaction=True)
def test_ten_deliveries_at_once_are_one_message(vendor: SandboxDriver) -> None:
    _, provider_id = started(vendor, NOON)
    body = vendor.message(provider_id)

    def once(_: int) -> bool:
        try:
            return deliver(vendor, body)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(once, range(10))) == 1
    assert WebhookMessage.objects.get().deliveries == 10


@pytest.mark.django_db
def test_a_forged_message_leaves_nothing(vendor: SandboxDriver) -> None:
    _, provider_id = started(vendor, NOON)
    body = vendor.message(provider_id)
    with pytest.raises(WebhookRejected):
        deliver(vendor, body, secret="whsec_guess")
    with pytest.raises(WebhookRejected):
        inbox.receive(provider="stripe", body=body, headers={}, gateway=vendor.gateway, now=NOON)
    assert WebhookMessage.objects.count() == 0


@pytest.mark.django_db
def test_a_message_is_a_hint_what_it_says_is_not_believed(vendor: SandboxDriver) -> None:
    order, provider_id = started(vendor, NOON)
    # A message that says "succeeded", signed by the vendor, about a payment that nobody paid.
    body = vendor.world.message(provider_id, "payment.succeeded").body
    deliver(vendor, body)
    assert inbox.process(message=WebhookMessage.objects.get().pk, gateway=vendor.gateway, now=NOON)
    order.refresh_from_db()
    assert order.state == "awaiting_deposit"
    assert LedgerEntry.objects.count() == 0


@pytest.mark.django_db
def test_an_amount_in_a_message_is_never_read(vendor: SandboxDriver) -> None:
    order, provider_id = started(vendor, NOON)
    vendor.pay(provider_id)
    body = json.loads(vendor.message(provider_id))
    body["data"] |= {"amount": 1, "currency": "KWD", "refunded": 500_000}
    deliver(vendor, json.dumps(body).encode())
    assert inbox.process(message=WebhookMessage.objects.get().pk, gateway=vendor.gateway, now=NOON)
    order.refresh_from_db()
    payment = order.payments.get()
    assert (order.state, payment.state, payment.refunded) == ("reserved", "succeeded", 0)
    assert {leg.amount for leg in LedgerEntry.objects.get().legs.all()} >= {-500_000}


@pytest.mark.django_db
def test_shuffled_and_repeated_messages_pay_once(vendor: SandboxDriver, clock: Clock) -> None:
    order, provider_id = started(vendor, NOON)
    bodies = [vendor.world.decline(provider_id).body, vendor.world.succeed(provider_id).body]
    bodies += [vendor.message(provider_id), bodies[0], bodies[1]]
    for body in reversed(bodies):
        deliver(vendor, body)
        assert inbox.process_due(
            gateway=vendor.gateway, clock=partial(clock.forward, seconds=1)
        ) in {0, 1}
    order.refresh_from_db()
    assert order.state == "reserved"
    assert LedgerEntry.objects.count() == 1
    assert WebhookMessage.objects.filter(processed_at=None).count() == 0
    assert WebhookMessage.objects.count() == 3


@pytest.mark.django_db
def test_a_message_is_handled_once(vendor: SandboxDriver) -> None:
    _, provider_id = started(vendor, NOON)
    deliver(vendor, vendor.message(provider_id))
    pk = WebhookMessage.objects.get().pk
    assert inbox.process(message=pk, gateway=vendor.gateway, now=NOON) is True
    assert inbox.process(message=pk, gateway=vendor.gateway, now=NOON) is False


@pytest.mark.django_db
def test_a_silent_vendor_is_asked_again_later_and_later(
    vendor: SandboxDriver, clock: Clock
) -> None:
    _, provider_id = started(vendor, NOON)
    deliver(vendor, vendor.message(provider_id))
    pk = WebhookMessage.objects.get().pk
    silent = Faulty(vendor.gateway, before={"fetch_payment": GatewayUnavailable("no answer")})
    pauses = []
    for _ in range(hints.MAX_ATTEMPTS):
        assert inbox.process(message=pk, gateway=silent, now=clock.now) is False
        message = WebhookMessage.objects.get()
        assert message.next_try_at is not None
        pauses.append(message.next_try_at - clock.now)
        assert inbox.due(now=clock.now) == []
        clock.now = message.next_try_at
    assert pauses[:4] == [timedelta(seconds=5 * 2**n) for n in range(4)]
    assert max(pauses) == hints.LONGEST_PAUSE
    assert inbox.due(now=clock.now) == [], "now a person looks"
    assert WebhookMessage.objects.get().error == "no answer"


@pytest.mark.django_db
def test_a_message_of_a_dead_worker_is_free_again_after_its_lease(
    vendor: SandboxDriver, clock: Clock
) -> None:
    _, provider_id = started(vendor, NOON)
    deliver(vendor, vendor.message(provider_id))
    pk = WebhookMessage.objects.get().pk
    dying = Faulty(vendor.gateway, before={"fetch_payment": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        inbox.process(message=pk, gateway=dying, now=clock.now)
    assert inbox.process(message=pk, gateway=vendor.gateway, now=clock.now) is False
    clock.forward(minutes=2)
    assert inbox.process_due(gateway=vendor.gateway, clock=clock) == 1


@pytest.mark.django_db
def test_messages_about_nothing_of_ours_are_kept_and_closed(vendor: SandboxDriver) -> None:
    _, provider_id = started(vendor, NOON)
    deliver(vendor, vendor.message(provider_id))
    Payment.objects.update(code="OTHER", provider_id="sbx_other")
    assert inbox.process_due(gateway=vendor.gateway, clock=lambda: NOON) == 1
    message = WebhookMessage.objects.get()
    assert (message.error, message.processed_at) == ("unknown-payment", NOON)
    WebhookMessage.objects.create(
        provider="sandbox", event_id="e2", type="balance.available", payload={}, received_at=NOON
    )
    WebhookMessage.objects.create(
        provider="stripe", event_id="e3", type="t", payload={}, received_at=NOON
    )
    assert inbox.process_due(gateway=vendor.gateway, clock=lambda: NOON) == 1, (
        "another door's message waits for its door"
    )


@pytest.mark.django_db
def test_an_amount_that_is_not_ours_is_noted_on_the_message(vendor: SandboxDriver) -> None:
    _, provider_id = started(vendor, NOON)
    vendor.pay(provider_id)
    deliver(vendor, vendor.message(provider_id))
    Payment.objects.update(amount=1)
    assert inbox.process_due(gateway=vendor.gateway, clock=lambda: NOON) == 1
    assert WebhookMessage.objects.get().error == "payment-mismatch"


# ---- The tasks: the same with settings and the wall clock ----


@pytest.fixture
def live(settings: Settings, tmp_path: Path) -> SandboxDriver:
    settings.PAYMENT_DOOR = "sandbox"
    settings.SANDBOX_DIR = tmp_path / "live"
    driver = SandboxDriver(SandboxWorld(tmp_path / "live"))
    driver.gateway = SandboxGateway(driver.world)
    return driver


def live_now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.django_db
def test_a_delivered_message_pays_the_order_through_its_job(live: SandboxDriver) -> None:
    order, provider_id = started(live, live_now())
    sent = live.world.succeed(provider_id)
    inbox.receive(
        provider="sandbox",
        body=sent.body,
        headers=sent.headers,
        gateway=live.gateway,
        now=live_now(),
    )
    run_until_idle()
    order.refresh_from_db()
    assert order.state == "reserved"


@pytest.mark.django_db
def test_a_planned_refund_is_sent_by_its_job(live: SandboxDriver) -> None:
    _, provider_id = started(live, live_now())
    live.pay(provider_id)
    payments.settle(
        provider="sandbox", provider_id=provider_id, gateway=live.gateway, now=live_now()
    )
    payment = Payment.objects.get()
    payments.refund_payment(
        payment=payment.code,
        amount=Money(500_000, "CNY"),
        reason="test",
        actor="staff:1",
        now=live_now(),
    )
    run_until_idle()
    payment.refresh_from_db()
    assert payment.state == "refunded"
    tasks.on_operation_planned(OperationPlanned(key="refund-none-1", at=live_now()), event_id="1")


@pytest.mark.django_db
def test_what_time_starts_finds_lost_messages_open_operations_and_silent_vendors(
    live: SandboxDriver,
) -> None:
    past = live_now() - timedelta(minutes=2)
    order, provider_id = started(live, past)
    deliver_to = live.world.succeed(provider_id)
    inbox.receive(
        provider="sandbox",
        body=deliver_to.body,
        headers=deliver_to.headers,
        gateway=live.gateway,
        now=live_now(),
    )
    assert tasks.process_inbox.call() == 1
    second, _ = started(live, past)
    second.payments.get().operations.update(state="sent", resolved_at=None, last_sent_at=past)
    Payment.objects.filter(order=second).update(provider_id=None, state="created")
    assert tasks.sweep_operations.call() == 1
    third, third_id = started(live, past)
    Payment.objects.filter(order=third).update(snapshot_at=past)
    live.pay(third_id)
    assert tasks.poll_payments.call() == 1
    fourth, _ = started(live, past)
    Order.objects.filter(pk=fourth.pk).update(expires_at=live_now())
    assert tasks.expire_orders.call() == 1
    states = list(Order.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["reserved", "awaiting_deposit", "reserved", "expired"]
