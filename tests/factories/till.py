"""A till for tests of payments: a shop at a sandbox whose clock the test moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checkout.gateways.ports import PaymentGateway
from checkout.models import Order, Payment
from checkout.queries.ledger import accounts_with_totals
from checkout.services import payments
from checkout.services.payments import PaymentStep
from kernel.money import Money
from tests.factories.gateways import Clock, SandboxDriver, sandbox
from tests.factories.payable import NOON

BACK = "https://store.example/pay/back"


@dataclass
class Till:
    """A shop's till at a sandbox whose clock the test moves."""

    driver: SandboxDriver
    clock: Clock
    events: list[Any]

    @property
    def gateway(self) -> PaymentGateway:
        """The shop's door to the sandbox."""
        return self.driver.gateway

    def start(
        self, order: Order, *, method: str = "card", gateway: Any = None, purpose: str = "deposit"
    ) -> PaymentStep:
        """The buyer clicks on pay."""
        return payments.start_payment(
            order=order.code,
            purpose=purpose,
            method=method,
            return_url=BACK,
            gateway=gateway or self.gateway,
            now=self.clock.now,
        )

    def at_vendor(self) -> list[str]:
        """Every payment the vendor knows."""
        return [document["id"] for document in self.driver.world.payments()]

    def settle(self, provider_id: str) -> str:
        """Ask the vendor and apply the answer."""
        return payments.settle(
            provider="sandbox", provider_id=provider_id, gateway=self.gateway, now=self.clock.now
        )

    def paid(self, order: Order) -> Payment:
        """The deposit of `order`, paid and settled."""
        self.start(order)
        payment = order.payments.last()
        assert payment is not None
        self.driver.pay(payment.provider_id or "")
        self.settle(payment.provider_id or "")
        payment.refresh_from_db()
        return payment

    def sweep(self) -> int:
        """A minute later the sweeper comes by."""
        self.clock.forward(seconds=61)
        return payments.sweep_operations(gateway=self.gateway, now=self.clock.now)


@pytest.fixture
def till(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Till:
    """A till with a fresh sandbox; `events` hears what is published."""
    clock = Clock(NOON)
    events: list[Any] = []

    def heard(publish: Callable[[Any], str]) -> Callable[[Any], str]:
        def both(event: Any) -> str:
            events.append(event)
            return publish(event)

        return both

    for module in (
        "checkout.services.settlement",
        "checkout.services.operations",
        "checkout.services.orders",
    ):
        path = f"{module}.publish"
        monkeypatch.setattr(path, heard(__import__(module, fromlist=["publish"]).publish))
    return Till(sandbox(tmp_path / "sandbox", clock), clock, events)


def pid(order: Order) -> str:
    """The vendor's name of the order's last payment."""
    found = order.payments.order_by("attempt").last()
    assert found is not None
    return found.provider_id or ""


def balances() -> dict[str, int]:
    """Every account that is not at zero, in minor units."""
    return {total.code: total.balance.minor for total in accounts_with_totals() if total.balance}


def refund(till: Till, payment: Payment, minor: int) -> str:
    """Decide to give back; gives the operation's key."""
    return payments.refund_payment(
        payment=payment.code,
        amount=Money(minor, payment.currency),
        reason="buyer-cancelled",
        actor="staff:1",
        now=till.clock.now,
    )
