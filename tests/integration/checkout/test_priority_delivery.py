"""Priority delivery: a place of the week, an earlier promise, a fee with the balance, gone when the day is missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checkout.domain.order import State
from checkout.domain.priority import Outcome
from checkout.errors import PriorityNotPossible
from checkout.models import Order, PriorityPlace
from checkout.queries.delivery import delivery_of
from checkout.queries.delivery_terms import charges_of
from checkout.queries.paid import due_of
from checkout.services.priority import (
    choose_priority,
    give_up_priority,
    settle_all,
    settle_priority,
)
from kernel.audit import verify_chain
from kernel.money import Money
from tests.factories.delivering import history, order_in
from tests.factories.policies import demo_policy_row
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db
FEE = Money.of("2000", "CNY")
EARLIER = timedelta(days=14)


@pytest.fixture(autouse=True)
def _shop(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def choose(order: Order, now: datetime = NOON) -> PriorityPlace:
    return choose_priority(order=order.code, actor="guest", now=now)


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def shown(order: Order) -> Any:
    return delivery_of(order=order.code, now=NOON).priority


def test_choosing_takes_a_place_promises_earlier_and_costs_its_fee() -> None:
    order = order_in(State.RESERVED)
    [(_, first, last, _)] = history(order)
    due = due_of(order)
    assert (shown(order).possible, shown(order).left) == (True, 5)
    place = choose(order)
    assert choose(order) == place
    assert history(order)[1:] == [(2, first - EARLIER, last - EARLIER, "priority")]
    assert (place.number, place.until_on) == (1, last - EARLIER)
    assert due_of(fresh(order)) == due + FEE
    found = shown(order)
    assert (found.chosen, found.possible, found.reason, found.left) == (True, False, "chosen", 4)
    assert verify_chain() == []


def test_giving_up_brings_back_the_promise_and_frees_the_place() -> None:
    order = order_in(State.RESERVED)
    [(_, first, last, _)] = history(order)
    choose(order)
    assert give_up_priority(order=order.code, actor="guest", now=NOON)
    assert not give_up_priority(order=order.code, actor="guest", now=NOON)
    assert history(order)[2:] == [(3, first, last, "priority_given_up")]
    assert charges_of(fresh(order)) == Money.zero("CNY")
    assert choose(order).number == 1


def test_a_week_holds_five_and_no_sixth() -> None:
    orders = [order_in(State.RESERVED) for _ in range(6)]
    assert [choose(order).number for order in orders[:5]] == [1, 2, 3, 4, 5]
    with pytest.raises(PriorityNotPossible) as caught:
        choose(orders[5])
    assert caught.value.facts["reason"] == "full"
    assert len(history(orders[5])) == 1
    assert (shown(orders[5]).possible, shown(orders[5]).reason) == (False, "full")
    give_up_priority(order=orders[2].code, actor="guest", now=NOON)
    assert choose(orders[5]).number == 3


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        ({"state": State.LOCKED}, "state"),
        ({"state": State.HANDED_OVER}, "state"),
        ({"state": State.RESERVED, "vin": "L" * 17}, "not-offered"),
        ({"state": State.RESERVED, "policy": demo_policy_row("CN") | {"priority": None}}, "not-offered"),
        ({"state": State.RESERVED, "days": 30}, "too-near"),
    ],
)  # fmt: skip
def test_priority_is_refused_where_it_cannot_be_promised(make: dict[str, Any], reason: str) -> None:
    days = make.pop("days", 0)
    order = order_in(**make)
    with pytest.raises(PriorityNotPossible) as caught:
        choose(order, NOON + timedelta(days=days))
    assert caught.value.facts["reason"] == reason
    assert not PriorityPlace.objects.exists()


def locked_with_priority() -> tuple[Order, PriorityPlace]:
    order = order_in(State.RESERVED)
    place = choose(order)
    Order.objects.filter(pk=order.pk).update(state=State.IN_TRANSIT, locked_at=NOON)
    return order, place


def at_the_end_of(place: PriorityPlace, *, minutes: int = 0) -> datetime:
    """So many minutes after midnight follows the last promised day in Shanghai."""
    day = place.until_on
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC) + timedelta(minutes=minutes)


def test_once_the_day_is_over_the_fee_is_not_owed_any_more() -> None:
    order, place = locked_with_priority()
    with pytest.raises(PriorityNotPossible):
        give_up_priority(order=order.code, actor="guest", now=NOON)
    before = at_the_end_of(place, minutes=-1)
    assert settle_all(now=before) == 0
    assert charges_of(fresh(order)) == FEE
    assert settle_all(now=at_the_end_of(place)) == 1
    assert settle_all(now=at_the_end_of(place, minutes=1)) == 0
    place.refresh_from_db()
    assert (place.outcome, place.released_at) == (Outcome.MISSED, None)
    assert charges_of(fresh(order)) == Money.zero("CNY")
    assert order.events.filter(kind="priority-missed").count() == 1


def test_a_car_that_is_ready_in_time_keeps_its_priority_for_good() -> None:
    order, place = locked_with_priority()
    Order.objects.filter(pk=order.pk).update(ready_at=at_the_end_of(place, minutes=-1))
    assert settle_all(now=at_the_end_of(place, minutes=-1)) == 1
    assert settle_all(now=at_the_end_of(place, minutes=9)) == 0
    place.refresh_from_db()
    assert place.outcome == Outcome.KEPT
    assert charges_of(fresh(order)) == FEE


def test_an_order_that_ended_is_not_settled() -> None:
    order, place = locked_with_priority()
    Order.objects.filter(pk=order.pk).update(state=State.CANCELLED)
    assert settle_all(now=at_the_end_of(place)) == 0


def test_choosing_happens_whole_or_not_at_all() -> None:
    order = order_in(State.RESERVED)

    def died() -> None:
        assert len(history(order)) == 1
        assert not PriorityPlace.objects.exists()

    def done() -> None:
        assert len(history(order)) == 2
        assert PriorityPlace.objects.count() == 1
        assert order.events.filter(kind="priority-chosen").count() == 1

    assert for_every_write(lambda: choose(order), died=died, done=done) >= 5


def test_a_missed_day_is_settled_whole_or_not_at_all() -> None:
    order, place = locked_with_priority()
    now = at_the_end_of(place)

    def died() -> None:
        place.refresh_from_db()
        told = order.events.filter(kind="priority-missed").count()
        assert (place.outcome, told) == (Outcome.OPEN, 0)

    def done() -> None:
        place.refresh_from_db()
        told = order.events.filter(kind="priority-missed").count()
        assert (place.outcome, told) == (Outcome.MISSED, 1)

    act = lambda: settle_priority(order=order.code, now=now)  # noqa: E731
    assert for_every_write(act, died=died, done=done) >= 3
