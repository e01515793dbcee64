"""Delivery along the whole life of an order: its charges are asked for with the balance, booked, and given back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction

from checkout.domain.order import Actor, Move, State
from checkout.domain.priority import Outcome
from checkout.models import Appointment, Order, PaymentOperation, PriorityPlace
from checkout.queries.handover_slots import handover_slots
from checkout.queries.paid import due_of, held_of
from checkout.services.appointments import book_handover, give_up_handover
from checkout.services.moving import end, locked
from checkout.services.priority import choose_priority, settle_all
from kernel.audit import verify_chain
from kernel.money import Money
from tests.factories.delivering import history
from tests.factories.living import VIN, Life, living
from tests.factories.policies import demo_policy_row
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till, balances

pytestmark = pytest.mark.django_db(transaction=True)
HOME = {"city": "厦门", "street": "鹭行路 1 号", "contact": "李明", "phone": "13800138000"}
PRIORITY, HOME_FEE = Money.of("2000", "CNY"), Money.of("600", "CNY")


@pytest.fixture(autouse=True)
def _shop(transactional_db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def life_in(till: Till, state: State) -> Life:
    return living(till, state, stock=False, policy=demo_policy_row("CN"))


def fresh(life: Life) -> Order:
    return Order.objects.get(code=life.code)


def choose(life: Life) -> PriorityPlace:
    return choose_priority(order=life.code, actor="guest", now=life.now)


def on_the_way(life: Life) -> None:
    life.accept()
    life.lock()
    life.allocate(VIN)
    life.dispatch()


def home(life: Life) -> None:
    run = handover_slots(order=life.code, now=life.now).home[3]
    book_handover(
        order=life.code,
        starts_at=run.starts_at,
        home=HOME,
        wishes=[],
        note="",
        actor="guest",
        now=life.now,
    )


def test_charges_are_paid_with_the_balance_and_sold_with_the_car(till: Till) -> None:
    life = life_in(till, State.RESERVED)
    price = Money(fresh(life).price, "CNY")
    choose(life)
    on_the_way(life)
    life.ready()
    assert PriorityPlace.objects.get().outcome == Outcome.KEPT
    home(life)
    deposit = held_of(fresh(life))
    assert due_of(fresh(life)) == price + PRIORITY + HOME_FEE - deposit
    life.pay("balance")
    assert life.state == State.BALANCE_PAID
    life.prove_cover()
    life.hand_over()
    books = balances()
    assert books["4000"] + books["2100"] == -(price + PRIORITY + HOME_FEE).minor
    assert books.get("1200", 0) == books.get("2000", 0) == 0
    assert life.told().count("priority-kept") == 1
    assert Appointment.objects.get().state == "kept"
    assert verify_chain() == []


def test_a_missed_priority_is_never_asked_for(till: Till) -> None:
    life = life_in(till, State.RESERVED)
    place = choose(life)
    on_the_way(life)
    late = datetime.combine(place.until_on + timedelta(days=1), time(4), tzinfo=UTC)
    till.clock.now = late
    life.ready()
    assert PriorityPlace.objects.get().outcome == Outcome.MISSED
    order = fresh(life)
    assert due_of(order) == Money(order.price, "CNY") - held_of(order)
    assert settle_all(now=late) == 0
    assert life.told().count("priority-missed") == 1


def test_home_delivery_given_up_after_it_was_paid_goes_back_once(till: Till) -> None:
    life = life_in(till, State.INSPECTION_READY)
    home(life)
    life.pay("balance")
    held = held_of(fresh(life))
    assert give_up_handover(order=life.code, actor="guest", now=life.now)
    assert not give_up_handover(order=life.code, actor="guest", now=life.now)
    refund = PaymentOperation.objects.get(kind=PaymentOperation.Kind.REFUND)
    assert Money(refund.amount or 0, "CNY") == HOME_FEE
    assert held_of(fresh(life)) == held - HOME_FEE
    assert life.state == State.BALANCE_PAID


def test_an_order_that_ends_sets_its_slot_and_its_place_free(till: Till) -> None:
    life = life_in(till, State.RESERVED)
    choose(life)
    on_the_way(life)
    life.ready()
    home(life)
    row = cancelled(life)
    assert row.state == State.CANCELLED
    assert Appointment.objects.get().state == "ended"
    assert PriorityPlace.objects.get().released_at == life.now


def cancelled(life: Life) -> Order:
    with transaction.atomic():
        row = locked(life.code)
        end(row, Move.CANCEL_BY_SELLER, Actor.STAFF, life.now)
    return row


@pytest.mark.parametrize("days", [0, 9])
def test_a_car_to_be_built_is_promised_from_the_day_of_its_lock(till: Till, days: int) -> None:
    life = life_in(till, State.RESERVED)
    [(_, first, last, _)] = history(fresh(life))
    life.accept()
    till.clock.forward(seconds=days * 86_400)
    life.lock()
    shift = timedelta(days=days)
    found: list[Any] = history(fresh(life))
    assert found[-1][1:3] == (first + shift, last + shift)
    assert len(found) == (2 if days else 1)


def test_the_stages_of_the_way_are_written_down_with_the_moves(till: Till) -> None:
    life = life_in(till, State.BALANCE_PAID)
    life.prove_cover()
    life.hand_over()
    stages = list(fresh(life).stages.order_by("number").values_list("stage", flat=True))
    assert stages == ["allocated", "departed", "ready", "handed_over"]
