"""Orders on their way to their buyers: of the demo catalogue with its order policy, put into a state by hand.

For tests of what happens around the moves; the moves themselves have their own.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from checkout.domain.inspecting import CHECKLIST, Item, Result
from checkout.domain.order import State
from checkout.models import DeliveryPromise, Order
from tests.factories.ordering import placed, quoted
from tests.factories.policies import demo_policy_row
from tests.factories.shelf import NOON

STAFF = "staff:1"
PNG = b"\x89PNG\r\n\x1a\n..."
FINE = [Item(code, Result.FINE) for code in CHECKLIST]


def defect(code: str = "paint", remark: str = "scratch on the left door") -> list[Item]:
    """A report with one defect."""
    return [Item(code, Result.DEFECT, remark) if item.code == code else item for item in FINE]


def order_in(
    state: State,
    *,
    now: datetime = NOON,
    vin: str = "",
    policy: dict[str, Any] | None = None,
    locked_at: datetime | None = None,
) -> Order:
    """An order for the worked Haven without loan or cover, put into `state`; `policy` instead of the demo's own."""
    made = placed(quoted(finance=None, insurance=None, now=now), now=now)
    order = Order.objects.get(code=made.order)
    order.state = state
    order.vin = vin
    order.document = {**order.document, "order_policy": policy or demo_policy_row("CN")}
    order.locked_at = locked_at
    order.ready_at = now if state in {State.INSPECTION_READY, State.BALANCE_PAID} else None
    order.save()
    return order


def history(order: Order) -> list[tuple[int, date, date, str]]:
    """Every promise so far, oldest first."""
    rows = DeliveryPromise.objects.filter(order=order).order_by("number")
    return list(rows.values_list("number", "from_on", "until_on", "code"))


def days(count: int, *, after: date) -> date:
    """So many days later."""
    return after + timedelta(days=count)
