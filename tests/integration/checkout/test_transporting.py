"""Cars with carriers: ordered once, followed by their days, late, lost and turned round; messages and calls happen once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checkout.domain.delivery_stages import Stage
from checkout.domain.order import Actor, Move, State
from checkout.errors import CarrierRefused, StageNotPossible, TransportNotPossible
from checkout.gateways.carriers import Carrier
from checkout.models import CarrierMessage, Order, Transport, TransportOperation
from checkout.services import carrier_inbox, transporting
from checkout.services.moving import end, locked
from checkout.services.reaching import reach_stage
from kernel.audit import verify_chain
from tests.factories.carriers import (
    LATE,
    LOST,
    REFUSED,
    SILENT,
    USUAL,
    CarrierDriver,
    sandbox_carrier,
)
from tests.factories.delivering import STAFF, history, order_in
from tests.factories.gateways import Clock
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db


@dataclass
class Yard:
    """A carrier's sandbox whose clock the test moves."""

    driver: CarrierDriver
    closed: bool = False

    def doors(self, carrier: str) -> Carrier | None:
        """The one door there is."""
        return self.driver.door if carrier == "luxing" and not self.closed else None

    def send(self, order: Order, carrier: str = "luxing") -> str:
        """The desk gives the car to a carrier."""
        return transporting.order_transport(
            order=order.code, carrier=carrier, doors=self.doors, actor=STAFF, now=self.now
        )

    @property
    def now(self) -> Any:
        """The moment at which the next step happens."""
        return self.driver.clock.now

    def days_later(self, days: int) -> int:
        """So many days later the poller comes by."""
        self.driver.clock.forward(seconds=days * 86_400)
        return transporting.poll(doors=self.doors, now=self.now)

    def sweep(self) -> int:
        """A minute later the sweeper comes by."""
        self.driver.clock.forward(seconds=61)
        return transporting.sweep(doors=self.doors, now=self.now)


@pytest.fixture
def yard(tmp_path: Path, db: None) -> Iterator[Yard]:
    forget()
    put_on_sale()
    yield Yard(sandbox_carrier(tmp_path / "luxing", Clock(NOON)))
    forget()


def built(vin: str = USUAL) -> Order:
    return order_in(State.IN_PRODUCTION, vin=vin, locked_at=NOON)


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def stages(order: Order) -> list[str]:
    return list(order.stages.order_by("number").values_list("stage", flat=True))


def test_a_car_comes_by_its_days_and_the_order_moves_with_it(yard: Yard) -> None:
    order = built()
    code = yard.send(order)
    assert yard.send(order) == code
    assert (fresh(order).state, stages(order)) == (State.IN_PRODUCTION, [])
    assert yard.days_later(1) == 1
    assert (fresh(order).state, fresh(order).delivery_state) == (State.IN_TRANSIT, "on_its_way")
    yard.days_later(1)
    yard.days_later(1)  # nothing new, nothing twice
    assert stages(order) == ["departed", "at_place"]
    assert order.stages.get(stage="at_place").place["en"] == "Halfway yard (demo)"
    yard.days_later(1)
    assert stages(order) == ["departed", "at_place", "arrived"]
    arrived = order.stages.get(stage="arrived")
    assert (arrived.at, arrived.place["en"]) == (NOON + timedelta(days=4), "Xiamen")
    transport = Transport.objects.get()
    assert (transport.status, transport.ended_at) == ("arrived", yard.now)
    assert yard.days_later(1) == 0
    assert len(history(order)) == 1
    assert len(yard.driver.world.transports()) == 1
    assert verify_chain() == []


def test_a_days_news_come_at_once_where_nobody_asked_for_days(yard: Yard) -> None:
    order = built()
    yard.send(order)
    yard.days_later(9)
    assert stages(order) == ["departed", "at_place", "arrived"]
    moments = list(order.stages.order_by("number").values_list("at", flat=True))
    assert moments == [NOON + timedelta(days=days) for days in (1, 2, 4)]
    assert set(order.stages.values_list("noted_at", flat=True)) == {yard.now}


