"""A disputed order rests, and goes on where it stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from catalog.errors import VehicleNotAvailable
from checkout.domain.order import Actor, Move, State
from checkout.errors import OrderStateConflict, PaymentNotPossible
from checkout.queries.paid import held_of
from checkout.services.disputing import dispute, resume
from checkout.services.moving import end, locked
from tests.factories.living import STAFF, VIN, Life, living
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def rest(life: Life) -> None:
    dispute(order=life.code, reason="chargeback", actor=STAFF, now=life.now)


def go_on(life: Life) -> None:
    resume(order=life.code, reason="won", actor=STAFF, now=life.now)


@pytest.mark.parametrize(
    "state",
    [State.RESERVED, State.LOCKED, State.IN_TRANSIT, State.INSPECTION_READY, State.HANDED_OVER],
)
def test_an_order_resumes_where_it_stood(till: Till, state: State) -> None:
    life = living(till, state)
    for act, reached in ((rest, "disputed"), (rest, "disputed"), (go_on, state), (go_on, state)):
        act(life)
        assert life.state == str(reached)
    assert (life.told().count("order-disputed"), life.told().count("order-resumed")) == (1, 1)


def test_nothing_moves_a_disputed_order(till: Till) -> None:
    life = living(till, State.INSPECTION_READY)
    rest(life)
    steps: tuple[Callable[[], object], ...] = (
        life.start,
        life.dispatch,
        life.ready,
        life.pay_balance,
        life.hand_over,
        life.allocate,
    )
    for step in steps:
        with pytest.raises(OrderStateConflict):
            step()
    with pytest.raises(PaymentNotPossible):
        till.start(life.order, purpose="balance")
    assert life.state == "disputed"


def test_the_car_of_a_disputed_order_is_nobody_elses(till: Till) -> None:
    resting, other = (living(till, State.LOCKED, stock=False) for _ in range(2))
    resting.allocate(VIN)
    rest(resting)
    with pytest.raises(VehicleNotAvailable, match="another order"):
        other.allocate(VIN)
    assert (other.state, other.order.vin) == ("locked", "")
    go_on(resting)
    assert (resting.state, resting.order.vin) == ("allocated", VIN)


def test_the_car_of_a_dispute_that_ended_the_order_is_free(till: Till) -> None:
    ended, other = (living(till, State.LOCKED, stock=False) for _ in range(2))
    ended.allocate(VIN)
    rest(ended)
    with transaction.atomic():
        end(locked(ended.code), Move.CANCEL_BY_SELLER, Actor.STAFF, ended.now)
    other.allocate(VIN)
    assert (other.state, other.order.vin) == ("allocated", VIN)


def test_money_that_comes_while_the_order_rests_counts_when_it_goes_on(till: Till) -> None:
    life = living(till, State.INSPECTION_READY)
    till.start(life.order, purpose="balance")
    rest(life)
    payment = life.order.payments.get(purpose="balance")
    till.driver.pay(payment.provider_id or "")
    till.settle(payment.provider_id or "")
    assert (life.state, held_of(life.order).minor) == ("disputed", life.order.price)
    go_on(life)
    assert life.state == "balance_paid"


def test_an_order_that_was_never_disputed_does_not_resume(till: Till) -> None:
    life = living(till, State.RESERVED)
    with pytest.raises(OrderStateConflict):
        go_on(life)
