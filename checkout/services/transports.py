"""What becomes of a transport: its carrier's word is applied once.

An answer is applied only if its number is new. It tells the order where its car is; a day that breaks the promise changes the
promise at once.
"""

from __future__ import annotations

import logging
from datetime import datetime

from checkout.domain.delivery_stages import Stage, possible
from checkout.domain.order import State
from checkout.gateways.carriers import OVER, CarrierTransport, Passed, Status
from checkout.models import Order, Transport
from checkout.queries.delivery_terms import day_of, place_text
from checkout.services.history import tell
from checkout.services.production import dispatch
from checkout.services.promising import follow_arrival
from checkout.services.stages import record_stage

log = logging.getLogger("checkout.transports")

FAILED = "transport-failed"


def actor_of(transport: Transport) -> str:
    """Who tells the order what a carrier said."""
    return f"carrier:{transport.carrier}"


def give_up(*, transport: Transport, status: str, reason: str, now: datetime) -> None:
    """End a locked transport that its carrier never had, or will not have; the desk is told where the order lives."""
    transport.status, transport.reason, transport.ended_at = status, reason[:64], now
    transport.save()
    if transport.order.ended_at is None:
        facts = {"transport": transport.code, "carrier": transport.carrier, "reason": reason[:64]}
        tell(order=transport.order, kind=FAILED, actor=actor_of(transport), facts=facts, now=now)


def apply_seen(*, transport: Transport, seen: CarrierTransport, now: datetime) -> None:
    """Bring a locked transport and its order to what the carrier says, once per number of its answers.

    While the order is disputed it rests: the answer is applied when it is asked for again. An answer about another
    transport is nothing.
    """
    order = transport.order
    if seen.reference != transport.code:
        log.warning("transport %s: the carrier spoke of another one", transport.code)
        return
    if not transport.carrier_reference:
        transport.carrier_reference = seen.carrier_reference
        transport.save(update_fields=["carrier_reference"])
    if seen.number <= transport.answer_number or order.state == State.DISPUTED:
        return
    new = seen.passed[transport.steps :]
    transport.answer_number, transport.status = seen.number, str(seen.status)
    transport.steps = max(transport.steps, len(seen.passed))
    transport.arrives_on = seen.arrives_on
    transport.reason = seen.reason
    if seen.status in OVER:
        transport.ended_at = now
    transport.save()
    if order.ended_at is None:
        _tell_order(transport, order, seen, new, now)


def _tell_order(
    transport: Transport,
    order: Order,
    seen: CarrierTransport,
    new: tuple[Passed, ...],
    now: datetime,
) -> None:
    actor = actor_of(transport)
    if seen.departed_at and Stage.DEPARTED in possible(State(order.state)):
        dispatch(order=order.code, actor=actor, now=now, at=min(seen.departed_at, now))
        order.refresh_from_db()
    for passed in new:
        if Stage.AT_PLACE in possible(State(order.state)):
            _stage(order, Stage.AT_PLACE, actor, now, min(passed.at, now), dict(passed.place))
    if seen.status is Status.ARRIVED:
        _arrived(order, actor, now, min(seen.arrived_at or now, now))
    elif seen.status is Status.FAILED:
        facts = {"transport": transport.code, "carrier": transport.carrier, "reason": seen.reason}
        tell(order=order, kind=FAILED, actor=actor, facts=facts, now=now)
    elif seen.arrives_on is not None and seen.status is not Status.CANCELLED:
        follow_arrival(row=order, arrives_on=seen.arrives_on, actor=actor, now=now)


def _arrived(order: Order, actor: str, now: datetime, at: datetime) -> None:
    reached = {Stage(each) for each in order.stages.values_list("stage", flat=True)}
    if Stage.ARRIVED in possible(State(order.state), reached):
        _stage(order, Stage.ARRIVED, actor, now, at, dict(place_text(order)))
        follow_arrival(row=order, arrives_on=day_of(order, at), actor=actor, now=now)


def _stage(
    order: Order, stage: Stage, actor: str, now: datetime, at: datetime, place: dict[str, str]
) -> None:
    record_stage(row=order, stage=stage, actor=actor, now=now, at=at, place=place)
    facts = {"place": place, "at": at.isoformat()}
    tell(order=order, kind=f"car-{str(stage).replace('_', '-')}", actor=actor, facts=facts, now=now)
