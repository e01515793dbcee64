"""A process dies between any two writes of a move: the order is in one legal state, and what happened is told once."""

from __future__ import annotations

from contextlib import suppress

import pytest

from checkout.models import Order, OrderEvent
from checkout.services.orders import deposit_received, expire_order
from kernel.audit import verify_chain
from tests.factories.payable import NOON, payable_order
from tests.support.crashing import Died, dying, for_every_write, undone

pytestmark = pytest.mark.django_db


def told(order: Order) -> list[str]:
    """What the history of the order says, oldest first."""
    return list(order.events.order_by("number").values_list("kind", flat=True))


def state(order: Order) -> str:
    return str(Order.objects.values_list("state", flat=True).get(pk=order.pk))


def whole_or_not_at_all(order: Order, *, before: str, after: str, kind: str) -> None:
    """In the state before, with nothing told, or in the state after, with it told; and the audit chain is whole."""
    assert (state(order), told(order).count(kind)) in {(before, 0), (after, 1)}
    assert verify_chain() == []


def test_a_process_that_dies_while_a_deposit_is_received_leaves_it_received_or_not() -> None:
    order, payment = payable_order()

    def done() -> None:
        assert (state(order), told(order)) == ("reserved", ["deposit-paid"])

    writes = for_every_write(
        lambda: deposit_received(order=order.code, payment=payment.code, now=NOON),
        died=lambda: whole_or_not_at_all(
            order, before="awaiting_deposit", after="reserved", kind="deposit-paid"
        ),
        done=done,
    )
    assert writes >= 4
    assert state(order) == "awaiting_deposit"


def test_a_process_that_dies_while_an_order_expires_leaves_it_expired_or_not() -> None:
    order, _ = payable_order()

    def done() -> None:
        assert (state(order), told(order)) == ("expired", ["order-expired"])

    for_every_write(
        lambda: expire_order(order=order.code, now=order.expires_at),
        died=lambda: whole_or_not_at_all(
            order, before="awaiting_deposit", after="expired", kind="order-expired"
        ),
        done=done,
    )


def test_a_death_is_heard_by_nobody_and_happens_where_it_was_asked_for() -> None:
    order, _ = payable_order()

    def two_events() -> None:
        OrderEvent.objects.create(order=order, number=1, kind="a", actor="x", at=NOON)
        with suppress(Exception):
            OrderEvent.objects.create(order=order, number=2, kind="b", actor="x", at=NOON)

    with undone():
        with dying(at=2), pytest.raises(Died, match="after write 2"):
            two_events()
        assert told(order) == ["a", "b"]
    assert told(order) == []
