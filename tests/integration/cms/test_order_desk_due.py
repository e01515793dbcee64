"""What is due at the order desk: every kind is found when it is due and not before, and leads to its order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.delivery_stages import Stage
from checkout.domain.order import State
from checkout.models import Order, Transport, TransportOperation
from checkout.queries.handover_slots import handover_slots
from checkout.services.appointments import book_handover
from checkout.services.compensating import propose
from checkout.services.inspecting import file_inspection
from checkout.services.reaching import reach_stage
from cms.desks.orders.due import KINDS, counts, due_now
from kernel.money import Money
from tests.factories.delivering import FINE, STAFF, defect
from tests.factories.living import Life, living
from tests.factories.policies import demo_policy_row
from tests.factories.rulebook import table
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till, till
from tests.integration.cms.people import staff

__all__ = ["till"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk_world(
    till: Till, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The desk reads the till's clock."""
    settings.SANDBOX_DIR = str(tmp_path / "sandbox")
    monkeypatch.setattr("django.utils.timezone.now", lambda: till.clock.now)
    put_on_sale()
    yield
    forget()


def at_desk(till: Till, state: State) -> Life:
    return living(till, state, policy=demo_policy_row("CN"))


def due(life: Life) -> dict[str, bool]:
    """The kinds of which this order is due now, and whether it is late."""
    return {
        code: row.late
        for code, rows in due_now(life.now).items()
        for row in rows
        if row.order.code == life.code
    }


def test_the_kinds_are_those_of_the_rule_book() -> None:
    assert [row["kind"] for row in table("desk.md", "due")] == list(KINDS)


def test_nothing_is_due_for_an_order_that_has_just_begun(till: Till) -> None:
    assert due(at_desk(till, State.AWAITING_DEPOSIT)) == {}


def test_a_promise_passes_on_its_last_day_and_is_late_the_day_after(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    last = life.order.promises.order_by("number").last()
    assert last is not None
    to_come = last.until_on - life.now.date()
    till.clock.forward(days=to_come.days - 1)
    assert "promises" not in due(life)
    till.clock.forward(days=1)
    assert due(life)["promises"] is False
    till.clock.forward(days=1)
    assert due(life)["promises"] is True


def test_a_car_that_came_waits_for_its_inspection_and_then_to_be_made_ready(till: Till) -> None:
    life = at_desk(till, State.IN_TRANSIT)
    assert due(life) == {}
    reach_stage(order=life.code, stage=Stage.ARRIVED, actor=STAFF, now=life.now)
    assert due(life) == {"inspections": False}
    said: dict[str, Any] = {"order": life.code, "kilometres": 9, "actor": STAFF}
    file_inspection(items=defect(), now=life.now, **said)  # type: ignore[arg-type]
    assert due(life) == {"inspections": True}
    file_inspection(items=FINE, now=life.now, **said)  # type: ignore[arg-type]
    assert due(life) == {"ready": False}
    life.ready()
    assert due(life) == {}


def test_a_balance_is_overdue_after_a_week(till: Till) -> None:
    life = at_desk(till, State.INSPECTION_READY)
    till.clock.forward(days=6)
    assert "balances" not in due(life)
    till.clock.forward(days=1)
    assert due(life)["balances"] is True


def test_a_handover_is_due_on_its_day(till: Till) -> None:
    life = at_desk(till, State.INSPECTION_READY)
    slot = handover_slots(order=life.code, now=life.now).slots[0]
    book_handover(
        order=life.code,
        starts_at=slot.starts_at,
        home=None,
        wishes=(),
        note="",
        actor=STAFF,
        now=life.now,
    )
    assert "slots" not in due(life)
    till.clock.now = slot.starts_at - timedelta(minutes=30)
    assert due(life)["slots"] is False
    till.clock.now = slot.ends_at + timedelta(minutes=1)
    assert due(life)["slots"] is True


def test_a_lock_is_to_be_reminded_when_the_policy_says_so(till: Till) -> None:
    life = at_desk(till, State.RESERVED)
    life.accept()
    days = demo_policy_row("CN")["locking"]["remind_after_days"]
    till.clock.forward(days=days, seconds=-1)
    assert "reminders" not in due(life)
    till.clock.forward(seconds=1)
    assert due(life)["reminders"] is False


def test_a_contract_that_was_not_drawn_up_is_stuck_after_an_hour(till: Till) -> None:
    life = at_desk(till, State.RESERVED)
    till.clock.forward(minutes=59)
    assert due(life) == {}
    till.clock.forward(minutes=1)
    assert due(life) == {"contracts": True}


def test_a_call_that_nobody_answered_is_stuck_after_an_hour(till: Till) -> None:
    life = at_desk(till, State.ALLOCATED)
    made = Transport.objects.create(
        code="T1", order=life.order, carrier="luxing", created_at=life.now
    )
    for number in (1, 2):
        TransportOperation.objects.create(
            transport=made, kind="order", key=f"k{number}", created_at=life.now
        )
    till.clock.forward(minutes=59)
    assert due(life) == {}
    till.clock.forward(minutes=1)
    assert [each.order.code for each in due_now(life.now)["transports"]] == [life.code]


def test_the_queue_leads_to_the_order_and_to_the_move_for_those_who_may_make_it(till: Till) -> None:
    life = at_desk(till, State.LOCKED)
    row = Order.objects.get(code=life.code)
    propose(
        order=row,
        kind="delay",
        amount=Money(12_345, "CNY"),
        reason="late",
        actor=STAFF,
        now=life.now,
    )
    pages = {
        role: staff(role).get("/cms/desk/due/").content.decode()
        for role in ("Sales desk", "Finance clerks", "Legal")
    }
    for page in pages.values():
        assert f"/cms/desk/order/inspect/{row.pk}/" in page
    approve = f"/cms/desk/orders/{life.code}/approve/"
    assert approve in pages["Finance clerks"]
    assert approve not in pages["Sales desk"]
    assert "123.45" in pages["Finance clerks"]
    assert "123.45" not in pages["Legal"]
    assert "123.45" not in staff("Finance clerks").get("/cms/desk/due/?market=DE").content.decode()


def test_the_home_of_the_desk_counts_what_is_due(till: Till) -> None:
    life = at_desk(till, State.RESERVED)
    till.clock.forward(hours=2)
    assert [(code, count) for code, _name, count in counts(life.now)] == [("contracts", 1)]
    page = staff("Sales desk", "zh-hans").get("/cms/").content.decode()
    assert "今日待办" in page
    assert "卡住的合同" in page
    assert "卡住的合同" not in staff("Marketers", "zh-hans").get("/cms/").content.decode()


def test_the_list_is_narrowed_to_what_is_due(till: Till) -> None:
    life = at_desk(till, State.RESERVED)
    till.clock.forward(hours=2)
    client = staff("Sales desk")
    found = client.get("/cms/desk/order/", {"due": "contracts"}).content.decode()
    other = client.get("/cms/desk/order/", {"due": "slots"}).content.decode()
    assert life.code in found
    assert life.code not in other
