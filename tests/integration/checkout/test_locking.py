"""Locking: what was shown is what is locked; reminders; and nothing locks by silence alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from checkout.domain.order import State
from checkout.errors import OrderStateConflict, StalePreview
from checkout.events import LockReminded
from checkout.models import Order
from checkout.queries.locking import lock_of
from checkout.queries.orders import order
from checkout.services import locking
from checkout.services.orders import contract_issued
from tests.factories.living import Life, living, never_by_itself
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def reminders(monkeypatch: pytest.MonkeyPatch) -> list[LockReminded]:
    """The reminders that are to be sent."""
    heard: list[Any] = []
    monkeypatch.setattr("checkout.services.locking.publish", heard.append)
    return heard


def agreed(till: Till, **given: Any) -> Life:
    """A reserved order with an accepted contract."""
    life = living(till, State.RESERVED, **given)
    life.accept()
    return life


def sent(life: Life) -> None:
    """The reminder of that order goes out now."""
    locking.reminder_sent(order=life.code, at=life.now)


def test_a_lock_keeps_what_was_confirmed_and_when(till: Till) -> None:
    life = agreed(till)
    shown = life.fingerprint()
    life.lock()
    [event] = life.order.events.filter(kind="order-locked")
    assert event.facts == {
        "by": "buyer",
        "contract": "FC-2026-000001",
        "fingerprint": shown,
        "cooling_off_until": (life.now + timedelta(hours=24)).isoformat(),
    }
    assert life.state == "locked"
    assert life.order.locked_at == life.now
    facts = lock_of(order=life.code, now=life.now + timedelta(hours=30))
    assert facts.cooling_off_until == life.now + timedelta(hours=24)


def test_a_lock_confirmed_twice_is_one_and_keeps_its_first_moment(till: Till) -> None:
    life = agreed(till)
    shown, first = life.fingerprint(), life.now
    life.lock()
    till.clock.forward(hours=3)
    locking.lock(order=life.code, fingerprint=shown, actor="guest", now=life.now)
    assert life.state == "locked"
    assert life.order.locked_at == first
    assert life.told().count("order-locked") == 1


def test_no_lock_without_an_accepted_contract(till: Till) -> None:
    life = living(till, State.RESERVED)
    contract_issued(order=life.code, contract="FC-1", at=life.now, now=life.now)
    with pytest.raises(OrderStateConflict, match="not accepted yet"):
        life.lock()
    assert life.state == "reserved"


def test_a_preview_of_another_contract_is_stale_and_the_answer_has_the_new_one(till: Till) -> None:
    life = living(till, State.RESERVED)
    contract_issued(order=life.code, contract="FC-1", at=life.now, now=life.now)
    shown = life.fingerprint()
    life.accept("FC-2")
    with pytest.raises(StalePreview) as refused:
        locking.lock(order=life.code, fingerprint=shown, actor="guest", now=life.now)
    assert refused.value.facts["preview"]["fingerprint"] == life.fingerprint() != shown
    assert life.state == "reserved"


def test_a_buyer_is_reminded_once_when_it_is_time_and_the_contract_is_accepted(
    till: Till, reminders: list[LockReminded]
) -> None:
    life, waiting = agreed(till), living(till, State.RESERVED)
    till.clock.forward(days=4, hours=23)
    assert locking.remind_all(now=life.now) == 0
    till.clock.forward(hours=1)
    assert locking.remind_all(now=life.now) == 1
    assert locking.remind_all(now=life.now) == 0
    [reminder] = reminders
    assert (reminder.order, reminder.locks_at) == (life.code, life.now + timedelta(days=2))
    assert (life.told().count("lock-reminded"), "lock-reminded" in waiting.told()) == (1, False)


def test_an_order_locks_by_itself_only_after_a_reminder_that_was_sent(till: Till) -> None:
    life = agreed(till)
    till.clock.forward(days=5)
    locking.remind_all(now=life.now)
    till.clock.forward(days=30)
    assert locking.lock_all(now=life.now) == 0
    with pytest.raises(OrderStateConflict, match="never by itself"):
        locking.lock_by_itself(order=life.code, now=life.now)
    sent(life)
    till.clock.forward(days=1, hours=23)
    assert locking.lock_all(now=life.now) == 0
    till.clock.forward(hours=1)
    assert locking.lock_all(now=life.now) == 1
    assert life.state == "locked"
    [event] = life.order.events.filter(kind="order-locked")
    assert (event.actor, event.facts["by"]) == ("system", "system")
    locking.lock_by_itself(order=life.code, now=life.now)
    assert life.told().count("order-locked") == 1


def test_a_reminder_sent_twice_counts_from_the_first(till: Till) -> None:
    life = agreed(till)
    first = life.now
    sent(life)
    till.clock.forward(days=1)
    sent(life)
    life.order.refresh_from_db()
    assert life.order.reminded_at == first


@pytest.mark.parametrize("policy", [never_by_itself(), None])
def test_where_the_policy_does_not_say_so_nothing_ever_locks_by_itself(
    till: Till, policy: dict[str, Any] | None
) -> None:
    life = agreed(till, policy=policy)
    if policy is None:
        life.order.document = {
            key: value for key, value in life.order.document.items() if key != "order_policy"
        }
        life.order.save()
    sent(life)
    till.clock.forward(days=400)
    assert locking.lock_all(now=life.now) == 0
    with pytest.raises(OrderStateConflict, match="never by itself"):
        locking.lock_by_itself(order=life.code, now=life.now)
    assert lock_of(order=life.code, now=life.now).locks_at is None
    assert locking.remind_to_lock(order=life.code, now=life.now) is (policy is not None)


def test_the_page_shows_a_deadline_only_once_the_order_would_lock_by_itself(till: Till) -> None:
    life = agreed(till)
    assert order(life.code, life.now).next_step.deadline is None
    sent(life)
    step = order(life.code, life.now).next_step
    assert step.deadline == lock_of(order=life.code, now=life.now).locks_at
    assert step.deadline is not None
    assert step.text["en"] == "Lock your order, or it locks by itself"


def test_the_page_shows_no_deadline_where_nothing_locks_by_itself(till: Till) -> None:
    life = agreed(till, policy=never_by_itself())
    sent(life)
    step = order(life.code, life.now).next_step
    assert (step.code, step.deadline) == ("lock", None)


def test_a_contract_that_became_void_keeps_the_order_from_locking_by_itself(till: Till) -> None:
    life = agreed(till)
    sent(life)
    Order.objects.filter(pk=life.order.pk).update(contract_state="void")
    till.clock.forward(days=9)
    assert locking.lock_all(now=life.now) == 0
    with pytest.raises(OrderStateConflict, match="not accepted yet"):
        locking.lock_by_itself(order=life.code, now=life.now)