def test_a_day_that_breaks_the_promise_changes_it_at_once_with_its_reason(yard: Yard) -> None:
    order = built(LATE)
    [(_, first, _, _)] = history(order)
    now = NOON + timedelta(days=(first - NOON.date()).days)
    yard.driver.clock.now = now
    yard.send(order)
    ready = (now + timedelta(days=23)).date()
    assert history(order)[1:] == [(2, ready, ready + timedelta(days=6), "transport")]
    yard.days_later(1)
    assert len(history(order)) == 2
    row = order.promises.get(number=2)
    assert (row.actor, row.reason["en"]) == ("carrier:luxing", "The transport is late")


def test_a_lost_answer_is_found_and_one_transport_is_made(yard: Yard) -> None:
    order = built(SILENT)
    yard.send(order)
    assert TransportOperation.objects.get().state == "unknown"
    assert yard.sweep() == 1
    assert yard.sweep() == 0
    assert TransportOperation.objects.get().state == "done"
    assert len(yard.driver.world.transports()) == 1
    assert Transport.objects.get().status == "ordered"


def test_a_process_that_died_before_the_call_is_made_up_for(yard: Yard) -> None:
    order = built()
    yard.closed = True
    with pytest.raises(TransportNotPossible) as caught:
        yard.send(order)
    assert caught.value.facts["reason"] == "carrier"
    yard.closed = False
    yard.send(order)
    operation = TransportOperation.objects.get()
    TransportOperation.objects.update(state="planned", resolved_at=None, attempts=0)
    transporting.perform(key=operation.key, doors=yard.doors, now=yard.now)
    operation.refresh_from_db()
    assert (operation.state, operation.attempts) == ("done", 1)
    assert len(yard.driver.world.transports()) == 1


def test_a_carrier_that_will_not_take_the_car_leaves_the_order_as_it_was(yard: Yard) -> None:
    order = built(REFUSED)
    with pytest.raises(CarrierRefused):
        yard.send(order)
    transport = Transport.objects.get()
    assert (transport.status, transport.reason) == ("failed", "not_carried")
    assert transport.ended_at is not None
    assert order.events.filter(kind="transport-failed").count() == 1
    assert fresh(order).state == State.IN_PRODUCTION
    Order.objects.update(vin=USUAL)
    assert yard.send(order) != transport.code


def test_a_car_that_is_lost_on_its_way_is_told_to_people_once(yard: Yard) -> None:
    order = built(LOST)
    yard.send(order)
    yard.days_later(3)
    yard.days_later(1)
    assert stages(order) == ["departed", "at_place"]
    assert order.events.get(kind="transport-failed").facts["reason"] == "lost"
    assert Transport.objects.get().status == "failed"
    with pytest.raises(TransportNotPossible) as caught:
        yard.send(order)
    assert caught.value.facts["reason"] == "state"


def test_while_an_order_is_disputed_nothing_is_applied_and_nothing_is_lost(yard: Yard) -> None:
    order = built()
    yard.send(order)
    yard.days_later(1)
    Order.objects.update(state=State.DISPUTED)
    yard.days_later(4)
    assert stages(order) == ["departed"]
    Order.objects.update(state=State.IN_TRANSIT)
    yard.days_later(1)
    assert stages(order) == ["departed", "at_place", "arrived"]


def test_an_order_that_ends_turns_its_car_round(yard: Yard) -> None:
    order = built()
    yard.send(order)
    yard.days_later(1)
    row = locked(order.code)
    end(row, Move.CANCEL_BY_SELLER, Actor.STAFF, yard.now)
    assert yard.sweep() == 1
    [seen] = yard.driver.world.transports()
    assert str(seen.status) == "cancelled"
    assert Transport.objects.get().status == "cancelled"
    assert yard.days_later(9) == 0
    assert stages(order) == ["departed"]
    assert fresh(order).state == State.CANCELLED


def test_a_transport_nobody_heard_of_is_not_ordered_to_be_cancelled(yard: Yard) -> None:
    order = built()
    yard.send(order)
    yard.driver.world._file(Transport.objects.get().carrier_reference).unlink()
    Transport.objects.update(carrier_reference="", status="planned", answer_number=0)
    TransportOperation.objects.update(state="unknown", resolved_at=None)
    transporting.cancel_transport(order=order.code, doors=yard.doors, actor=STAFF, now=yard.now)
    assert Transport.objects.get().reason == "never_ordered"
    yard.sweep()
    assert yard.driver.world.transports() == []
    order_call = TransportOperation.objects.get(kind="order")
    assert (order_call.state, order_call.attempts) == ("failed", 2)


