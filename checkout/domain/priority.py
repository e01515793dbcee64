"""Priority delivery: the week whose capacity it takes, and whether it was kept (`docs/rules/delivery.md`, "Priority")."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from checkout.domain.order import State
from checkout.domain.order_policy import Priority

CHOICE_STATES = frozenset({State.AWAITING_DEPOSIT, State.RESERVED})
"""Until the lock; afterwards production is planned."""


class Outcome(StrEnum):
    """What became of a priority delivery."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"


def week_of(day: date) -> tuple[int, int]:
    """The ISO year and week whose capacity a car takes that is promised until `day`."""
    year, week, _ = day.isocalendar()
    return year, week


def range_with(
    policy: Priority, *, from_on: date, until_on: date, today: date
) -> tuple[date, date] | None:
    """The earlier range, its length kept; None where it would begin before tomorrow: that cannot be sold."""
    by = timedelta(days=policy.days_earlier)
    if from_on - by <= today:
        return None
    return from_on - by, until_on - by


def outcome(*, until_on: date, ready_on: date | None, today: date) -> Outcome:
    """Kept if the car was ready by the last promised day; missed once that day is over without it."""
    if ready_on is not None:
        return Outcome.KEPT if ready_on <= until_on else Outcome.MISSED
    return Outcome.MISSED if today > until_on else Outcome.OPEN
