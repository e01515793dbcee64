"""A process dies at every step between "operation stored" and "result stored": no money is lost, none moves twice.

Deaths happen before and after each write, so also right before and right after each call to the vendor: it is made between
two transactions. The vendor's memory outlives the process, as a real one's does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from checkout.domain.payments import State
from checkout.errors import GatewayRefused, RefundTooLarge
from checkout.models import LedgerEntry, Order, Payment, WebhookMessage
from checkout.services import inbox, payments
from kernel.audit import verify_chain
from tests.factories.gateways import signed
from tests.factories.payable import payable_order
from tests.factories.till import Till, balances, pid, refund, till
from tests.support.crashing import for_every_write

__all__ = ["till"]
pytestmark = pytest.mark.django_db

PAID = {"1100": 485_470, "5000": 14_530, "2000": -500_000}
GIVEN_BACK = {"1100": -14_530, "5000": 14_530}


@dataclass
class Before:
    """The vendor and the clock as they were; `again` puts them back before each life of the process."""

    till: Till
    kept: Path

    @classmethod
    def of(cls, till: Till, folder: Path) -> Before:
        kept = folder / "kept"
        till.driver.world.directory.mkdir(parents=True, exist_ok=True)
        shutil.copytree(till.driver.world.directory, kept)
        return cls(till, kept)

    def then(self, act: Callable[[], object]) -> Callable[[], None]:
        now = self.till.clock.now

        def live() -> None:
            shutil.rmtree(self.till.driver.world.directory)
            shutil.copytree(self.kept, self.till.driver.world.directory)
            self.till.clock.now = now
            act()

        return live


def test_money_is_asked_for_once_wherever_a_process_dies_that_begins_a_payment(
    till: Till, tmp_path: Path
) -> None:
    order, payment = payable_order()
    before = Before.of(till, tmp_path)

    def again() -> None:
        till.sweep()
        assert till.start(order).payment == payment.code

    def done() -> None:
        assert till.at_vendor() == [pid(order)]
        [operation] = payment.operations.all()
        assert (operation.state, operation.provider_ref) == ("done", pid(order))
        till.driver.pay(pid(order))
        till.settle(pid(order))
        assert balances() == PAID

    act = before.then(lambda: till.start(order))
    assert for_every_write(act, again=again, done=done) >= 5


@pytest.mark.parametrize("buyer_pays", [False, True])
def test_money_is_kept_or_never_taken_wherever_a_process_dies_that_closes_a_payment(
    till: Till, tmp_path: Path, buyer_pays: bool
) -> None:
    order, payment = payable_order()
    till.start(order)
    before = Before.of(till, tmp_path)

    def close() -> None:
        payments.close_open_payments(order=order.code, gateway=till.gateway, now=till.clock.now)

    def died() -> None:
        if buyer_pays:
            with suppress(GatewayRefused):
                till.driver.pay(pid(order))

    def again() -> None:
        till.sweep()
        close()
        till.sweep()

    def done() -> None:
        found = Payment.objects.get(pk=payment.pk)
        seen = till.gateway.fetch_payment(pid(order)).state
        assert seen in ({State.CANCELED, State.SUCCEEDED} if buyer_pays else {State.CANCELED})
        assert found.state == seen
        assert balances() == (PAID if seen is State.SUCCEEDED else {})
        reserved = Order.objects.get(pk=order.pk).state == "reserved"
        assert reserved is (seen is State.SUCCEEDED)
        assert not payment.operations.filter(resolved_at=None).exists()

    assert for_every_write(before.then(close), died=died, again=again, done=done) >= 4


def test_money_goes_back_once_wherever_a_process_dies_that_refunds(
    till: Till, tmp_path: Path
) -> None:
    order, _ = payable_order()
    payment = till.paid(order)
    before = Before.of(till, tmp_path)

    def give_back() -> None:
        with suppress(RefundTooLarge):  # it was decided before the death
            refund(till, payment, 500_000)
        for key in payment.operations.filter(kind="refund").values_list("key", flat=True):
            payments.perform(key=key, gateway=till.gateway, now=till.clock.now)

    def died() -> None:
        assert len(till.gateway.refunds_of(pid(order))) <= 1
        owed = {code: sum for code, sum in balances().items() if code in {"2000", "2010"}}
        assert sum(owed.values()) in {-500_000, 0}

    def again() -> None:
        till.sweep()
        give_back()

    def done() -> None:
        [made] = till.gateway.refunds_of(pid(order))
        [operation] = payment.operations.filter(kind="refund")
        assert (made.reference, made.amount.minor) == (operation.key, 500_000)
        found = Payment.objects.get(pk=payment.pk)
        assert (found.state, found.refunded, operation.state) == ("refunded", 500_000, "done")
        assert balances() == GIVEN_BACK
        assert verify_chain() == []

    assert for_every_write(before.then(give_back), died=died, again=again, done=done) >= 10


def test_money_counts_once_wherever_a_worker_dies_that_handles_a_message(till: Till) -> None:
    order, payment = payable_order()
    till.start(order)
    message = till.driver.world.succeed(pid(order))

    def receive() -> None:
        inbox.receive(
            provider="sandbox",
            body=message.body,
            headers=signed(till.driver, message.body, at=till.clock.now),
            gateway=till.gateway,
            now=till.clock.now,
        )
        inbox.process_due(gateway=till.gateway, clock=till.clock)

    def again() -> None:
        receive()  # the vendor sends again what was not answered
        inbox.process_due(gateway=till.gateway, clock=lambda: till.clock.now + timedelta(minutes=3))

    def done() -> None:
        [stored] = WebhookMessage.objects.all()
        assert (stored.processed_at is not None, stored.error) == (True, "")
        assert Payment.objects.get(pk=payment.pk).state == "succeeded"
        assert Order.objects.get(pk=order.pk).state == "reserved"
        assert LedgerEntry.objects.filter(kind="charge").count() == 1
        assert balances() == PAID

    assert for_every_write(receive, again=again, done=done) >= 8
