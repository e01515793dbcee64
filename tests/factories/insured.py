"""A reserved order with cover in its quote, and a desk: insurers' sandboxes with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.order import State as OrderState
from checkout.errors import InsurerUnavailable
from checkout.gateways.insurers import Insurer
from checkout.models import InsurancePolicy, Order
from checkout.services import insurance, insurer_inbox, insuring
from tests.factories.gateways import Clock
from tests.factories.insurers import InsurerDriver, sandbox_insurer
from tests.factories.ordering import COVERS, placed, quoted
from tests.factories.shelf import NOON, forget, put_on_sale

GUEST = "guest"


def insured_order(
    *, state: OrderState = OrderState.RESERVED, insurance: list[str] | None = COVERS, **quote: Any
) -> Order:
    """An order for the worked Haven, 35 years old driver, with its covers."""
    made = placed(quoted(finance=None, insurance=insurance, **quote))
    order = Order.objects.get(code=made.order)
    order.state = str(state)
    order.save()
    return order


def all_paid(order: Order) -> Order:
    """The same order with its car named and everything paid, ready for the key."""
    order.refresh_from_db()
    order.state, order.vin = str(OrderState.BALANCE_PAID), order.vin or "L0SH11CA0VX112729"
    order.save()
    order.payments.update(state="succeeded", amount=order.price)
    return order


@dataclass
class Desk:
    """The use cases at work on two insurers; `silent` makes their doors keep silent before they act."""

    drivers: dict[str, InsurerDriver]
    clock: Clock
    silent: bool = False
    asked: list[str] = field(default_factory=list)

    def doors(self, insurer: str) -> Insurer | None:
        """The open door of an insurer."""
        driver = self.drivers.get(insurer)
        if driver is None:
            return None
        return _Silent(driver.door) if self.silent else driver.door

    @property
    def driver(self) -> InsurerDriver:
        """The first insurer of the demo."""
        return self.drivers["qinghe"]

    def take_out(self, order: Order, age: int | None = None, **changes: Any) -> InsurancePolicy:
        """The buyer insures, as a persona where an age is given."""
        asked: dict[str, Any] = {
            "insurer": None,
            "products": None,
            "driver": {} if age is None else {"age": age},
            "start_on": None,
            "consents": {changes.get("insurer") or "qinghe": True},
        }
        code = insurance.take_out(
            order=order.code,
            doors=self.doors,
            actor=GUEST,
            now=self.clock.now,
            **(asked | changes),
        )
        return InsurancePolicy.objects.get(code=code)

    def give_up(self, order: Order) -> str:
        """The buyer cancels."""
        return insurance.give_up(
            order=order.code, doors=self.doors, actor=GUEST, now=self.clock.now
        )

    def hear(self, policy: InsurancePolicy) -> bool:
        """The insurer posts its message and the worker handles it; True if it was new."""
        message = self.driver.world.message(policy.insurer_reference)
        new = insurer_inbox.receive(
            body=message.body,
            headers=message.headers,
            insurer=self.driver.door,
            now=self.clock.now,
        )
        insurer_inbox.process_due(doors=self.doors, clock=self.clock)
        return new

    def later(self, **by: float) -> datetime:
        """Time passes, and the worker does what it does then."""
        self.clock.forward(**by)
        self.work()
        return self.clock.now

    def work(self) -> None:
        """One round of the worker."""
        insurance.end_with_orders(now=self.clock.now)
        insurer_inbox.process_due(doors=self.doors, clock=self.clock)
        insuring.sweep(doors=self.doors, now=self.clock.now)
        insuring.poll(doors=self.doors, now=self.clock.now)
        insurance.turn_the_calendar(now=self.clock.now)

    def on(self, day: date) -> None:
        """Noon of a later day, with the worker's round."""
        self.clock.now = datetime.combine(day, NOON.time(), NOON.tzinfo)
        self.work()


class _Silent:
    """A door behind which nobody answers; whatever it is asked is lost."""

    real = False

    def __init__(self, door: Insurer) -> None:
        self.insurer = door.insurer

    def __getattr__(self, name: str) -> Any:
        def lost(*_: Any, **__: Any) -> Any:
            raise InsurerUnavailable("nobody answers", facts={"insurer": self.insurer})

        return lost


@pytest.fixture
def desk(tmp_path: Path, transactional_db: None) -> Iterator[Desk]:
    """Two insurers, and the demo catalogue on sale."""
    forget()
    put_on_sale()
    clock = Clock(NOON)
    yield Desk(
        {
            code: sandbox_insurer(tmp_path / code, clock, code)
            for code in ("qinghe", "yunquan", "deichwacht")
        },
        clock,
    )
    forget()
