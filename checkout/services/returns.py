"""What a withdrawal gives back: the money at once, or when the car is back (`docs/rules/withdrawal.md`)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from django.db import transaction

from catalog.errors import UnknownVehicle
from catalog.services.stock import release_reservation
from checkout.domain.amounts import money_json
from checkout.domain.calendars import day_of
from checkout.domain.order import Delivery, Payment
from checkout.domain.withdrawal import refund_due
from checkout.errors import NothingToReturn
from checkout.events import RefundPlanned
from checkout.models import Order, WithdrawalReceipt
from checkout.queries.paid import held_of
from checkout.queries.withdrawals import calendar_now, purchase_of_row, right_now
from checkout.services.history import tell
from checkout.services.moving import locked
from checkout.services.refunds import give_back
from kernel.eventbus import publish
from kernel.money import Money

REASON = "withdrawn"
"""The reason of every refund that a withdrawal brings."""


def send_back(row: Order, amount: Money, due_on: date | None, *, actor: str, now: datetime) -> None:
    """Plan the refund of `amount` on a locked order, and say by when; nothing where nothing is held.

    Inside the transaction that decides it. Raises RefundTooLarge.
    """
    if not amount or due_on is None:
        return
    give_back(order=row, amount=amount, reason=REASON, actor=actor, now=now)
    row.payment_state = Payment.REFUNDED
    row.save(update_fields=["payment_state"])
    publish(RefundPlanned(order=row.code, amount=amount, reason=REASON, due_on=due_on, at=now))
    facts = {"amount": money_json(amount), "due_on": due_on.isoformat()}
    tell(order=row, kind="refund-planned", actor=actor, facts=facts, now=now)


def car_returned(*, order: str, actor: str, now: datetime) -> None:
    """The car of a withdrawn order is back, or its buyer proved that it is under way: what was held back goes back now.

    Doing it twice is one. Raises UnknownOrder, NothingToReturn.
    """
    with transaction.atomic():
        row = locked(order)
        if row.delivery_state == Delivery.RETURNED:
            return
        if row.delivery_state != Delivery.TO_RETURN:
            raise NothingToReturn(
                f"order {row.code} waits for no car",
                facts={"order": row.code, "delivery": str(row.delivery_state)},
            )
        row.delivery_state = Delivery.RETURNED
        row.save(update_fields=["delivery_state"])
        with suppress(UnknownVehicle):  # built for the order: it never was in stock
            release_reservation(vin=row.vin, holder=row.code, now=now)
        tell(order=row, kind="car-returned", actor=actor, facts={"vin": row.vin}, now=now)
        receipt = WithdrawalReceipt.objects.get(order=row)
        if receipt.hold_back:
            send_back(row, held_of(row), _due_back(row, receipt, now), actor=actor, now=now)


def _due_back(row: Order, receipt: WithdrawalReceipt, now: datetime) -> date:
    purchase = purchase_of_row(row)
    return refund_due(
        purchase=purchase,
        law=right_now(purchase, receipt.received_at).law,
        withdrawn_on=day_of(receipt.received_at, purchase.zone),
        back_on=day_of(now, purchase.zone),
        calendar=calendar_now(),
    )
