"""Compensation for a late car: proposed by itself, once, when its sum stands; counted by the market's days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from checkout.domain.order import State
from checkout.models import Compensation, Order
from checkout.services.delaying import propose_all
from kernel.audit import verify_chain
from tests.factories.delivering import history, order_in
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def late(days: int, *, minutes: int = 0, order: Order | None = None) -> tuple[Order, datetime]:
    """An order on its way, and the end of the day so many days after its last promised one, in Shanghai."""
    order = order or order_in(State.IN_TRANSIT, locked_at=NOON)
    day = history(order)[0][2] + timedelta(days=days)
    return order, datetime(day.year, day.month, day.day, 15, 59, tzinfo=UTC) + timedelta(
        minutes=minutes
    )


def handed_over(order: Order, at: datetime) -> None:
    Order.objects.filter(pk=order.pk).update(state=State.HANDED_OVER, handed_over_at=at)


def proposed() -> list[tuple[str, int, str]]:
    return list(Compensation.objects.values_list("kind", "amount", "reason"))


@pytest.mark.parametrize(
    ("days", "minutes", "sums"),
    [(0, 0, []), (7, 0, []), (7, 1, [10_000]), (8, 0, [10_000]), (29, 0, [220_000])],
)
def test_with_the_key_comes_what_the_delay_has_come_to(
    days: int, minutes: int, sums: list[int]
) -> None:
    order, at = late(days, minutes=minutes)
    handed_over(order, at)
    assert propose_all(now=at + timedelta(days=3)) == len(sums)
    assert propose_all(now=at + timedelta(days=4)) == 0
    assert proposed() == [("delay", minor, "late") for minor in sums]
    assert order.events.filter(kind="delay-compensation").count() == len(sums)
    assert verify_chain() == []


def test_while_the_car_has_not_come_it_is_proposed_when_the_most_is_reached() -> None:
    order, before = late(29)
    assert propose_all(now=before) == 0
    assert propose_all(now=late(30, order=order)[1]) == 1
    assert proposed() == [("delay", 230_000, "late")]
    _, later = late(300, order=order)
    handed_over(order, later)
    assert propose_all(now=later) == 0


def test_a_refused_one_is_not_proposed_again() -> None:
    order, at = late(40)
    assert propose_all(now=at) == 1
    Compensation.objects.update(state="refused", decided_by="staff:2", decided_at=at)
    assert propose_all(now=at + timedelta(days=1)) == 0


@pytest.mark.parametrize("state", [State.CANCELLED, State.WITHDRAWN])
def test_an_order_that_ended_has_the_compensation_of_its_end(state: State) -> None:
    order, at = late(40)
    Order.objects.filter(pk=order.pk).update(state=state, ended_at=at)
    assert propose_all(now=at) == 0


def test_an_order_that_was_never_locked_is_never_late() -> None:
    order, at = late(40, order=order_in(State.RESERVED))
    assert propose_all(now=at) == 0


def test_a_proposal_happens_whole_or_not_at_all() -> None:
    order, at = late(40)

    def died() -> None:
        assert proposed() == []

    def done() -> None:
        assert proposed() == [("delay", 230_000, "late")]
        assert order.events.filter(kind="delay-compensation").count() == 1

    assert for_every_write(lambda: propose_all(now=at), died=died, done=done) >= 4
