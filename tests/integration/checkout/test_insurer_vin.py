"""A VIN that becomes known later: the insurer hears it once, whatever is lost on the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from checkout.errors import InsurerUnavailable, UnknownOrder
from checkout.models import InsuranceOperation, InsurancePolicy, Order, OrderEvent
from checkout.queries.insurance import gate_of
from checkout.services import insuring
from checkout.services.policies import tell_insurer_vin
from kernel.models import AuditEntry
from tests.factories.insured import Desk, desk, insured_order
from tests.factories.insurers import SILENT
from tests.factories.shelf import NOON

__all__ = ["desk"]
pytestmark = pytest.mark.django_db(transaction=True)
VIN, OTHER = "LEGEXAMPLE0000001", "LEGEXAMPLE0000002"
TODAY = date(2026, 11, 22)


def allocated(order: Order, vin: str = VIN) -> Order:
    order.refresh_from_db()
    order.vin = vin
    order.save()
    return order


def calls(policy: InsurancePolicy) -> list[tuple[str, str]]:
    rows = InsuranceOperation.objects.filter(policy=policy, kind="vehicle").order_by("pk")
    return [(row.params["vin"], row.state) for row in rows]


def test_a_bound_policy_is_told_the_vin_and_bound_to_it(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, start_on=TODAY)
    assert tell_insurer_vin(order=allocated(order).code, now=NOON)
    assert calls(policy) == [(VIN, "planned")]
    desk.later(minutes=2)
    policy.refresh_from_db()
    assert (policy.vin, policy.state, policy.premium) == (VIN, "active", 850_473)
    assert desk.driver.door.fetch(policy.insurer_reference).vin == VIN
    event = OrderEvent.objects.get(order=order, kind="cover-vehicle")
    assert (event.actor, event.facts["vin"]) == ("insurer:qinghe", VIN)
    order.refresh_from_db()
    assert gate_of(order, now=desk.clock.now).open
    assert not tell_insurer_vin(order=order.code, now=desk.clock.now)
    assert len(calls(policy)) == 1


def test_asked_twice_before_it_was_made_it_is_one_call(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    allocated(order)
    assert tell_insurer_vin(order=order.code, now=NOON)
    assert tell_insurer_vin(order=order.code, now=NOON)
    assert calls(policy) == [(VIN, "planned")]


def test_another_vin_of_the_same_car_is_told_again(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    tell_insurer_vin(order=allocated(order).code, now=NOON)
    desk.later(minutes=2)
    tell_insurer_vin(order=allocated(order, OTHER).code, now=desk.clock.now)
    desk.later(minutes=2)
    policy.refresh_from_db()
    assert (policy.vin, calls(policy)) == (OTHER, [(VIN, "done"), (OTHER, "done")])


def test_a_policy_that_is_not_bound_yet_is_told_once_it_is(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order, age=SILENT)
    assert policy.state == "quoted"
    assert not tell_insurer_vin(order=allocated(order).code, now=NOON)
    desk.later(minutes=2)
    desk.later(minutes=2)
    policy.refresh_from_db()
    assert (policy.state, policy.vin, calls(policy)) == ("bound", VIN, [(VIN, "done")])


def test_a_silent_insurer_hears_it_later_with_the_same_key(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    tell_insurer_vin(order=allocated(order).code, now=NOON)
    desk.silent = True
    desk.later(minutes=2)
    assert calls(policy) == [(VIN, "unknown")]
    desk.silent = False
    desk.later(minutes=2)
    policy.refresh_from_db()
    assert (policy.vin, calls(policy)) == (VIN, [(VIN, "done")])


@pytest.mark.parametrize(("arrived", "state"), [(True, "done"), (False, "failed")])
def test_a_key_that_the_insurer_forgot_is_looked_up(desk: Desk, arrived: bool, state: str) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    tell_insurer_vin(order=allocated(order).code, now=NOON)
    operation = InsuranceOperation.objects.get(kind="vehicle")
    door: Any = desk.driver.door
    if arrived:
        door.update_vehicle(policy.insurer_reference, car(policy), key=operation.key)
    desk.silent = True
    silent: Any = desk.doors("qinghe")
    with pytest.raises(InsurerUnavailable):
        insuring.send(operation=operation.pk, insurer=silent, now=NOON)
    desk.silent = False
    desk.later(hours=24)
    policy.refresh_from_db()
    assert (policy.vin, calls(policy)) == (VIN if arrived else "", [(VIN, state)])


def car(policy: InsurancePolicy) -> Any:
    vehicle = policy.vehicle
    return type(vehicle)(vehicle.model, vehicle.options, VIN)


def test_a_refusal_is_kept_for_a_person_and_the_policy_stays_as_it_is(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    tell_insurer_vin(order=allocated(order).code, now=NOON)
    policy.refresh_from_db()
    seen = desk.driver.door.fetch(policy.insurer_reference)
    desk.driver.door.cancel(policy.insurer_reference, day=TODAY, withdrawal=True, key="elsewhere")
    desk.later(minutes=2)
    assert calls(policy) == [(VIN, "failed")]
    assert AuditEntry.objects.filter(action="insurance-vehicle-refused").count() == 1
    assert seen.vin == ""


def test_another_car_is_another_policy_and_nothing_is_told(desk: Desk) -> None:
    order = insured_order()
    desk.take_out(order)
    order.refresh_from_db()
    order.document["car"]["choices"] = ["trim:calm"]
    order.save()
    assert not tell_insurer_vin(order=allocated(order).code, now=NOON)
    assert not InsuranceOperation.objects.filter(kind="vehicle").exists()


def test_an_order_without_a_policy_has_nobody_to_tell_and_an_unknown_one_is_refused(
    desk: Desk,
) -> None:
    order = allocated(insured_order())
    assert not tell_insurer_vin(order=order.code, now=NOON)
    with pytest.raises(UnknownOrder):
        tell_insurer_vin(order="ONOBODY1", now=NOON)


def test_a_vin_that_is_not_the_orders_is_told_to_a_person(desk: Desk) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    policy.refresh_from_db()
    desk.driver.door.update_vehicle(policy.insurer_reference, car(policy), key="by-itself")
    assert desk.hear(policy)
    policy.refresh_from_db()
    assert policy.vin == ""
    assert AuditEntry.objects.filter(action="insurance-vehicle-odd").count() == 1


def test_an_insurer_that_takes_nothing_over_is_told_to_a_person(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = insured_order()
    policy = desk.take_out(order)
    tell_insurer_vin(order=allocated(order).code, now=NOON)
    door: Any = desk.driver.door
    monkeypatch.setattr(
        door, "update_vehicle", lambda reference, vehicle, *, key: door.fetch(reference)
    )
    desk.later(minutes=2)
    policy.refresh_from_db()
    assert (policy.vin, calls(policy)) == ("", [(VIN, "done")])
    assert AuditEntry.objects.filter(action="insurance-vehicle-odd").count() == 1
    desk.later(minutes=2)
    assert len(calls(policy)) == 1
