"""Late cars: the compensation of the order's policy is proposed by itself, once, when its sum stands.

It stands once the key is handed over, or once the most is reached while the car has not come; the buyer sees it grow on the
order's page before that. A second person approves it, as every compensation. An order that ended has the compensation of
its end: no market pays for a delay and for a breach.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from checkout.domain.order import FINAL, State
from checkout.models import Compensation, Order
from checkout.queries.delivery import delay_of
from checkout.services.compensating import propose
from checkout.services.history import tell
from checkout.services.moving import locked

SYSTEM = "system"
LATE = "late"
LOOK_BACK = timedelta(days=14)
"""How long after its handover an order is looked at."""


def propose_delay(*, order: str, now: datetime) -> bool:
    """Propose what the delay of an order has come to, if its sum stands; whether it was proposed now.

    Once an order: a refused one is not proposed again. Raises UnknownOrder.
    """
    with transaction.atomic():
        row = locked(order)
        if State(row.state) in FINAL or _proposed(row):
            return False
        found = delay_of(row, now)
        if found is None or not found.so_far.amount:
            return False
        if row.handed_over_at is None and found.so_far.amount < found.most:
            return False
        propose(
            order=row,
            kind=Compensation.Kind.DELAY,
            amount=found.so_far.amount,
            reason=LATE,
            actor=SYSTEM,
            now=now,
        )
        facts = {"days": found.so_far.days, "promised": found.promised.isoformat()}
        tell(order=row, kind="delay-compensation", actor=SYSTEM, facts=facts, now=now)
    return True


def propose_all(*, now: datetime, limit: int = 500) -> int:
    """Propose every delay whose sum stands by now; gives how many were."""
    late = Q(promises__until_on__lt=now.date(), locked_at__isnull=False)
    looked_at = Q(handed_over_at=None) | Q(handed_over_at__gte=now - LOOK_BACK)
    rows = Order.objects.filter(late & looked_at, ended_at=None)
    rows = rows.exclude(compensations__kind=Compensation.Kind.DELAY)
    codes = rows.order_by("locked_at", "pk").values_list("code", flat=True).distinct()[:limit]
    return sum(propose_delay(order=code, now=now) for code in list(codes))


def _proposed(row: Order) -> bool:
    return row.compensations.filter(kind=Compensation.Kind.DELAY).exists()
