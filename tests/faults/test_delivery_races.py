"""Buyers who race for the last bay of a slot and for the last priority place of a week, on SQLite and PostgreSQL.

A sample every day; `make prove` (FORECOURT_PROVE=1) runs 100 rounds.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from checkout.domain.order import State
from checkout.errors import PriorityNotPossible, SlotTaken
from checkout.models import Appointment, Order, PriorityPlace
from checkout.services.appointments import book_handover, give_up_handover
from checkout.services.priority import choose_priority, give_up_priority
from checkout.services.promising import change_promise
from tests.factories.delivering import STAFF, history, order_in
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.support.racing import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.prove]
ROUNDS = 100 if os.environ.get("FORECOURT_PROVE") == "1" else 5
FIRST = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_sale(transactional_db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def booking(order: Order, starts_at: datetime) -> Callable[[], str]:
    def book() -> str:
        try:
            book_handover(
                order=order.code,
                starts_at=starts_at,
                home=None,
                wishes=[],
                note="",
                actor="guest",
                now=NOON,
            )
        except SlotTaken as error:
            return f"taken, {len(error.facts['free'])} free"
        return "booked"

    return book


def choosing(order: Order) -> Callable[[], str]:
    def choose() -> str:
        try:
            choose_priority(order=order.code, actor="guest", now=NOON)
        except PriorityNotPossible as error:
            return str(error.facts["reason"])
        return "chosen"

    return choose


def test_of_four_buyers_racing_for_two_bays_two_have_them_and_two_are_told_what_is_free() -> None:
    orders = [order_in(State.INSPECTION_READY) for _ in range(4)]
    for number in range(ROUNDS):
        starts_at = FIRST + timedelta(minutes=90 * (number % 6))
        answers = Counter(at_once(*(booking(order, starts_at) for order in orders)))
        assert answers == {"booked": 2, "taken, 6 free": 2}, (number, answers)
        rows = Appointment.objects.filter(state="booked").values_list("starts_at", "bay")
        assert sorted(rows) == [(starts_at, 1), (starts_at, 2)]
        for order in orders:
            give_up_handover(order=order.code, actor="guest", now=NOON)


def test_one_buyer_who_clicks_twice_at_one_moment_has_one_appointment() -> None:
    order = order_in(State.INSPECTION_READY)
    for number in range(ROUNDS):
        starts_at = FIRST + timedelta(minutes=90 * (number % 6))
        assert at_once(*[booking(order, starts_at)] * 3) == ["booked"] * 3
        assert order.appointments.filter(state="booked").count() == 1
        assert order.appointments.count() == number + 1
        if number % 6 == 5:
            give_up_handover(order=order.code, actor="guest", now=NOON)
            return


def test_a_weeks_priority_is_never_oversold() -> None:
    orders = [order_in(State.RESERVED) for _ in range(7)]
    for order in orders[:3]:
        choose_priority(order=order.code, actor="guest", now=NOON)
    for number in range(ROUNDS):
        answers = Counter(at_once(*(choosing(order) for order in orders[3:])))
        assert answers == {"chosen": 2, "full": 2}, (number, answers)
        held = PriorityPlace.objects.filter(released_at=None)
        assert sorted(held.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
        for order in orders[3:]:
            give_up_priority(order=order.code, actor="guest", now=NOON)


def test_promises_made_at_one_moment_are_all_kept_in_one_history() -> None:
    order = order_in(State.LOCKED, locked_at=NOON)
    [(_, first, last, _)] = history(order)

    def promise(days: int) -> Callable[[], int]:
        shift = timedelta(days=days)
        return lambda: change_promise(
            order=order.code,
            from_on=first + shift,
            until_on=last + shift,
            reason="production",
            actor=STAFF,
            now=NOON,
        )

    numbers = at_once(*(promise(days) for days in (1, 2, 3, 4)))
    assert sorted(numbers) == [2, 3, 4, 5]
    found = history(order)
    assert [number for number, *_ in found] == [1, 2, 3, 4, 5]
    assert {(until - last).days for _, _, until, _ in found} == {0, 1, 2, 3, 4}
    with transaction.atomic():
        assert order.events.filter(kind="promise-changed").count() == 4
