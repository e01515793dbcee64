"""Withdrawing when a process dies between two writes, and when two things happen at once; on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from checkout.domain.order import Delivery, State
from checkout.errors import OrderStateConflict
from checkout.models import Order, PaymentOperation, WithdrawalReceipt
from checkout.queries.paid import held_of
from checkout.queries.withdrawals import ReceiptFacts
from checkout.services.handover import hand_over
from checkout.services.insurance import show_proof
from checkout.services.returns import car_returned
from checkout.services.withdrawing import begin_withdrawal
from kernel.audit import verify_chain
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.factories.till import balances
from tests.factories.withdrawn import bought, declared, pay, withdrawn
from tests.support.crashing import for_every_write
from tests.support.racing import at_once

ROUNDS = 4
DAY = timedelta(days=1)


@pytest.fixture
def _shop(transactional_db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


@pytest.fixture
def _counter(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def kinds(order: Order) -> list[str]:
    return [event.kind for event in order.events.order_by("number")]


def refunded(order: Order) -> int:
    rows = PaymentOperation.objects.filter(payment__order=order, kind="refund")
    return sum(row.amount or 0 for row in rows)


def whole(order: Order, *, returned: int | None = None) -> None:
    """The order is withdrawn from, with one receipt, one event and all of its money on the way back."""
    order.refresh_from_db()
    assert (order.state, order.contract_state) == ("withdrawn", "void")
    assert WithdrawalReceipt.objects.filter(order=order).count() == 1
    assert kinds(order).count("order-withdrawn") == 1
    assert refunded(order) == (order.deposit if returned is None else returned)
    assert verify_chain() == []


def untouched_or_whole(order: Order, state: State, returned: int) -> None:
    order.refresh_from_db()
    if order.state == str(state):
        assert not WithdrawalReceipt.objects.filter(order=order).exists()
        assert "order-withdrawn" not in kinds(order)
        assert refunded(order) == 0
        assert order.contract_state == "accepted"
    else:
        whole(order, returned=returned)


@pytest.mark.django_db
@pytest.mark.usefixtures("_counter")
@pytest.mark.parametrize("state", [State.RESERVED, State.HANDED_OVER])
def test_a_withdrawal_is_whole_or_not_at_all_wherever_the_process_dies(state: State) -> None:
    order = bought("DE", state)
    said, returned = declared(order), 0 if state is State.HANDED_OVER else order.deposit
    writes = for_every_write(
        lambda: withdrawn(order, NOON, said),
        died=lambda: untouched_or_whole(order, state, returned),
        done=lambda: whole(order, returned=returned),
    )
    assert writes > 5


@pytest.mark.django_db
@pytest.mark.usefixtures("_counter")
def test_the_car_s_return_gives_the_money_back_once_wherever_the_process_dies() -> None:
    order = bought("DE", State.HANDED_OVER)
    withdrawn(order)

    def back() -> None:
        order.refresh_from_db()
        assert (order.delivery_state, refunded(order)) == (Delivery.RETURNED, order.deposit)
        assert kinds(order).count("car-returned") == 1

    def legal() -> None:
        order.refresh_from_db()
        if order.delivery_state == Delivery.RETURNED:
            back()
        else:
            assert (order.delivery_state, refunded(order)) == (Delivery.TO_RETURN, 0)

    for_every_write(
        lambda: car_returned(order=order.code, actor="staff:1", now=NOON + DAY),
        died=legal,
        done=back,
    )


@pytest.mark.prove
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_shop")
def test_of_confirmations_at_once_one_withdraws_and_all_get_its_receipt() -> None:
    for _ in range(ROUNDS):
        order = bought("DE")
        said = declared(order)
        answers = at_once(*[partial(withdrawn, order, NOON, said)] * 4)
        assert all(isinstance(each, ReceiptFacts) for each in answers), answers
        assert len({each.number for each in answers}) == 1
        whole(order)


@pytest.mark.prove
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_shop")
def test_of_two_statements_at_once_one_withdraws_and_the_other_is_told() -> None:
    for _ in range(ROUNDS):
        order = bought("DE")
        first = declared(order)
        second = begin_withdrawal(order=order.code, name="E. Muster", contact="-", now=NOON)
        answers = at_once(
            partial(withdrawn, order, NOON, first),
            partial(withdrawn, order, NOON, second),
        )
        assert sum(isinstance(each, ReceiptFacts) for each in answers) == 1, answers
        assert sum(isinstance(each, OrderStateConflict) for each in answers) == 1, answers
        whole(order)


def ready_for_the_key() -> Order:
    """An order in Germany with its car, everything paid and the cover proven."""
    order = bought("DE", State.BALANCE_PAID)
    order.vin = f"L0SH11CA0VX{order.pk:06}"
    order.save()
    pay(order, order.price - order.deposit)
    show_proof(order=order.code, insurer="Deich", number="ABC1234", actor="guest", now=NOON)
    return order


@pytest.mark.prove
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_shop")
def test_withdrawing_and_handing_over_at_once_leave_the_car_in_one_place() -> None:
    for _ in range(ROUNDS):
        order = ready_for_the_key()
        said = declared(order)
        over, receipt = at_once(
            partial(hand_over, order=order.code, actor="staff:1", now=NOON),
            partial(withdrawn, order, NOON, said),
        )
        assert isinstance(receipt, ReceiptFacts), receipt
        order.refresh_from_db()
        assert order.state == "withdrawn"
        if over is None:  # the key came first: the car has to come back, and the money waits
            assert (order.delivery_state, receipt.hold_back) == (Delivery.TO_RETURN, True)
            assert held_of(order).minor == order.price
            whole(order, returned=0)
        else:
            assert isinstance(over, OrderStateConflict), over
            assert (receipt.hold_back, "handed-over" in kinds(order)) == (False, False)
            whole(order, returned=order.price)
        assert not {"1200", "4000", "2100"} & set(balances())
