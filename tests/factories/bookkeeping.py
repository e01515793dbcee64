"""A shop whose books and whose vendor's books a test compares, behind each payment door that has books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from checkout.gateways.books import VendorBooks
from checkout.gateways.sandbox_books import SandboxBooks
from checkout.gateways.stripe import StripeGateway
from checkout.gateways.stripe_books import StripeBooks
from checkout.models import Order, Payment
from checkout.queries.ledger import accounts_with_totals
from checkout.services import payments
from checkout.services.vendor_books import Pulled, pull
from kernel.money import Money
from tests.factories.gateways import Clock, SandboxDriver, StripeDriver, sandbox, this_moment
from tests.factories.payable import payable_order
from tests.factories.stripe_world import StripeWorld

CURRENCIES = ("CNY", "EUR", "JPY", "KWD", "USD")


@dataclass
class Shop:
    """A shop at a vendor; what it does not settle, only the vendor's books tell."""

    driver: SandboxDriver | StripeDriver
    books: VendorBooks
    clock: Clock

    def asked(self, minor: int = 500_000, currency: str = "CNY") -> Payment:
        """The deposit of a new order, begun at the vendor and not paid."""
        order, payment = payable_order(deposit=minor, currency=currency, now=self.clock.now)
        payments.start_payment(
            order=order.code,
            purpose="deposit",
            method="card",
            return_url="",
            gateway=self.driver.gateway,
            now=self.clock.now,
        )
        payment.refresh_from_db()
        return payment

    def paid(self, minor: int = 500_000, currency: str = "CNY", *, told: bool = True) -> Payment:
        """A deposit that was paid; `told`: and settled here."""
        payment = self.asked(minor, currency)
        self.driver.pay(payment.provider_id or "")
        return self.settled(payment) if told else payment

    def contested(self, minor: int = 500_000, currency: str = "CNY") -> tuple[Payment, str]:
        """A deposit that was paid, settled and contested; and the dispute's code."""
        payment = self.asked(minor, currency)
        code = self.driver.contest(payment.provider_id or "")
        return self.settled(payment), code

    def settled(self, payment: Payment) -> Payment:
        """The payment, after the vendor was asked about it."""
        payments.settle(
            provider=payment.provider,
            provider_id=payment.provider_id or "",
            gateway=self.driver.gateway,
            now=self.clock.now,
        )
        payment.refresh_from_db()
        return payment

    def refund(self, payment: Payment, minor: int, *, sent: bool = True) -> str:
        """Decide to give back, and send it; gives the operation's key."""
        key = payments.refund_payment(
            payment=payment.code,
            amount=Money(minor, payment.currency),
            reason="buyer-cancelled",
            actor="staff:1",
            now=self.clock.now,
        )
        if sent:
            payments.perform(key=key, gateway=self.driver.gateway, now=self.clock.now)
        return key

    def pull(self) -> Pulled:
        """Read the vendor's books."""
        return pull(books=self.books, now=self.clock.now)

    def differences(self) -> dict[str, int]:
        """What the vendor holds less what the ledger says, where that is anything."""
        ours = {
            total.balance.currency: total.balance.minor
            for total in accounts_with_totals()
            if total.code == "1100"
        }
        theirs = self.books.balance()
        differ = {code: theirs.get(code, 0) - ours.get(code, 0) for code in {*ours, *theirs}}
        return {code: minor for code, minor in differ.items() if minor}


def accounts(currency: str = "CNY") -> dict[str, int]:
    """Every account that is not at zero in a currency, in minor units."""
    return {
        total.code: total.balance.minor
        for total in accounts_with_totals()
        if total.balance and total.balance.currency == currency
    }


def order_of(payment: Payment) -> Order:
    """The payment's order as it stands."""
    return Order.objects.get(pk=payment.order_id)


@pytest.fixture(params=["sandbox", "stripe"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """A shop at the sandbox, and one at the Stripe stand-in over HTTP."""
    clock = Clock(this_moment() + timedelta(seconds=2))
    if request.param == "sandbox":
        driver = sandbox(tmp_path / "sandbox")
        return Shop(driver, SandboxBooks(driver.world), clock)
    world: StripeWorld = request.getfixturevalue("stripe_world")
    stripe = StripeDriver(world.account(settled=True))
    assert isinstance(stripe.gateway, StripeGateway)
    return Shop(stripe, StripeBooks(stripe.gateway), clock)
