"""Handover appointments: booked once, moved, given up, charged for; a slot taken is refused with the next free ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from checkout.domain.order import State
from checkout.errors import AppointmentNotPossible, BadHandover, NoOrderPolicy, SlotTaken
from checkout.models import Appointment, Order
from checkout.queries.delivery import delivery_of
from checkout.queries.delivery_terms import charges_of
from checkout.queries.handover_slots import handover_slots
from checkout.queries.paid import due_of
from checkout.services.appointments import book_handover, give_up_handover
from kernel.audit import verify_chain
from kernel.money import Money
from tests.factories.delivering import order_in
from tests.factories.policies import demo_policy_row
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
"""The first slot on offer at NOON: half past nine on the next day in Xiamen."""
SECOND = FIRST + timedelta(minutes=90)
LATER = FIRST + timedelta(days=2)
"""A slot that may still be moved at NOON."""
HOME = {"city": "厦门", "street": "鹭行路 1 号", "contact": "李明", "phone": "13800138000"}
FEE = Money.of("600", "CNY")


@pytest.fixture(autouse=True)
def _shop(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def ready(**more: Any) -> Order:
    return order_in(State.INSPECTION_READY, **more)


def book(order: Order, starts_at: datetime = FIRST, **more: Any) -> int:
    asked: dict[str, Any] = {
        "order": order.code,
        "starts_at": starts_at,
        "home": None,
        "wishes": [],
        "note": "",
        "actor": "guest",
        "now": NOON,
    }
    return book_handover(**(asked | more))


def states(order: Order) -> list[tuple[str, str, datetime]]:
    rows = order.appointments.order_by("number")
    return list(rows.values_list("kind", "state", "starts_at"))


def test_a_slot_is_booked_once_with_its_wishes() -> None:
    order = ready()
    assert book(order, wishes=["tour", "charged"], note="靠近门口") == 1
    assert book(order, wishes=["charged"], note="") == 1  # wishes may change, the slot stays
    booked = order.appointments.get()
    assert (booked.place, booked.bay, booked.ends_at) == ("xm-home", 1, SECOND)
    assert (booked.wishes, booked.note) == ({"codes": ["charged"]}, "")
    assert order.events.filter(kind="handover-booked").count() == 1
    assert charges_of(order) == Money.zero("CNY")
    assert verify_chain() == []


def test_the_buyers_own_words_and_address_are_encrypted_at_rest() -> None:
    order = ready()
    book(order, home=HOME, note="靠近门口")
    with connection.cursor() as cursor:
        cursor.execute("SELECT address, note FROM checkout_appointment")
        stored = "".join(cursor.fetchone())
    assert "鹭行路" not in stored
    assert "门口" not in stored
    found = delivery_of(order=order.code, now=NOON).appointment
    assert found is not None
    assert found.address == HOME | {"postcode": ""}
    assert found.note == "靠近门口"


def test_two_cars_fit_a_slot_and_the_third_is_told_what_is_free() -> None:
    orders = [ready() for _ in range(3)]
    assert [book(order) for order in orders[:2]] == [1, 1]
    bays = Appointment.objects.order_by("pk").values_list("bay", flat=True)
    assert list(bays) == [1, 2]
    with pytest.raises(SlotTaken) as caught:
        book(orders[2])
    facts = caught.value.facts
    assert facts["asked"] == FIRST.isoformat()
    assert facts["free"][0]["starts_at"] == SECOND.isoformat()
    assert len(facts["free"]) == 6
    assert states(orders[2]) == []


@pytest.mark.parametrize(
    "starts_at",
    [
        FIRST - timedelta(days=1),  # today: too soon
        FIRST + timedelta(minutes=1),
        FIRST + timedelta(days=30),  # too far ahead
        FIRST.replace(hour=20),
    ],
)
def test_a_time_that_is_not_offered_is_like_a_slot_taken(starts_at: datetime) -> None:
    with pytest.raises(SlotTaken) as caught:
        book(ready(), starts_at)
    assert caught.value.facts["free"]


def test_moving_frees_the_old_slot_and_keeps_what_was() -> None:
    order, other = ready(), ready()
    book(order, LATER)
    assert book(order, SECOND) == 2
    assert states(order) == [("slot", "moved", LATER), ("slot", "booked", SECOND)]
    assert book(other, LATER) == 1
    assert other.appointments.get().bay == 1


def test_home_delivery_costs_its_fee_with_the_balance_until_it_is_given_up() -> None:
    order = ready()
    due = due_of(order)
    book(order, LATER, home=HOME)
    order = Order.objects.get(pk=order.pk)
    assert charges_of(order) == FEE
    assert due_of(order) == due + FEE
    book(order, LATER + timedelta(minutes=90))  # the slot at the place costs nothing
    order = Order.objects.get(pk=order.pk)
    assert due_of(order) == due
    book(order, LATER, home=HOME)
    assert give_up_handover(order=order.code, actor="guest", now=NOON)
    order = Order.objects.get(pk=order.pk)
    assert due_of(order) == due
    assert not give_up_handover(order=order.code, actor="guest", now=NOON)
    assert [state for _, state, _ in states(order)] == ["moved", "moved", "given_up"]


def test_a_run_of_home_delivery_takes_three_cars_a_day() -> None:
    orders = [ready() for _ in range(4)]
    for order in orders[:3]:
        book(order, home=HOME)
    with pytest.raises(SlotTaken) as caught:
        book(orders[3], home=HOME)
    assert caught.value.facts["free"][0]["starts_at"] == (FIRST + timedelta(days=1)).isoformat()
    assert book(orders[3]) == 1  # the slots of the place are other ones


@pytest.mark.parametrize("hours", [24, 23])
def test_until_a_day_before_it_may_be_moved_and_given_up(hours: int) -> None:
    order = ready()
    starts = FIRST + timedelta(days=3)
    book(order, starts)
    now = starts - timedelta(hours=hours)
    if hours == 24:
        assert book(order, starts + timedelta(days=2), now=now) == 2
        return
    move = partial(book, order, starts + timedelta(days=2), now=now)
    for act in (move, partial(give_up_handover, order=order.code, actor="guest", now=now)):
        with pytest.raises(AppointmentNotPossible) as caught:
            act()
        assert caught.value.facts["reason"] == "too-late"
    assert book(order, starts, now=now, wishes=["tour"]) == 1  # wishes may still change


@pytest.mark.parametrize("state", sorted(set(State) - {State.INSPECTION_READY, State.BALANCE_PAID}))
def test_nothing_is_booked_before_the_car_is_ready_or_after_the_end(state: State) -> None:
    order = order_in(state)
    with pytest.raises(AppointmentNotPossible) as caught:
        book(order)
    assert caught.value.facts["reason"] == "state"
    assert not handover_slots(order=order.code, now=NOON).bookable


def test_after_the_balance_a_slot_can_be_booked_and_a_fee_not_added() -> None:
    order = order_in(State.BALANCE_PAID)
    with pytest.raises(AppointmentNotPossible) as caught:
        book(order, home=HOME)
    assert caught.value.facts["reason"] == "fee-after-balance"
    assert book(order) == 1


def test_where_the_policy_has_no_home_delivery_none_is_booked() -> None:
    order = ready(policy=demo_policy_row("CN") | {"home": None})
    with pytest.raises(AppointmentNotPossible) as caught:
        book(order, home=HOME)
    assert caught.value.facts["reason"] == "no-home-delivery"
    found = handover_slots(order=order.code, now=NOON)
    assert (found.home, found.home_fee) == ((), None)


def test_an_order_without_a_place_or_a_policy_is_settled_by_people() -> None:
    order = ready()
    order.document = {**order.document, "delivery": {**order.document["delivery"], "place": None}}
    order.save()
    with pytest.raises(AppointmentNotPossible) as caught:
        book(order)
    assert caught.value.facts["reason"] == "no-place"
    assert not handover_slots(order=order.code, now=NOON).bookable
    order.document = {k: v for k, v in order.document.items() if k != "order_policy"}
    order.save()
    with pytest.raises(NoOrderPolicy):
        book(order)


@pytest.mark.parametrize(
    "more", [{"wishes": ["fireworks"]}, {"home": {"city": "厦门"}}, {"note": "x" * 301}]
)
def test_what_cannot_be_read_is_refused_and_nothing_is_booked(more: dict[str, Any]) -> None:
    order = ready()
    with pytest.raises(BadHandover):
        book(order, **more)
    assert states(order) == []


def test_a_move_happens_whole_or_not_at_all() -> None:
    order = ready()
    book(order, LATER)

    def died() -> None:
        assert states(order) == [("slot", "booked", LATER)]

    def done() -> None:
        assert states(order) == [("slot", "moved", LATER), ("home", "booked", LATER)]
        assert charges_of(Order.objects.get(pk=order.pk)) == FEE
        assert order.events.filter(kind="handover-booked").count() == 2
        assert verify_chain() == []

    assert for_every_write(lambda: book(order, LATER, home=HOME), died=died, done=done) >= 4
