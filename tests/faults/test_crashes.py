"""A process dies between any two writes of a move: the order is in one legal state, and what happened is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from checkout.domain.order import State
from checkout.models import LedgerEntry, Order, OrderEvent
from checkout.queries.paid import held_of
from checkout.services import locking
from checkout.services.disputing import dispute, resume
from checkout.services.orders import deposit_received, expire_order
from kernel.audit import verify_chain
from kernel.models import AuditEntry, Job
from tests.factories.living import STAFF, Life, living
from tests.factories.payable import NOON, payable_order
from tests.factories.shelf import forget, put_on_sale
from tests.factories.till import Till, till
from tests.support.crashing import Died, dying, for_every_write, undone

__all__ = ["till"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


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


def ready_to_lock(till: Till) -> Life:
    life = living(till, State.RESERVED)
    life.accept()
    return life


def about_to_lock_by_itself(till: Till) -> Life:
    life = ready_to_lock(till)
    locking.reminder_sent(order=life.code, at=life.now - timedelta(days=2))
    return life


def with_cover(till: Till) -> Life:
    life = living(till, State.BALANCE_PAID)
    life.prove_cover()
    return life


def at_the_vendor(till: Till) -> Life:
    """The balance is paid at the vendor, and nobody here has heard of it."""
    life = living(till, State.INSPECTION_READY)
    till.start(life.order, purpose="balance")
    till.driver.pay(balance_of(life))
    return life


def balance_of(life: Life) -> str:
    return str(life.order.payments.get(purpose="balance").provider_id)


def disputed(till: Till) -> Life:
    life = living(till, State.LOCKED)
    rest(life)
    return life


def rest(life: Life) -> None:
    dispute(order=life.code, reason="chargeback", actor=STAFF, now=life.now)


def go_on(life: Life) -> None:
    resume(order=life.code, reason="won", actor=STAFF, now=life.now)


MOVES: dict[str, tuple[Callable[[Till], Life], Callable[[Life], object], str, str]] = {
    "lock": (ready_to_lock, Life.lock, "locked", "order-locked"),
    "lock by itself": (
        about_to_lock_by_itself,
        lambda life: locking.lock_by_itself(order=life.code, now=life.now),
        "locked",
        "order-locked",
    ),
    "start production": (
        lambda till: living(till, State.LOCKED, stock=False),
        Life.start,
        "in_production",
        "production-started",
    ),
    "allocate": (
        lambda till: living(till, State.LOCKED),
        Life.allocate,
        "allocated",
        "car-allocated",
    ),
    "dispatch": (
        lambda till: living(till, State.ALLOCATED),
        Life.dispatch,
        "in_transit",
        "car-dispatched",
    ),
    "make ready": (
        lambda till: living(till, State.IN_TRANSIT),
        Life.ready,
        "inspection_ready",
        "car-ready",
    ),
    "pay the balance": (
        at_the_vendor,
        lambda life: life.till.settle(balance_of(life)),
        "balance_paid",
        "balance-paid",
    ),
    "hand over": (with_cover, Life.hand_over, "handed_over", "handed-over"),
    "dispute": (lambda till: living(till, State.LOCKED), rest, "disputed", "order-disputed"),
    "resume": (disputed, go_on, "locked", "order-resumed"),
}


def owed(order: Order) -> int:
    """What the books owe the buyer of this order, in minor units."""
    entries = LedgerEntry.objects.filter(order=order).prefetch_related("legs")
    return -sum(
        leg.amount for entry in entries for leg in entry.legs.all() if leg.account == "2000"
    )


@pytest.mark.usefixtures("_on_sale")
@pytest.mark.parametrize("name", MOVES)
def test_a_process_that_dies_during_a_move_leaves_it_made_or_not(name: str, till: Till) -> None:
    prepare, act, after, kind = MOVES[name]
    life = prepare(till)
    before, published = state(life.order), Job.objects.count()

    def in_the_books() -> None:
        """What we hold is what the books owe the buyer, until the sale sets it against the price."""
        held = held_of(Order.objects.get(pk=life.order.pk)).minor
        assert owed(life.order) == (0 if state(life.order) == "handed_over" else held)

    def died() -> None:
        whole_or_not_at_all(life.order, before=before, after=after, kind=kind)
        if state(life.order) == before:
            assert Job.objects.count() == published
        in_the_books()

    def done() -> None:
        assert (state(life.order), told(life.order).count(kind)) == (after, 1)
        audited = AuditEntry.objects.filter(subject=f"order:{life.code}", action=kind)
        assert audited.count() == 1
        in_the_books()

    assert for_every_write(lambda: act(life), died=died, done=done) >= 4


@pytest.mark.usefixtures("_on_sale")
def test_a_process_that_dies_while_it_reminds_reminds_once(till: Till) -> None:
    life = ready_to_lock(till)
    till.clock.forward(days=5)

    def done() -> None:
        assert told(life.order).count("lock-reminded") == 1

    for_every_write(lambda: locking.remind_all(now=life.now), done=done)
