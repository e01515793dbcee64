"""What each move of the desk does: one call of a service, as `staff:<number>`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from checkout.domain.delivery_stages import Stage
from checkout.domain.order import Actor
from checkout.gateways import open_carrier, open_doors, open_lender
from checkout.gateways.carriers import Carrier
from checkout.gateways.lenders import Lender
from checkout.services import (
    appointments,
    balance,
    cancelling,
    compensating,
    disputing,
    financing,
    handover,
    inspecting,
    locking,
    priority,
    production,
    promising,
    reaching,
    returns,
    transporting,
    withdrawing,
)
from cms.desks.orders.standing import Standing

Said = Mapping[str, Any]


def carriers(code: str) -> Carrier | None:
    """The open door to a carrier."""
    return open_carrier(settings, code)


def lenders(code: str) -> Lender | None:
    """The open door to a lender."""
    return open_lender(settings, code)


def remind(on: Standing, said: Said) -> bool:
    """Ask for the reminder to lock; False where it is not due, or was asked for before."""
    return locking.remind_to_lock(order=on.code, now=on.now)


def start_production(on: Standing, said: Said) -> None:
    """The factory begins."""
    production.start_production(order=on.code, actor=on.actor, now=on.now)


def allocate(on: Standing, said: Said) -> None:
    """The order gets its car."""
    production.allocate(order=on.code, vin=said["chosen"], actor=on.actor, now=on.now)


def name_car(on: Standing, said: Said) -> None:
    """The car that is built gets its VIN."""
    production.name_car(order=on.code, vin=said["chosen"], actor=on.actor, now=on.now)


def dispatch(on: Standing, said: Said) -> None:
    """The car leaves."""
    production.dispatch(order=on.code, actor=on.actor, now=on.now)


def transport(on: Standing, said: Said) -> None:
    """A carrier takes the car."""
    transporting.order_transport(
        order=on.code, carrier=said["carrier"], doors=carriers, actor=on.actor, now=on.now
    )


def turn_round(on: Standing, said: Said) -> None:
    """The carrier turns the car round."""
    transporting.cancel_transport(order=on.code, doors=carriers, actor=on.actor, now=on.now)


def stage(on: Standing, said: Said) -> bool:
    """The car is somewhere; False where that was said before."""
    return reaching.reach_stage(
        order=on.code,
        stage=Stage(said["stage"]),
        actor=on.actor,
        now=on.now,
        at=said["at"],
        place=said["place"],
    )


def inspect(on: Standing, said: Said) -> None:
    """The report of the inspection."""
    inspecting.file_inspection(
        order=on.code,
        items=said["items"],
        photos=said["photos"],
        kilometres=said["kilometres"],
        actor=on.actor,
        now=on.now,
    )


def make_ready(on: Standing, said: Said) -> None:
    """The car stands ready."""
    production.make_ready(order=on.code, actor=on.actor, now=on.now)


def draw_loan(on: Standing, said: Said) -> None:
    """The lender pays the loan out."""
    financing.draw(order=on.code, doors=lenders, actor=on.actor, now=on.now)


def pay_balance(on: Standing, said: Said) -> None:
    """Everything is paid."""
    balance.pay_balance(order=on.code, actor=on.actor, now=on.now)


def book(on: Standing, said: Said) -> None:
    """The handover is booked, or moved."""
    appointments.book_handover(
        order=on.code,
        starts_at=said["starts_at"],
        home=said["home"],
        wishes=said["wishes"],
        note=said["note"],
        actor=on.actor,
        now=on.now,
    )


def give_up(on: Standing, said: Said) -> bool:
    """The booked handover is given up; False where none is booked."""
    return appointments.give_up_handover(order=on.code, actor=on.actor, now=on.now)


def hand_over(on: Standing, said: Said) -> None:
    """The buyer has the key."""
    handover.hand_over(order=on.code, actor=on.actor, now=on.now, report=said["report"])


def promise(on: Standing, said: Said) -> None:
    """Another range of days."""
    promising.change_promise(
        order=on.code,
        from_on=said["from_on"],
        until_on=said["until_on"],
        reason=said["reason"],
        words=said["words"],
        actor=on.actor,
        now=on.now,
    )


def choose_priority(on: Standing, said: Said) -> None:
    """Priority delivery, for the buyer."""
    priority.choose_priority(order=on.code, actor=on.actor, now=on.now)


def give_up_priority(on: Standing, said: Said) -> bool:
    """Priority delivery given up, for the buyer."""
    return priority.give_up_priority(order=on.code, actor=on.actor, now=on.now)


def dispute(on: Standing, said: Said) -> None:
    """The order rests."""
    disputing.dispute(order=on.code, reason=said["reason"], actor=on.actor, now=on.now)


def resume(on: Standing, said: Said) -> None:
    """The order goes on."""
    disputing.resume(order=on.code, reason=said["reason"], actor=on.actor, now=on.now)


def approve(on: Standing, said: Said) -> None:
    """A second person agrees to a compensation."""
    compensating.approve(order=on.code, number=said["number"], actor=on.actor, now=on.now)


def refuse(on: Standing, said: Said) -> None:
    """A second person does not agree."""
    compensating.refuse(
        order=on.code, number=said["number"], note=said["note"], actor=on.actor, now=on.now
    )


def returned(on: Standing, said: Said) -> None:
    """The car of a withdrawn order is back."""
    returns.car_returned(order=on.code, actor=on.actor, now=on.now)


def preview_end(on: Standing, said: Said) -> Said:
    """What the end would mean; its `fingerprint` is asked for by `end`."""
    found = cancelling.preview_cancellation(
        order=on.code, reason=said["reason"], by=Actor.STAFF, now=on.now
    )
    return {"lines": found["lines"], "fingerprint": found["fingerprint"], "statement": ""}


def end(on: Standing, said: Said) -> None:
    """The order ends as previewed."""
    cancelling.cancel_order(
        order=on.code,
        reason=said["reason"],
        actor=on.actor,
        by=Actor.STAFF,
        fingerprint=said["fingerprint"],
        gateway=open_doors(settings),
        now=on.now,
    )


def preview_withdrawal(on: Standing, said: Said) -> Said:
    """The declaration and what follows from it; `statement` and `fingerprint` are sent back by `withdraw`."""
    name, contact = withdrawing.own_words(
        order=on.code, name=said["name"], contact=said["contact"] or None
    )
    found = withdrawing.begin_withdrawal(order=on.code, name=name, contact=contact, now=on.now)
    return {
        "lines": (),
        "declared": found,
        "fingerprint": found.fingerprint,
        "statement": found.statement,
    }


def withdraw(on: Standing, said: Said) -> None:
    """The order ends by the buyer's declaration, and everything is undone."""
    withdrawing.confirm_withdrawal(
        statement=said["statement"],
        shown=said["fingerprint"],
        actor=on.actor,
        sent_at=on.now,
        now=on.now,
        order=on.code,
        language=on.row.language,
    )
