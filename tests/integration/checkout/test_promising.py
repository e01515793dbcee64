"""Delivery promises in the database: they only grow, say why, and are told; a late car is counted from the lock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.domain.delivery_stages import Stage
from checkout.domain.order import FINAL, State
from checkout.domain.promises import REASONS, Reason
from checkout.errors import BadPromise, OrderStateConflict
from checkout.events import PromiseChanged
from checkout.models import DeliveryPromise, DeliveryStage, Order
from checkout.queries.delivery import delay_of
from checkout.services import promising
from checkout.services.promising import change_promise, count_from_lock
from checkout.services.stages import record_stage
from kernel.audit import verify_chain
from kernel.money import Money
from tests.factories.delivering import STAFF, history, order_in
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.support.crashing import for_every_write, undone

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[list[Any]]:
    """What is published about promises."""
    events: list[Any] = []
    publish: Any = vars(promising)["publish"]

    def both(event: Any) -> str:
        events.append(event)
        return str(publish(event))

    monkeypatch.setattr(promising, "publish", both)
    forget()
    put_on_sale()
    yield events
    forget()


def change(order: Order, days: int = 40, reason: str = "production", **more: Any) -> int:
    first = TODAY + timedelta(days=days)
    asked: dict[str, Any] = {
        "order": order.code,
        "from_on": first,
        "until_on": first + timedelta(days=13),
        "reason": reason,
        "actor": STAFF,
        "now": NOON,
    }
    return change_promise(**(asked | more))


def test_a_change_is_a_further_row_with_its_reason_and_is_told_once(heard: list[Any]) -> None:
    order = order_in(State.LOCKED, locked_at=NOON)
    before = history(order)
    assert change(order) == 2
    first = TODAY + timedelta(days=40)
    assert history(order) == [*before, (2, first, first + timedelta(days=13), "production")]
    row = order.promises.get(number=2)
    assert row.reason == dict(REASONS[Reason.PRODUCTION].text)
    assert row.actor == STAFF
    [event] = [event for event in heard if isinstance(event, PromiseChanged)]
    assert event == PromiseChanged(order.code, 2, first, first + timedelta(days=13), NOON)
    told = order.events.get(kind="promise-changed")
    assert told.facts["reason"] == "production"
    assert told.facts["before"] == before[0][2].isoformat()
    assert change(order) == 2  # the same range is no change
    assert len(heard) == 1
    assert verify_chain() == []


def test_a_person_may_say_it_in_better_words_in_every_language() -> None:
    order = order_in(State.IN_PRODUCTION)
    words = {"zh-hans": "轮毂缺货", "en": "The wheels are out of stock"}
    change(order, words=words)
    assert order.promises.get(number=2).reason == words
    with pytest.raises(BadPromise) as caught:
        change(order, 50, words={"en": "only English"})
    assert caught.value.facts["reason"] == "words"


@pytest.mark.parametrize("reason", ["ordered", "priority", "amended", "because", ""])
def test_a_person_gives_no_reason_of_the_system_and_none_made_up(reason: str) -> None:
    order = order_in(State.RESERVED)
    with pytest.raises(BadPromise) as caught:
        change(order, reason=reason)
    assert caught.value.facts["reason"] == "unknown-reason"
    assert len(history(order)) == 1


@pytest.mark.parametrize("state", sorted(FINAL | {State.HANDED_OVER}))
def test_nothing_is_promised_after_the_end(state: State) -> None:
    order = order_in(state)
    with pytest.raises(OrderStateConflict):
        change(order)
    assert len(history(order)) == 1


@pytest.mark.parametrize("what", ["promise", "stage"])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_database_refuses_to_rewrite_what_was_promised_or_reached(what: str, verb: str) -> None:
    order = order_in(State.IN_PRODUCTION)
    record_stage(row=order, stage=Stage.BUILT, actor=STAFF, now=NOON)
    rows: Any = DeliveryPromise if what == "promise" else DeliveryStage
    rows = rows.objects.filter(order=order)
    act = rows.delete if verb == "delete" else partial(rows.update, actor="nobody")
    with pytest.raises(DatabaseError), transaction.atomic():
        act()
    assert rows.count() == 1


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["production", "earlier", "weather", "buyer_asked", "amended", "x"]),
            st.integers(-60, 800),
            st.integers(-2, 60),
        ),
        max_size=10,
    )
)
def test_whatever_is_promised_the_history_only_grows(steps: list[tuple[str, int, int]]) -> None:
    with undone():
        order = order_in(State.LOCKED, locked_at=NOON)
        known = history(order)
        for reason, start, length in steps:
            first = TODAY + timedelta(days=start)
            try:
                change(
                    order,
                    reason=reason,
                    from_on=first,
                    until_on=first + timedelta(days=length),
                )
            except BadPromise:
                assert history(order) == known
                continue
            found = history(order)
            assert found[: len(known)] == known
            assert len(found) - len(known) in {0, 1}
            assert found[-1][1:3] == (first, first + timedelta(days=length))
            known = found
        told = order.events.filter(kind="promise-changed").count()
        assert told == len(known) - 1


@pytest.mark.parametrize(
    ("now", "past"),
    [
        (datetime(2026, 12, 1, 15, 59, tzinfo=UTC), False),  # 23:59 in Shanghai
        (datetime(2026, 12, 1, 16, 0, tzinfo=UTC), True),  # the next day there, not yet in London
    ],
)
def test_days_end_when_they_end_in_the_market(now: datetime, past: bool) -> None:
    order = order_in(State.IN_TRANSIT)
    day = date(2026, 12, 1)
    if past:
        with pytest.raises(BadPromise):
            change(order, from_on=day, until_on=day, now=now)
    else:
        assert change(order, from_on=day, until_on=day, now=now) == 2


def test_a_delay_is_counted_by_the_markets_days_from_the_promise_at_the_lock() -> None:
    order = order_in(State.IN_TRANSIT, locked_at=NOON)
    until = history(order)[0][2]
    change(order, 60, now=NOON + timedelta(hours=1))
    eighth = datetime(until.year, until.month, until.day, 15, 59, tzinfo=UTC) + timedelta(days=7)
    before = delay_of(order, eighth)
    assert before is not None
    assert (before.promised, before.so_far.days, before.so_far.amount.minor) == (until, 7, 0)
    after = delay_of(order, eighth + timedelta(minutes=1))
    assert after is not None
    assert (after.so_far.days, after.so_far.amount) == (8, Money.of("100", "CNY"))


def test_before_the_lock_and_without_a_policy_nobody_is_late() -> None:
    order = order_in(State.RESERVED)
    assert delay_of(order, NOON + timedelta(days=400)) is None
    order.locked_at = NOON
    order.document = {k: v for k, v in order.document.items() if k != "order_policy"}
    assert delay_of(order, NOON + timedelta(days=400)) is None


def test_an_order_locked_later_is_counted_from_its_lock() -> None:
    order = order_in(State.RESERVED)
    [(_, first, last, _)] = history(order)
    later = NOON + timedelta(days=9)
    with transaction.atomic():
        count_from_lock(row=order, now=NOON)
        assert len(history(order)) == 1
        count_from_lock(row=order, now=later)
        count_from_lock(row=order, now=later)
    nine = timedelta(days=9)
    assert history(order)[1:] == [(2, first + nine, last + nine, "locked")]


def test_a_stock_vehicle_and_a_promise_of_the_desk_stay_as_they_are_at_the_lock() -> None:
    stock, promised = order_in(State.RESERVED, vin="L" * 17), order_in(State.RESERVED)
    change(promised)
    with transaction.atomic():
        for order in (stock, promised):
            count_from_lock(row=order, now=NOON + timedelta(days=9))
    assert len(history(stock)) == 1
    assert len(history(promised)) == 2


def test_a_change_happens_whole_or_not_at_all() -> None:
    order = order_in(State.LOCKED, locked_at=NOON)
    before = history(order)

    def died() -> None:
        assert history(order) == before
        assert not order.events.filter(kind="promise-changed").exists()

    def done() -> None:
        assert len(history(order)) == len(before) + 1
        assert order.events.filter(kind="promise-changed").count() == 1
        assert verify_chain() == []

    assert for_every_write(lambda: change(order), died=died, done=done) >= 3
