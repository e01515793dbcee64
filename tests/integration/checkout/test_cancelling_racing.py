"""Cancelling races with itself, with the lock, with production and with the deposit: one of them happened, never half of two."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from checkout.domain.order import Actor, State
from checkout.errors import OrderStateConflict, StalePreview
from checkout.models import Order, PaymentOperation
from checkout.queries.paid import held_of
from checkout.services import locking, production
from checkout.services.cancelling import cancel_order, preview_cancellation
from kernel.audit import verify_chain
from tests.factories.ending import of_order
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


def cancelling(life: Life) -> Any:
    """The buyer's yes to what is true now, to be called later."""
    shown = preview_cancellation(order=life.code, now=life.now)
    return partial(
        cancel_order,
        order=life.code,
        reason=None,
        actor="guest",
        by=Actor.BUYER,
        fingerprint=shown["fingerprint"],
        gateway=life.till.gateway,
        now=life.now,
    )


def given_back(order: Order) -> int:
    rows = PaymentOperation.objects.filter(payment__order=order, kind="refund")
    return sum(row.amount or 0 for row in rows)


def refused(answers: list[Any], *kinds: type[Exception]) -> int:
    """How many were refused; nothing else may have gone wrong."""
    errors = [each for each in answers if isinstance(each, Exception)]
    assert all(isinstance(each, kinds) for each in errors), errors
    return len(errors)


def test_of_two_cancellations_one_is_made_and_one_hears_of_it(till: Till) -> None:
    for _ in range(ROUNDS):
        life = living(till, State.RESERVED)
        answers = at_once(cancelling(life), cancelling(life))
        assert refused(answers, OrderStateConflict) == 1
        assert (life.state, given_back(life.order)) == ("cancelled", life.order.deposit)
        assert life.told().count("order-cancelled") == 1
        assert of_order(life.order) == 0
    assert verify_chain() == []


def test_either_the_lock_or_the_cancellation_comes_first_and_the_other_hears_of_it(
    till: Till,
) -> None:
    for _ in range(ROUNDS):
        life = living(till, State.RESERVED)
        life.accept()
        cancel = cancelling(life)
        lock = partial(
            locking.lock,
            order=life.code,
            fingerprint=life.fingerprint(),
            actor="guest",
            now=life.now,
        )
        answers = at_once(lock, cancel)
        assert refused(answers, OrderStateConflict, StalePreview) == 1
        if life.state == "cancelled":
            assert (given_back(life.order), of_order(life.order)) == (life.order.deposit, 0)
        else:
            assert (life.state, given_back(life.order)) == ("locked", 0)
            assert held_of(life.order).minor == life.order.deposit
    assert verify_chain() == []


def test_a_car_is_never_set_aside_for_an_order_that_was_cancelled(till: Till) -> None:
    for _ in range(ROUNDS):
        life = living(till, State.LOCKED)
        cancel = cancelling(life)
        allocate = partial(
            production.allocate, order=life.code, vin=None, actor=STAFF, now=life.now
        )
        answers = at_once(allocate, cancel)
        assert refused(answers, OrderStateConflict, StalePreview) == 1
        assert life.state in {"allocated", "cancelled"}
        expected = life.order.deposit if life.state == "cancelled" else 0
        assert given_back(life.order) == expected


def test_a_deposit_that_arrives_while_its_order_is_given_up_is_kept_or_sent_back(
    till: Till,
) -> None:
    for number in range(ROUNDS * 2):
        life = living(till)
        till.start(life.order)
        till.driver.pay(pid(life.order))
        cancel = cancelling(life)
        calls = [partial(till.settle, pid(life.order)), cancel]
        answers = at_once(*(calls if number % 2 else reversed(calls)))
        refused(answers, OrderStateConflict, StalePreview)
        till.settle(pid(life.order))
        if life.state == "reserved":
            assert (held_of(life.order).minor, given_back(life.order)) == (life.order.deposit, 0)
            assert of_order(life.order) == -life.order.deposit
        else:
            assert (life.state, given_back(life.order)) == ("cancelled", life.order.deposit)
            assert (held_of(life.order).minor, of_order(life.order)) == (0, 0)
    assert verify_chain() == []
