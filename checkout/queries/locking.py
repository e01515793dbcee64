"""What locking an order means now, as its buyer confirms it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checkout.domain.amounts import Json
from checkout.domain.guards import AGREED
from checkout.domain.locking import cooling_off, frozen_policy, lock_preview, locks_at
from checkout.domain.order import Contract, State
from checkout.errors import UnknownOrder
from checkout.models import Order
from kernel.text import fingerprint


@dataclass(frozen=True, slots=True)
class LockFacts:
    """The preview with what its moment adds: until when one could still cancel for nothing, and when it locks by itself.

    `possible` is whether the buyer can lock now. `cooling_off_until` counts from the lock, or from now while it is open.
    """

    possible: bool
    document: Json
    cooling_off_until: datetime | None
    reminded_at: datetime | None
    locks_at: datetime | None
    locked_at: datetime | None


def lock_document(row: Order) -> Json:
    """The preview of locking `row`, with its fingerprint."""
    document = lock_preview(
        order=row.code,
        document=row.document,
        contract=row.contract_number,
        contract_state=row.contract_state,
        vin=row.vin,
        currency=row.currency,
    )
    return document | {"fingerprint": fingerprint(document)}


def lock_of(*, order: str, now: datetime) -> LockFacts:
    """What locking the order means, or has meant since it was locked; raises UnknownOrder."""
    row = Order.objects.filter(code=order).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
    possible = row.state == State.RESERVED and Contract(row.contract_state) in AGREED
    begins = row.locked_at or (now if row.state == State.RESERVED else None)
    hours = cooling_off(row.document)
    policy = frozen_policy(row.document, row.currency)
    return LockFacts(
        possible=possible,
        document=lock_document(row),
        cooling_off_until=begins + hours if begins and hours else None,
        reminded_at=row.reminded_at,
        locks_at=locks_at(policy.locking, row.reminded_at) if policy and possible else None,
        locked_at=row.locked_at,
    )
