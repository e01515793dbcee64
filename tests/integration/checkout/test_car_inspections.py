"""Inspections before delivery in the database: filed whole, once, encrypted; and the report of the handover."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection

from checkout.domain.handing_over import Damage, HandoverReport
from checkout.domain.inspecting import Item, Photo
from checkout.domain.order import State
from checkout.errors import (
    BadHandover,
    BadInspection,
    CompulsoryCoverMissing,
    OrderStateConflict,
    StageNotPossible,
    UnknownInspection,
)
from checkout.models import Inspection, InspectionPhoto, Order, Payment
from checkout.queries.delivery import delivery_of, inspection_photo
from checkout.services.appointments import book_handover
from checkout.services.handover import hand_over
from checkout.services.inspecting import file_inspection
from checkout.services.insurance import show_proof
from checkout.services.production import make_ready
from kernel.models import Job
from tests.factories.delivering import FINE, PNG, STAFF, defect, order_in
from tests.factories.shelf import NOON, forget, put_on_sale
from tests.integration.checkout.test_handover_appointments import FIRST
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db
PHOTO = Photo("paint", "image/png", PNG)


@pytest.fixture(autouse=True)
def _shop(db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def file(order: Order, items: list[Item] = FINE, *photos: Photo, kilometres: int = 12) -> int:
    return file_inspection(
        order=order.code,
        items=items,
        photos=photos,
        kilometres=kilometres,
        actor=STAFF,
        now=NOON,
    )


def test_a_car_with_a_defect_is_inspected_again_and_the_buyer_reads_both() -> None:
    order = order_in(State.IN_TRANSIT)
    assert file(order, defect(), PHOTO) == 1
    assert file(order, defect(), PHOTO) == 1  # the same report is filed once
    assert file(order, list(reversed(FINE))) == 2
    assert list(order.stages.values_list("stage", flat=True)) == ["defect_found", "inspected"]
    first, second = delivery_of(order=order.code, now=NOON).inspections
    assert (first.passed, second.passed) == (False, True)
    [paint] = [item for item in first.items if item.code == "paint"]
    assert (paint.result, paint.remark) == ("defect", "scratch on the left door")
    assert [item.code for item in second.items] == [item.code for item in FINE]
    assert [(each.number, each.item) for each in first.photos] == [(1, "paint")]
    assert inspection_photo(order=order.code, inspection=1, number=1) == ("image/png", PNG)


def test_a_car_with_a_defect_is_not_made_ready_before_it_passes() -> None:
    order = order_in(State.IN_TRANSIT, vin="L0SH11CA0VX112729")
    Order.objects.filter(pk=order.pk).update(contract_state="accepted")
    file(order, defect())
    ready = partial(make_ready, order=order.code, actor=STAFF, now=NOON)
    with pytest.raises(OrderStateConflict, match="defect"):
        ready()
    file(order)
    ready()
    assert Order.objects.get(pk=order.pk).state == State.INSPECTION_READY


@pytest.mark.parametrize(("inspection", "number"), [(2, 1), (1, 2), (0, 1), (1, -1), (2**63, 1)])
def test_a_photograph_that_is_not_there_is_unknown(inspection: int, number: int) -> None:
    order = order_in(State.IN_TRANSIT)
    file(order, FINE, PHOTO)
    with pytest.raises(UnknownInspection):
        inspection_photo(order=order.code, inspection=inspection, number=number)


def test_photographs_are_encrypted_at_rest() -> None:
    file(order_in(State.IN_TRANSIT), FINE, PHOTO)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM checkout_inspectionphoto")
        [stored] = cursor.fetchone()
    assert "iVBOR" not in stored
    assert InspectionPhoto.objects.get().sha256


@pytest.mark.parametrize("state", sorted(set(State) - {State.ALLOCATED, State.IN_TRANSIT}))
def test_nothing_is_inspected_before_the_car_came_or_after_it_was_made_ready(state: State) -> None:
    order = order_in(state)
    with pytest.raises(StageNotPossible):
        file(order)
    assert not Inspection.objects.exists()


def test_a_report_that_is_wrong_leaves_nothing() -> None:
    order = order_in(State.IN_TRANSIT)
    with pytest.raises(BadInspection):
        file(order, FINE[1:])
    assert not order.stages.exists()


def test_a_report_is_filed_whole_or_not_at_all() -> None:
    order = order_in(State.IN_TRANSIT)

    def died() -> None:
        assert not Inspection.objects.exists()
        assert not order.stages.exists()

    def done() -> None:
        assert (Inspection.objects.count(), InspectionPhoto.objects.count()) == (1, 1)
        assert order.events.filter(kind="car-inspected").count() == 1

    assert for_every_write(lambda: file(order, FINE, PHOTO), died=died, done=done) >= 5


def paid_and_booked() -> Order:
    order = order_in(State.INSPECTION_READY, vin="L0SH11CA0VX112729")
    book_handover(
        order=order.code,
        starts_at=FIRST,
        home=None,
        wishes=["charged"],
        note="",
        actor="guest",
        now=NOON,
    )
    return order


REPORT = HandoverReport(14, 2, (Damage("door", "scratch, painted until 1 December"),), "rain")


def handed(order: Order, report: Any = REPORT) -> None:
    hand_over(order=order.code, actor=STAFF, now=NOON, report=report)


def test_the_key_is_handed_over_with_its_report_and_only_with_cover() -> None:
    order = paid_and_booked()
    Payment.objects.create(
        code="PAIDINFULL",
        order=order,
        purpose=Payment.Purpose.BALANCE,
        amount=order.price,
        currency=order.currency,
        state="succeeded",
        created_at=NOON,
    )
    Order.objects.filter(pk=order.pk).update(state=State.BALANCE_PAID, contract_state="accepted")
    with pytest.raises(BadHandover):
        handed(order, HandoverReport(14, 0))
    with pytest.raises(CompulsoryCoverMissing):
        handed(order)
    assert delivery_of(order=order.code, now=NOON).handover is None
    show_proof(
        order=order.code,
        insurer="路安保险",
        number="PDZA202635020000012345",
        actor="guest",
        now=NOON,
    )
    handed(order)
    handed(order)
    page = delivery_of(order=order.code, now=NOON)
    assert page.handover is not None
    assert (page.handover.kilometres, page.handover.keys) == (14, 2)
    assert page.handover.damages == [damage.stored() for damage in REPORT.damages]
    assert page.appointment is not None
    assert page.appointment.state == "kept"
    assert [each.stage for each in page.stages] == ["handed_over"]
    assert page.state == "done"
    assert order.events.get(kind="handed-over").facts["damages"] == 1
    assert Job.objects.filter(kwargs__kind="checkout.events.DamageNoted").count() == 1
