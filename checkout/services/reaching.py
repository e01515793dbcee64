"""The car of an order reached a stage, as the desk or a worker says: with the move that goes with it, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from checkout.domain.delivery_stages import STAGES, Stage, check_stage
from checkout.domain.order import Move, State
from checkout.errors import StageNotPossible
from checkout.services import production
from checkout.services.history import tell
from checkout.services.moving import locked
from checkout.services.stages import record_stage
from kernel.text import Text

_MAKE: Mapping[Move, Callable[..., None]] = {
    Move.START_PRODUCTION: production.start_production,
    Move.ALLOCATE: production.allocate,
    Move.DISPATCH: production.dispatch,
    Move.MAKE_READY: production.make_ready,
}
"""The moves that need nothing but the order; the key is handed over with a report, the inspection filed with its own."""
_FILED = frozenset({Stage.INSPECTED, Stage.DEFECT_FOUND, Stage.HANDED_OVER})


def reach_stage(
    *,
    order: str,
    stage: Stage,
    actor: str,
    now: datetime,
    at: datetime | None = None,
    place: Text | None = None,
) -> bool:
    """Say that the car of an order reached `stage`; False if it had been reached before.

    Raises UnknownOrder, OrderStateConflict, StageNotPossible, also for a stage that is only reached by filing its report.
    """
    with transaction.atomic():
        row = locked(order)
        reached = {Stage(each) for each in row.stages.values_list("stage", flat=True)}
        if stage in reached and not STAGES[stage].again:
            return False
        found = check_stage(order=order, state=State(row.state), stage=stage, reached=reached)
        if stage in _FILED:
            raise StageNotPossible(
                f"{stage} is reached by filing its report",
                facts={"order": order, "state": row.state, "stage": str(stage), "stages": []},
            )
        if found.move is not None:
            _MAKE[found.move](order=order, actor=actor, now=now)
            return True
        record_stage(row=row, stage=stage, actor=actor, now=now, at=at, place=place)
        facts = {"place": dict(place or {})}
        kind = f"car-{str(stage).replace('_', '-')}"
        tell(order=row, kind=kind, actor=actor, facts=facts, now=now)
    return True
