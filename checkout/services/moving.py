"""Moving a locked order along its table: one place sets the state, its moment, and what an end sets free."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from catalog.errors import UnknownVehicle
from catalog.services.claims import release_claims
from catalog.services.stock import release_reservation
from checkout.domain.guards import ABOUT_MONEY, Axes, missing_for
from checkout.domain.order import Actor, Contract, Finance, Move, State, after, moves_from
from checkout.errors import OrderStateConflict, UnknownOrder
from checkout.models import Order
from checkout.models.locks import locked_order
from checkout.queries.paid import Standing, standing_of
from checkout.services.delivery_ends import end_delivery
from kernel.money import Money

STAMPS: dict[Move, str] = {
    Move.RECEIVE_DEPOSIT: "reserved_at",
    Move.LOCK: "locked_at",
    Move.MAKE_READY: "ready_at",
    Move.PAY_BALANCE: "balance_paid_at",
    Move.HAND_OVER: "handed_over_at",
}
"""Moves whose moment the order keeps in a column of its own."""


def locked(code: str) -> Order:
    """The order of `code`, locked until the transaction ends; raises UnknownOrder."""
    row = locked_order(code)
    if row is None:
        raise UnknownOrder(f"order: there is no {code!r}", facts={"order": code})
    return row


def move(row: Order, made: Move, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Set the state that `made` leads to on a locked order; gives the fields to save. Raises OrderStateConflict.

    Asks the table only: guards, axes, event and audit entry are the caller's, in the same transaction.
    """
    state = State(row.state)
    before = State(row.state_before_dispute) if row.state_before_dispute else None
    row.state = after(order=row.code, state=state, move=made, actor=actor, before_dispute=before)
    fields = ["state"]
    if made in {Move.DISPUTE, Move.RESUME}:
        row.state_before_dispute = str(state) if made is Move.DISPUTE else ""
        fields.append("state_before_dispute")
    if made in STAMPS:
        setattr(row, STAMPS[made], now)
        fields.append(STAMPS[made])
    return tuple(fields)


def may(row: Order, made: Move, actor: Actor) -> None:
    """Return if the table lets `actor` make the move now; raises OrderStateConflict with what is allowed instead."""
    before = State(row.state_before_dispute) if row.state_before_dispute else None
    after(order=row.code, state=State(row.state), move=made, actor=actor, before_dispute=before)


def acting(actor: str) -> Actor:
    """Which of the three an actor's name stands for: `staff:3`, `user:7` or `guest`; all else is the system's."""
    if actor.startswith("staff"):
        return Actor.STAFF
    return Actor.BUYER if actor == "guest" or actor.startswith("user:") else Actor.SYSTEM


def axes_of(row: Order, money: Standing | None = None) -> Axes:
    """How a locked order stands; without `money` nothing counts as owed."""
    return Axes(
        contract=Contract(row.contract_state),
        vin=row.vin,
        due=money.due if money else Money.zero(row.currency),
        loan_open=bool(money and money.financed) and row.finance_state != Finance.DRAWN,
    )


def check(row: Order, made: Move, money: Standing | None = None) -> None:
    """Raises OrderStateConflict, with all that is missing, where the order's axes do not allow `made` yet.

    `money` spares the question where it is known.
    """
    if money is None and ABOUT_MONEY.get(made, False):
        money = standing_of(row)
    missing = missing_for(made, axes_of(row, money))
    if missing:
        words = "; ".join(each.text["en"] for each in missing)
        refused = conflict(row, made, f"{made} has to wait: {words}")
        told = [{"code": each.code, "text": dict(each.text)} for each in missing]
        raise type(refused)(refused.message, facts={**refused.facts, "missing": told})


def checked_move(
    row: Order, made: Move, actor: Actor, now: datetime, money: Standing | None = None
) -> tuple[str, ...]:
    """As `move`, after what the move asks of the axes was checked; the table is asked first."""
    may(row, made, actor)
    check(row, made, money)
    return move(row, made, actor, now)


def end(row: Order, made: Move, actor: Actor, now: datetime) -> None:
    """End a locked order by `made` and save it; its vehicle, the offers it had claimed and its delivery are free again.

    Raises OrderStateConflict.
    """
    fields = move(row, made, actor, now)
    row.ended_at = now
    row.save(update_fields=[*fields, "ended_at"])
    if row.vin and row.handed_over_at is None:  # a car handed over is with its buyer
        with suppress(UnknownVehicle):  # built for the order: it never was in stock
            release_reservation(vin=row.vin, holder=row.code, now=now)
    release_claims(holder=row.code, now=now)
    end_delivery(row=row, now=now)


def conflict(row: Order, made: str, message: str) -> OrderStateConflict:
    """The refusal of a move that the table allows but the order's axes do not; says what is allowed now."""
    allowed = [str(each) for each in moves_from(State(row.state))]
    return OrderStateConflict(
        message, facts={"order": row.code, "state": row.state, "move": str(made), "moves": allowed}
    )