def test_an_order_heard_after_it_was_given_up_is_cancelled_too(yard: Yard) -> None:
    order = built()
    yard.send(order)
    Transport.objects.update(
        carrier_reference="", status="cancelled", answer_number=0, ended_at=yard.now
    )
    TransportOperation.objects.update(state="unknown", resolved_at=None)
    assert yard.sweep() == 1
    assert yard.driver.world.transports()[0].status == "ordered"
    yard.sweep()
    assert [str(each.status) for each in yard.driver.world.transports()] == ["cancelled"]


@pytest.mark.parametrize("state", sorted(set(State) - {State.IN_PRODUCTION, State.ALLOCATED}))
def test_only_a_car_that_can_leave_is_given_to_a_carrier(yard: Yard, state: State) -> None:
    order = order_in(state)
    with pytest.raises(TransportNotPossible) as caught:
        yard.send(order)
    assert caught.value.facts["reason"] == "state"
    assert yard.driver.world.transports() == []


def test_nothing_is_cancelled_where_nothing_is_under_way(yard: Yard) -> None:
    with pytest.raises(TransportNotPossible) as caught:
        transporting.cancel_transport(
            order=built().code, doors=yard.doors, actor=STAFF, now=yard.now
        )
    assert caught.value.facts["reason"] == "none"


def hear(yard: Yard, message: Any) -> bool:
    return carrier_inbox.receive(
        body=message.body, headers=message.headers, carrier=yard.driver.door, now=yard.now
    )


def test_a_message_is_stored_once_and_handled_once(yard: Yard) -> None:
    order = built()
    yard.send(order)
    yard.driver.clock.forward(seconds=86_400)
    message = yard.driver.world.message(Transport.objects.get().carrier_reference)
    assert [hear(yard, message), hear(yard, message)] == [True, False]
    stored = CarrierMessage.objects.get()
    assert stored.deliveries == 2
    assert carrier_inbox.process(message=stored.pk, doors=yard.doors, now=yard.now)
    assert not carrier_inbox.process(message=stored.pk, doors=yard.doors, now=yard.now)
    assert stages(order) == ["departed"]
    assert fresh(order).state == State.IN_TRANSIT


def test_a_message_about_a_transport_that_is_not_ours_is_done_with(yard: Yard) -> None:
    yard.send(built())
    message = yard.driver.world.message(Transport.objects.get().carrier_reference)
    hear(yard, message)
    Transport.objects.update(code="TOTHER")
    clock = lambda: yard.now  # noqa: E731
    assert carrier_inbox.process_due(doors=yard.doors, clock=clock) == 1
    assert CarrierMessage.objects.get().error == "unknown-transport"


def test_a_departure_happens_whole_or_not_at_all(yard: Yard) -> None:
    order = built()
    yard.send(order)
    yard.driver.clock.forward(seconds=4 * 86_400)
    reference = Transport.objects.get().carrier_reference
    settle = partial(
        transporting.settle, carrier_reference=reference, carrier=yard.driver.door, now=yard.now
    )

    def died() -> None:
        assert (fresh(order).state, stages(order)) == (State.IN_PRODUCTION, [])
        assert Transport.objects.get().answer_number == 1

    def done() -> None:
        assert fresh(order).state == State.IN_TRANSIT
        assert stages(order) == ["departed", "at_place", "arrived"]
        assert Transport.objects.get().answer_number == 4
        assert verify_chain() == []

    assert for_every_write(settle, died=died, done=done) >= 8


def test_the_desk_says_a_stage_and_its_move_is_made_with_it(yard: Yard) -> None:
    order = order_in(State.LOCKED, locked_at=NOON)
    say = partial(reach_stage, order=order.code, actor=STAFF, now=NOON)
    assert say(stage=Stage.PRODUCTION_STARTED)
    assert not say(stage=Stage.PRODUCTION_STARTED)
    assert say(stage=Stage.BUILT, place={"zh-hans": "厦门", "en": "Xiamen"})
    assert fresh(order).state == State.IN_PRODUCTION
    assert say(stage=Stage.DEPARTED)
    assert fresh(order).state == State.IN_TRANSIT
    assert stages(order) == ["production_started", "built", "departed"]
    for stage in (Stage.BUILT, Stage.DEPARTED):
        assert not say(stage=stage)
    for stage in (Stage.INSPECTED, Stage.HANDED_OVER, Stage.ALLOCATED):
        with pytest.raises(StageNotPossible):
            say(stage=stage)
