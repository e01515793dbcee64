"""A reserved order with a loan in its quote, and a bank: the lender's sandbox with a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.application import By
from checkout.domain.order import State as OrderState
from checkout.errors import LenderUnavailable
from checkout.gateways.lenders import Lender, LenderApplication
from checkout.models import FinanceApplication, Order
from checkout.services import finance_ends, finance_inbox, financing, lending
from kernel.money import Money
from tests.factories.gateways import Clock
from tests.factories.lenders import APPLICANT, APPROVED, LenderDriver, sandbox_lender
from tests.factories.payable import NOON, payable_order

LOAN: dict[str, Any] = {
    "product": "luyin-60",
    "name": {"zh-hans": "鹭银 60 期", "en": "Luyin 60 months"},
    "lender": {"code": "luyin", "name": {"zh-hans": "鹭银（虚构）", "en": "Luyin (fictional)"}},
    "months": 60,
    "down_payment": {"amount": 11_859_000, "currency": "CNY"},
    "amount": {"amount": 27_671_000, "currency": "CNY"},
    "nominal_rate": "0.0388",
    "amount_tolerance": "0.05",
    "approval_valid_days": 30,
}
GUEST = "guest"


def financed_order(
    *, state: OrderState = OrderState.RESERVED, loan: dict[str, Any] | None = LOAN
) -> Order:
    """An order for a Haven with the loan of docs/rules/financing.md."""
    order, _ = payable_order()
    order.state = str(state)
    order.document |= {
        "finance": loan,
        "credit": {"code": "CS000001", "kind": "cost-sheet"},
        "car": {"model": "haven"},
        "market": {"code": "CN", "timezone": "Asia/Shanghai"},
    }
    order.finance_state = "quoted" if loan else "none"
    order.save()
    return order


@dataclass
class Bank:
    """The use cases at work on one lender; `silent` makes its door keep silent."""

    driver: LenderDriver
    clock: Clock
    silent: bool = False

    def doors(self, lender: str) -> Lender | None:
        """The open door to `luyin`; no other lender is there."""
        if lender != "luyin":
            return None
        return _Silent(self.driver.door) if self.silent else self.driver.door

    def apply(self, order: Order, document_number: str = APPROVED) -> FinanceApplication:
        """The buyer applies as a persona."""
        code = financing.apply(
            order=order.code,
            product=None,
            facts=APPLICANT | {"document_number": document_number},
            consents={"luyin": True},
            doors=self.doors,
            actor=GUEST,
            now=self.clock.now,
        )
        return FinanceApplication.objects.get(code=code)

    def hear(self, application: FinanceApplication) -> bool:
        """The lender posts its message, and the worker handles it."""
        message = self.driver.world.message(application.lender_reference)
        return self.deliver(message.body, message.headers)

    def deliver(self, body: bytes, headers: Any) -> bool:
        """A message as it comes in; True if it was new."""
        new = finance_inbox.receive(
            body=body, headers=headers, lender=self.driver.door, now=self.clock.now
        )
        finance_inbox.process_due(doors=self.doors, clock=self.clock)
        return new

    def cancel(self, order: Order, by: By = By.BUYER) -> str:
        """Somebody gives the application up."""
        return financing.cancel(
            order=order.code, by=by, doors=self.doors, actor=GUEST, now=self.clock.now
        )

    def accept(self, order: Order, decision: int = 1) -> str:
        """The buyer takes the offer of that number."""
        return financing.accept_counter_offer(
            order=order.code,
            decision=decision,
            doors=self.doors,
            actor=GUEST,
            now=self.clock.now,
        )

    def paper(self, order: Order, content: bytes = b"%PDF-1.7 payslip") -> int:
        """The buyer hands a payslip in."""
        return financing.add_document(
            order=order.code,
            kind="income",
            media_type="application/pdf",
            content=content,
            doors=self.doors,
            actor=GUEST,
            now=self.clock.now,
        )

    def draw(self, order: Order) -> str:
        """The desk has the loan paid out."""
        return financing.draw(
            order=order.code, doors=self.doors, actor="staff:1", now=self.clock.now
        )

    def later(self, **by: float) -> datetime:
        """Time passes, and the worker does what it does then."""
        self.clock.forward(**by)
        lending.sweep(doors=self.doors, now=self.clock.now)
        finance_inbox.process_due(doors=self.doors, clock=self.clock)
        finance_ends.poll(doors=self.doors, now=self.clock.now)
        finance_ends.expire(now=self.clock.now)
        finance_ends.erase(now=self.clock.now)
        return self.clock.now


class _Silent:
    """A door behind which nobody answers; whatever it is asked is lost."""

    real = False

    def __init__(self, door: Lender) -> None:
        self.lender = door.lender

    def __getattr__(self, name: str) -> Any:
        def silent(*_: object, **__: object) -> LenderApplication:
            raise LenderUnavailable("silence", facts={"lender": self.lender})

        return silent


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A bank with a fresh sandbox, on the day of the worked example."""
    clock = Clock(NOON)
    return Bank(sandbox_lender(tmp_path / "luyin", clock), clock)


def seen_by(bank: Bank, application: FinanceApplication) -> LenderApplication:
    """The application as the lender sees it now."""
    return bank.driver.world.application(application.lender_reference)


def aged(seen: LenderApplication, number: int) -> LenderApplication:
    """The same with another number of decision."""
    return replace(seen, decision=replace(seen.decision, number=number))


def yuan(amount: str) -> Money:
    """An amount in CNY."""
    return Money.of(amount, "CNY")


DAY = timedelta(days=1)
