"""Orders brought along their life the way buyer, staff and vendor do it, on the demo catalogue of `tests.factories.shelf`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from checkout.domain.order import State
from checkout.models import Order, Payment
from checkout.queries.locking import lock_document
from checkout.services import balance, handover, locking, production
from checkout.services.insurance import show_proof
from checkout.services.orders import contract_accepted, contract_issued
from tests.factories.ordering import placed, quoted
from tests.factories.shelf import stock_vehicle
from tests.factories.till import Till, pid

STAFF = "staff:1"
VIN = "L0SH11CA0VX112729"
"""A VIN with a right check digit that no car in stock has."""

CN_POLICY: dict[str, Any] = {
    "code": "cn-orders",
    "market": "CN",
    "valid_from": "2026-09-01",
    "locking": {"remind_after_days": 5, "automatic_after_days": 2},
    "changes": [{"states": ["locked"], "kinds": ["build", "extras"], "fee": 50_000}],
    "delay": {
        "free_days": 7,
        "per_day": 10_000,
        "at_most": 230_000,
        "rescind_after_days": 30,
        "text": {"zh-hans": "晚了有补偿。", "en": "A late car is compensated."},
    },
    "slots": {
        "minutes": 90,
        "opens": "09:30",
        "closes": "18:30",
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "cars": 2,
        "notice_days": 1,
        "ahead_days": 21,
        "change_hours": 24,
    },
}
"""A market's order policy as it is frozen in an order: reminded after 5 days, locked 2 days after the reminder."""


def never_by_itself(policy: dict[str, Any] = CN_POLICY) -> dict[str, Any]:
    """The same policy where silence is no consent."""
    return policy | {"locking": {"remind_after_days": 5}}


@dataclass
class Life:
    """One order and the till it is paid at; each step is made at `till.clock.now`."""

    order: Order
    till: Till

    @property
    def now(self) -> datetime:
        """The moment at which the next step happens."""
        return self.till.clock.now

    @property
    def code(self) -> str:
        """The order's code."""
        return self.order.code

    @property
    def state(self) -> str:
        """Where the order stands in the database."""
        self.order.refresh_from_db()
        return str(self.order.state)

    def told(self) -> list[str]:
        """The kinds of its events, oldest first."""
        return list(self.order.events.order_by("number").values_list("kind", flat=True))

    def pay(self, purpose: str = "deposit") -> Payment:
        """The buyer pays what is asked for, and the vendor's answer is applied."""
        self.till.start(self.order, purpose=purpose)
        payment = self.order.payments.filter(purpose=purpose).order_by("attempt").last()
        assert payment is not None
        self.till.driver.pay(payment.provider_id or "")
        self.till.settle(payment.provider_id or "")
        payment.refresh_from_db()
        self.order.refresh_from_db()
        return payment

    def accept(self, number: str = "FC-2026-000001") -> None:
        """The contract is issued and accepted."""
        contract_issued(order=self.code, contract=number, at=self.now, now=self.now)
        contract_accepted(order=self.code, contract=number, at=self.now, now=self.now)
        self.order.refresh_from_db()

    def fingerprint(self) -> str:
        """What the buyer is shown before locking."""
        self.order.refresh_from_db()
        return str(lock_document(self.order)["fingerprint"])

    def lock(self) -> None:
        """The buyer confirms the preview."""
        locking.lock(order=self.code, fingerprint=self.fingerprint(), actor="guest", now=self.now)

    def start(self) -> None:
        """The factory begins."""
        production.start_production(order=self.code, actor=STAFF, now=self.now)

    def allocate(self, vin: str | None = None) -> None:
        """The order gets its car."""
        production.allocate(order=self.code, vin=vin, actor=STAFF, now=self.now)

    def dispatch(self) -> None:
        """The car leaves."""
        production.dispatch(order=self.code, actor=STAFF, now=self.now)

    def ready(self) -> None:
        """The car stands ready for inspection."""
        production.make_ready(order=self.code, actor=STAFF, now=self.now)

    def prove_cover(self) -> None:
        """The buyer shows a policy bound elsewhere."""
        show_proof(
            order=self.code,
            insurer="路安保险",
            number="PDZA202635020000012345",
            actor="guest",
            now=self.now,
        )

    def hand_over(self) -> None:
        """The buyer gets the key."""
        handover.hand_over(order=self.code, actor=STAFF, now=self.now)

    def pay_balance(self) -> None:
        """Staff note that everything is paid."""
        balance.pay_balance(order=self.code, actor=STAFF, now=self.now)


STEPS = (
    (State.RESERVED, ("pay",)),
    (State.LOCKED, ("accept", "lock")),
    (State.ALLOCATED, ("allocate",)),
    (State.IN_TRANSIT, ("dispatch",)),
    (State.INSPECTION_READY, ("ready",)),
    (State.BALANCE_PAID, ("pay_the_balance",)),
    (State.HANDED_OVER, ("prove_cover", "hand_over")),
)


def living(
    till: Till,
    state: State = State.AWAITING_DEPOSIT,
    *,
    stock: bool = True,
    loan: bool = False,
    policy: dict[str, Any] | None = CN_POLICY,
) -> Life:
    """An order in `state`, reached step by step: of a stock vehicle, or of a build that gets `VIN` when allocated."""
    now = till.clock.now
    asked: dict[str, Any] = {"insurance": None, "now": now} | ({} if loan else {"finance": None})
    code = quoted(vin=stock_vehicle() if stock else None, **asked)
    order = Order.objects.get(code=placed(code, now=now).order)
    if policy is not None:
        order.document = {**order.document, "order_policy": policy}
        order.save(update_fields=["document"])
    life = Life(order, till)
    bring(life, state, vin=None if stock else VIN)
    return life


def bring(life: Life, state: State, *, vin: str | None = None) -> None:
    """Take every step up to `state`; through the factory only by hand."""
    if state is State.AWAITING_DEPOSIT:
        return
    steps = {
        "allocate": lambda: life.allocate(vin),
        "pay_the_balance": lambda: life.pay("balance"),
    }
    for reached, names in STEPS:
        for name in names:
            steps.get(name, getattr(life, name, None))()  # type: ignore[misc]
        if reached is state:
            break
    assert life.state == state


__all__ = ["CN_POLICY", "STAFF", "VIN", "Life", "bring", "living", "never_by_itself", "pid"]
