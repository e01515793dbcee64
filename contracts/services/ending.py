"""What ends with its order: its living contract becomes void when the order is cancelled or lapses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from contracts.domain.states import LIVE, State, check_move
from contracts.models import Contract
from contracts.services.recording import record


def void_contracts_of_order(
    *, order: str, reason: str, actor: str, now: datetime, to: State = State.VOID
) -> list[str]:
    """End the living contract of an order that has ended, as `void` or `withdrawn`; gives their numbers. Twice is once.

    An accepted one too: the buyer was shown and confirmed that it ends with the order, or the law says so. Its PDF and
    acceptance stay as evidence of what was agreed.
    """
    facts: Mapping[str, Any] = {"reason": reason}
    ended = []
    with transaction.atomic():
        for row in Contract.objects.select_for_update().filter(order=order, state__in=LIVE):
            check_move(row.number, State(row.state), to)
            row.state, row.ended_at = to, now
            row.save(update_fields=["state", "ended_at"])
            record(row, str(to), actor=actor, facts=facts, now=now)
            ended.append(row.number)
    return ended
