"""Locking an order: previewed, confirmed, done; the reminder before it, and the lock that comes by itself after one.

Nothing is ever locked by silence alone: only where the frozen order policy says so, and only that long after a reminder
that was sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from checkout.domain.guards import AGREED
from checkout.domain.locking import cooling_off, frozen_policy, locks_at, reminder_due_at
from checkout.domain.order import Actor, Contract, Move, State
from checkout.errors import OrderStateConflict, StalePreview
from checkout.events import LockReminded, OrderLocked
from checkout.models import Order, OrderEvent
from checkout.queries.locking import lock_document
from checkout.services.history import tell
from checkout.services.moving import checked_move, conflict, locked
from checkout.services.promising import count_from_lock
from kernel.eventbus import publish

SYSTEM = "system"
REMINDED = "lock-reminded"
LOCKED = "order-locked"


def lock(*, order: str, fingerprint: str, actor: str, now: datetime) -> None:
    """The buyer locks what was previewed under `fingerprint`; the same confirmation twice is one.

    The cooling-off hours of the deposit run from now. Raises UnknownOrder, OrderStateConflict (also without an accepted
    contract), StalePreview with what is true now.
    """
    with transaction.atomic():
        row = locked(order)
        if row.events.filter(kind=LOCKED, facts__fingerprint=fingerprint).exists():
            return
        preview = lock_document(row)
        moved = checked_move(row, Move.LOCK, Actor.BUYER, now)
        if preview["fingerprint"] != fingerprint:
            raise StalePreview(
                "what locking means has changed since it was shown; look at it again",
                facts={"order": row.code, "preview": preview},
            )
        _lock(row, moved, Actor.BUYER, actor, fingerprint, now)


def _lock(
    row: Order,
    moved: tuple[str, ...],
    by: Actor,
    actor: str,
    fingerprint: str,
    now: datetime,
) -> None:
    row.save(update_fields=moved)
    count_from_lock(row=row, now=now)
    publish(OrderLocked(order=row.code, by=str(by), at=now))
    facts = {
        "by": str(by),
        "contract": row.contract_number,
        "fingerprint": fingerprint,
        "cooling_off_until": (now + cooling_off(row.document)).isoformat(),
    }
    tell(order=row, kind=LOCKED, actor=actor, facts=facts, now=now)


def remind_to_lock(*, order: str, now: datetime) -> bool:
    """Have the buyer of a reserved order with an accepted contract reminded to lock, once; False where it is not due.

    Publishes LockReminded; whoever sends the reminder says so by `reminder_sent`. Raises UnknownOrder.
    """
    with transaction.atomic():
        row = locked(order)
        policy = frozen_policy(row.document, row.currency)
        if policy is None or not _awaits_lock(row) or row.reserved_at is None:
            return False
        if now < reminder_due_at(policy.locking, row.reserved_at):
            return False
        if row.events.filter(kind=REMINDED).exists():
            return False
        until = locks_at(policy.locking, now)
        publish(LockReminded(order=row.code, locks_at=until, at=now))
        facts = {"locks_at": until.isoformat() if until else None}
        tell(order=row, kind=REMINDED, actor=SYSTEM, facts=facts, now=now)
    return True


def reminder_sent(*, order: str, at: datetime) -> None:
    """The reminder of an order went out at `at`: only from then on it can lock by itself. The first moment counts.

    Raises UnknownOrder.
    """
    with transaction.atomic():
        row = locked(order)
        if row.reminded_at is None:
            row.reminded_at = at
            row.save(update_fields=["reminded_at"])


def lock_by_itself(*, order: str, now: datetime) -> None:
    """Lock a reserved order as its policy says, long enough after a reminder that was sent.

    Raises UnknownOrder, OrderStateConflict where the policy does not say so, nobody was reminded, or it is not time yet.
    """
    with transaction.atomic():
        row = locked(order)
        if row.state == State.LOCKED:
            return
        policy = frozen_policy(row.document, row.currency)
        from_on = locks_at(policy.locking, row.reminded_at) if policy else None
        if from_on is None or now < from_on:
            when = f"only from {from_on}" if from_on else "never by itself"
            raise conflict(row, Move.LOCK, f"this order locks {when}; its buyer may lock it")
        moved = checked_move(row, Move.LOCK, Actor.SYSTEM, now)
        _lock(row, moved, Actor.SYSTEM, SYSTEM, lock_document(row)["fingerprint"], now)


def _awaits_lock(row: Order) -> bool:
    return row.state == State.RESERVED and Contract(row.contract_state) in AGREED


def remind_all(*, now: datetime, limit: int = 200) -> int:
    """Remind every buyer whose reminder is due; gives how many."""
    told = OrderEvent.objects.filter(order=OuterRef("pk"), kind=REMINDED)
    rows = _waiting().filter(~Exists(told), reserved_at__lte=now - timedelta(hours=1))
    codes = rows.order_by("reserved_at").values_list("code", flat=True)[:limit]
    return sum(remind_to_lock(order=code, now=now) for code in codes)


def lock_all(*, now: datetime, limit: int = 200) -> int:
    """Lock every order whose policy says that it locks by itself now; gives how many."""
    path = "document__order_policy__locking__automatic_after_days"
    rows = _waiting().filter(reminded_at__lt=now, **{f"{path}__gte": 0})
    made = 0
    for code in rows.order_by("reminded_at").values_list("code", flat=True)[:limit]:
        try:
            lock_by_itself(order=code, now=now)
            made += 1
        except OrderStateConflict:  # not yet, or somebody was quicker
            continue
    return made


def _waiting() -> QuerySet[Order]:
    return Order.objects.filter(
        state=State.RESERVED, contract_state__in=AGREED, document__has_key="order_policy"
    )
