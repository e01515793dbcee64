"""Unpaid orders end only after the vendor took no more money; what comes too late goes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.queries.stock import vehicle
from catalog.services.stock import release_reservation, reserve_vehicle
from checkout.errors import GatewayUnavailable, OrderStateConflict, UnknownOrder
from checkout.gateways.ports import PaymentGateway
from checkout.models import Payment
from checkout.queries.orders import order
from checkout.services.expiry import cancel_unpaid, expire_orders
from checkout.services.orders import HOLD_GRACE
from checkout.services.payments import overdue_orders, settle, start_payment
from tests.factories.gateways import Clock, SandboxDriver, sandbox
from tests.factories.ordering import placed, quoted
from tests.factories.shelf import NOON, forget, put_on_sale, stock_vehicle

pytestmark = pytest.mark.django_db

IN_TIME = NOON + timedelta(minutes=29)
LATE = NOON + timedelta(minutes=31)


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def driver(tmp_path: Path) -> SandboxDriver:
    return sandbox(tmp_path / "sandbox", Clock(NOON))


def begun(code: str, driver: SandboxDriver) -> str:
    """A payment begun at the vendor; gives the vendor's name for it."""
    start_payment(
        order=code,
        purpose="deposit",
        method="card",
        return_url="https://store.example/back",
        gateway=driver.gateway,
        now=NOON,
    )
    return Payment.objects.get(order__code=code).provider_id or ""


class Silent:
    """A vendor that does not answer; counts how often it was called."""

    provider = "sandbox"
    calls = 0

    def __getattr__(self, name: str) -> object:
        self.calls += 1
        raise GatewayUnavailable("no answer")


def test_an_order_nobody_paid_ends_and_frees_its_vehicle(driver: SandboxDriver) -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    assert expire_orders(gateway=driver.gateway, now=IN_TIME) == 0
    assert expire_orders(gateway=driver.gateway, now=LATE) == 1
    assert expire_orders(gateway=driver.gateway, now=LATE) == 0
    assert order(made.order, LATE).state == "expired"
    assert order(made.order, LATE).payments[0].state == "canceled"
    assert vehicle(vin, LATE).status == "available"


def test_a_payment_begun_is_closed_at_the_vendor_before_the_order_ends(
    driver: SandboxDriver,
) -> None:
    made = placed()
    provider_id = begun(made.order, driver)
    assert expire_orders(gateway=driver.gateway, now=LATE) == 1
    assert driver.gateway.fetch_payment(provider_id).state == "canceled"


def test_money_that_came_before_the_end_reserves_the_order_instead(driver: SandboxDriver) -> None:
    made = placed()
    driver.pay(begun(made.order, driver))
    assert expire_orders(gateway=driver.gateway, now=LATE) == 0
    assert order(made.order, LATE).state == "reserved"


def test_while_the_vendor_is_silent_the_vehicle_stays_held(driver: SandboxDriver) -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    begun(made.order, driver)
    silent: PaymentGateway = Silent()  # type: ignore[assignment]
    assert expire_orders(gateway=silent, now=LATE) == 0
    assert order(made.order, LATE).state == "awaiting_deposit"
    assert vehicle(vin, LATE).free_at == LATE + HOLD_GRACE


def test_a_silent_vendor_is_called_three_times_a_run_and_holds_up_no_order_without_a_payment(
    driver: SandboxDriver,
) -> None:
    held = [stock_vehicle() for _ in range(5)]
    waiting = [placed(quoted(vin=vin)).order for vin in held]
    for code in waiting:
        begun(code, driver)
    idle = placed()
    silent = Silent()
    assert expire_orders(gateway=silent, now=LATE) == 1  # type: ignore[arg-type]
    assert silent.calls == 3
    assert order(idle.order, LATE).state == "expired"
    assert {vehicle(vin, LATE).free_at for vin in held} == {LATE + HOLD_GRACE}
    assert overdue_orders(now=LATE)[:2] == waiting[3:], "whoever had no turn is next"


def test_a_vehicle_that_is_gone_stops_nobody_from_waiting_for_the_vendor(
    driver: SandboxDriver,
) -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    begun(made.order, driver)
    release_reservation(vin=vin, holder=made.order, now=NOON)
    reserve_vehicle(vin=vin, holder="C26-OTHER", until=LATE + timedelta(hours=1), now=NOON)
    silent: PaymentGateway = Silent()  # type: ignore[assignment]
    assert expire_orders(gateway=silent, now=LATE) == 0
    assert vehicle(vin, LATE).holder == "C26-OTHER"


def test_money_for_a_vehicle_that_is_gone_goes_back(driver: SandboxDriver) -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    provider_id = begun(made.order, driver)
    release_reservation(vin=vin, holder=made.order, now=NOON)
    reserve_vehicle(vin=vin, holder="C26-OTHER", until=LATE, now=NOON)
    driver.pay(provider_id)
    settle(provider="sandbox", provider_id=provider_id, gateway=driver.gateway, now=NOON)
    payment = Payment.objects.get(order__code=made.order)
    assert payment.operations.filter(kind="refund").exists()
    assert order(made.order, NOON).state == "awaiting_deposit"


def test_a_buyer_gives_up_before_paying(driver: SandboxDriver) -> None:
    vin = stock_vehicle()
    made = placed(quoted(vin=vin))
    begun(made.order, driver)
    cancel_unpaid(order=made.order, actor="guest", gateway=driver.gateway, now=NOON)
    assert order(made.order, NOON).state == "cancelled"
    assert vehicle(vin, NOON).status == "available"


def test_a_buyer_cannot_give_up_while_money_is_arriving(driver: SandboxDriver) -> None:
    made = placed()
    driver.pay(begun(made.order, driver))
    with pytest.raises(OrderStateConflict):
        cancel_unpaid(order=made.order, actor="guest", gateway=driver.gateway, now=NOON)
    assert order(made.order, NOON).state == "reserved"


def test_an_order_that_does_not_exist_cannot_be_given_up(driver: SandboxDriver) -> None:
    with pytest.raises(UnknownOrder):
        cancel_unpaid(order="C26-NOSUCH", actor="guest", gateway=driver.gateway, now=NOON)


def test_a_buyer_cannot_give_up_while_the_vendor_is_silent(driver: SandboxDriver) -> None:
    made = placed()
    begun(made.order, driver)
    silent: PaymentGateway = Silent()  # type: ignore[assignment]
    with pytest.raises(OrderStateConflict, match="under way"):
        cancel_unpaid(order=made.order, actor="guest", gateway=silent, now=NOON)
