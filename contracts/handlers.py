"""What contracts do when something happens at the checkout; run by the worker, once or more per event."""

from __future__ import annotations

import logging

from django.conf import settings

from checkout.events import (
    DepositPaid,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    OrderWithdrawn,
)
from contracts.domain.states import State
from contracts.errors import OrderEnded
from contracts.services.drafting import draft_contract, redraft_contract
from contracts.services.ending import void_contracts_of_order

log = logging.getLogger("contracts.handlers")


def on_deposit_paid(event: DepositPaid, *, event_id: str) -> None:
    """Put the order under contract; the same order again gives the contract it has."""
    try:
        drafted = draft_contract(
            order=event.order, store_url=settings.WAGTAILADMIN_BASE_URL, now=event.at
        )
    except OrderEnded as ended:  # cancelled before we came to it: trying again would not help
        log.info("event=%s order=%s skipped=%s", event_id, event.order, ended.facts["reason"])
        return
    log.info(
        "event=%s order=%s contract=%s state=%s",
        event_id,
        event.order,
        drafted.number,
        drafted.state,
    )


def on_order_amended(event: OrderAmended, *, event_id: str) -> None:
    """Put the changed order under a new contract, unless it is locked: then the amendment supplements the old one."""
    try:
        drafted = redraft_contract(
            order=event.order, store_url=settings.WAGTAILADMIN_BASE_URL, now=event.at
        )
    except OrderEnded as ended:
        log.info("event=%s order=%s skipped=%s", event_id, event.order, ended.facts["reason"])
        return
    number = drafted.number if drafted else "supplemented"
    log.info("event=%s order=%s contract=%s", event_id, event.order, number)


def on_order_ended(event: OrderCancelled | OrderExpired, *, event_id: str) -> None:
    """The contract ends with its order, an accepted one too."""
    void_contracts_of_order(
        order=event.order, reason=f"event:{event_id}", actor="worker", now=event.at
    )


def on_order_withdrawn(event: OrderWithdrawn, *, event_id: str) -> None:
    """A withdrawal undoes the contract, accepted or not."""
    void_contracts_of_order(
        order=event.order,
        reason=f"withdrawal:{event.receipt}",
        actor="worker",
        now=event.at,
        to=State.WITHDRAWN,
    )
