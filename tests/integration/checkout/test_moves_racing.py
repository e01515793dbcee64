"""Moves that start at the same moment: one car for one buyer, one lock, one balance, and money that comes at the last second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from catalog.domain.vin import check_digit
from catalog.errors import VehicleNotAvailable
from catalog.models import Reservation
from checkout.domain.order import State
from checkout.errors import OrderStateConflict
from checkout.models import LedgerEntry
from checkout.queries.paid import held_of
from checkout.services import locking, production
from checkout.services.disputing import dispute
from checkout.services.expiry import expire_orders
from kernel.audit import verify_chain
from tests.factories.living import STAFF, Life, living
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till, pid
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4


@pytest.fixture(autouse=True)
def _on_sale(transactional_db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def refused(answers: list[Any], *kinds: type[Exception]) -> int:
    """How many were refused; nothing else may have gone wrong."""
    errors = [each for each in answers if isinstance(each, Exception)]
    assert all(isinstance(each, kinds) for each in errors), errors
    return len(errors)


def balance_id(life: Life) -> str:
    return str(life.order.payments.get(purpose="balance").provider_id)


def vin_of(number: int) -> str:
    """A VIN of its own with a right check digit."""
    bare = f"L0SH11CA0VX2{number:05}"
    return bare[:8] + check_digit(bare) + bare[9:]


def test_of_two_orders_that_get_the_same_car_at_once_exactly_one_has_it(till: Till) -> None:
    for number in range(ROUNDS):
        vin = vin_of(number)
        lives = [living(till, State.LOCKED, stock=False) for _ in range(2)]
        calls = [
            partial(production.allocate, order=life.code, vin=vin, actor=STAFF, now=life.now)
            for life in lives
        ]
        assert refused(at_once(*calls), VehicleNotAvailable) == 1
        assert sorted((life.state, life.order.vin) for life in lives) == [
            ("allocated", vin),
            ("locked", ""),
        ]


def test_the_buyers_lock_and_the_lock_that_comes_by_itself_are_one(till: Till) -> None:
    for _ in range(ROUNDS):
        life = living(till, State.RESERVED)
        life.accept()
        locking.reminder_sent(order=life.code, at=life.now - timedelta(days=2))
        buyer = partial(
            locking.lock,
            order=life.code,
            fingerprint=life.fingerprint(),
            actor="guest",
            now=life.now,
        )
        itself = partial(locking.lock_by_itself, order=life.code, now=life.now)
        assert refused(at_once(buyer, itself), OrderStateConflict) == 0
        assert (life.state, life.told().count("order-locked")) == ("locked", 1)
    assert verify_chain() == []


def test_a_car_made_ready_by_two_at_once_asks_for_one_balance(till: Till) -> None:
    for _ in range(ROUNDS):
        life = living(till, State.IN_TRANSIT)
        assert refused(at_once(life.ready, life.ready), OrderStateConflict) == 0
        assert life.order.payments.filter(purpose="balance").count() == 1
        assert life.told().count("car-ready") == 1


def test_a_balance_that_two_workers_hear_of_is_paid_once(till: Till) -> None:
    for _ in range(ROUNDS):
        life = living(till, State.INSPECTION_READY)
        till.start(life.order, purpose="balance")
        till.driver.pay(balance_id(life))
        settle = partial(till.settle, balance_id(life))
        assert refused(at_once(settle, settle, life.pay_balance), OrderStateConflict) <= 1
        assert (life.state, life.told().count("balance-paid")) == ("balance_paid", 1)
        assert held_of(life.order).minor == life.order.price
        assert LedgerEntry.objects.filter(order=life.order, kind="charge").count() == 2


def test_a_balance_that_arrives_while_the_order_comes_to_rest_is_kept(till: Till) -> None:
    for _ in range(ROUNDS):
        life = living(till, State.INSPECTION_READY)
        till.start(life.order, purpose="balance")
        till.driver.pay(balance_id(life))
        rest = partial(dispute, order=life.code, reason="chargeback", actor=STAFF, now=life.now)
        assert refused(at_once(partial(till.settle, balance_id(life)), rest)) == 0
        assert life.state == "disputed"
        assert life.order.state_before_dispute in {"inspection_ready", "balance_paid"}
        assert held_of(life.order).minor == life.order.price


def test_a_deposit_that_succeeds_as_its_hold_runs_out_reserves_the_order_or_goes_back(
    till: Till,
) -> None:
    for number in range(ROUNDS):
        life = living(till)
        till.start(life.order)
        till.driver.pay(pid(life.order))
        late = life.order.expires_at
        calls: list[Callable[[], Any]] = [
            partial(till.settle, pid(life.order)),
            partial(expire_orders, gateway=till.gateway, now=late),
        ]
        refused(at_once(*(calls if number % 2 else reversed(calls))))
        till.settle(pid(life.order))
        held = Reservation.objects.filter(vehicle__vin=life.order.vin, live=True)
        if life.state == "reserved":
            assert held_of(life.order).minor == life.order.deposit
            assert [each.holder for each in held] == [life.code]
        else:
            assert (life.state, held_of(life.order).minor) == ("expired", 0)
            assert not held.exists()
    assert verify_chain() == []
