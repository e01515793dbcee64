"""Handing the key over: the move that asks the insurance axis before it is made."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import prefetch_related_objects

from catalog.errors import UnknownVehicle
from catalog.events import StockChanged
from catalog.services.stock import sell_within
from checkout.domain.delivery_stages import Stage
from checkout.domain.handing_over import HandoverReport, check_handover
from checkout.domain.order import Actor, Delivery, Move, State
from checkout.errors import CompulsoryCoverMissing
from checkout.events import DamageNoted, OrderHandedOver
from checkout.models import Appointment, Order
from checkout.models import HandoverReport as HandoverReportRow
from checkout.queries.insurance import gate_of
from checkout.queries.paid import standing_of
from checkout.services.history import tell
from checkout.services.moving import checked_move, locked
from checkout.services.selling import book_sale
from checkout.services.stages import record_stage
from kernel.eventbus import publish


def hand_over(
    *, order: str, actor: str, now: datetime, report: HandoverReport | None = None
) -> None:
    """The buyer has the key, and the car is sold in stock and books; doing it twice is one.

    `report` is what both sides see: kilometres, keys, damage. Raises UnknownOrder, BadHandover, OrderStateConflict before everything is paid, CompulsoryCoverMissing where the market requires
    cover and there is none for this car and day, NotTheHolder where a car in stock is held for somebody else.
    """
    if report is not None:
        check_handover(report)
    with transaction.atomic():
        row = locked(order)
        if row.state == State.HANDED_OVER:
            return
        prefetch_related_objects([row], "appointments")
        money = standing_of(row)
        moved = checked_move(row, Move.HAND_OVER, Actor.STAFF, now, money)
        _check_cover(row, now)
        row.delivery_state = Delivery.DONE
        row.save(update_fields=[*moved, "delivery_state"])
        happened: list[StockChanged | OrderHandedOver] = []
        with suppress(UnknownVehicle):  # built for the order: it never was in stock
            happened.append(sell_within(vin=row.vin, holder=row.code, now=now))
        book_sale(row, now=now, money=money)
        happened.append(OrderHandedOver(order=row.code, at=now))
        facts = {"vin": row.vin} | _written(row, report, actor, now)
        record_stage(row=row, stage=Stage.HANDED_OVER, actor=actor, now=now, also=tuple(happened))
        tell(order=row, kind="handed-over", actor=actor, facts=facts, now=now)


def _written(
    row: Order, report: HandoverReport | None, actor: str, now: datetime
) -> dict[str, int]:
    """Keep the report and close the appointment; gives what of it everybody may know."""
    if any(each.state == Appointment.State.BOOKED for each in row.appointments.all()):
        row.appointments.filter(state=Appointment.State.BOOKED).update(
            state=Appointment.State.KEPT, ended_at=now
        )
    if report is None:
        return {}
    HandoverReportRow.objects.create(
        order=row,
        kilometres=report.kilometres,
        keys=report.keys,
        damages=[damage.stored() for damage in report.damages],
        remark=report.remark,
        actor=actor,
        at=now,
    )
    if report.damages:
        publish(DamageNoted(order=row.code, at=now))
    return {
        "kilometres": report.kilometres,
        "keys": report.keys,
        "damages": len(report.damages),
    }


def _check_cover(row: Order, now: datetime) -> None:
    gate = gate_of(row, now=now)
    if not gate.open:
        raise CompulsoryCoverMissing(
            f"no key without the compulsory cover: {gate.text['en']}",
            facts={"order": row.code, "reason": gate.reason},
        )
