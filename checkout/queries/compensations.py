"""What is proposed to buyers beyond their own money, as the desk decides about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from checkout.models import Compensation
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class CompensationFacts:
    """One compensation; `decided_by` is empty while it waits, and is never who proposed it."""

    order: str
    number: int
    kind: str
    reason: str
    amount: Money
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    note: str


def awaiting_approval(limit: int = 200) -> list[CompensationFacts]:
    """Those that wait for a second person, the longest waiting first; one statement."""
    waiting = Compensation.objects.filter(state=Compensation.State.PROPOSED)
    return _facts(waiting.select_related("order").order_by("proposed_at", "pk")[:limit])


def compensations_of(order: str) -> list[CompensationFacts]:
    """Those of an order in the order of their numbers; none for an order that does not exist; one statement."""
    rows = Compensation.objects.filter(order__code=order)
    return _facts(rows.select_related("order").order_by("number"))


def _facts(rows: Iterable[Compensation]) -> list[CompensationFacts]:
    return [
        CompensationFacts(
            order=row.order.code,
            number=row.number,
            kind=row.kind,
            reason=row.reason,
            amount=row.money,
            state=row.state,
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            note=row.note,
        )
        for row in rows
    ]
