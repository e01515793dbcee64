"""What a late car costs the seller, day by day (`docs/rules/delivery.md`, "Delay"; the sums are policy data)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from checkout.domain.order_policy import Delay
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class Delayed:
    """How late a car is on a day: `days` after the day that counts, of which `counted` are paid for with `amount`.

    `rescind_from` is the first day on which the buyer may end the order as on a breach by the seller.
    """

    days: int
    counted: int
    amount: Money
    rescind_from: date
    may_rescind: bool


def delayed(*, policy: Delay, promised: date, day: date) -> Delayed:
    """The delay on `day`: the day of handover, or today while the car has not come; `promised` is the day that counts."""
    days = max((day - promised).days, 0)
    counted = max(days - policy.free_days, 0)
    owed = policy.per_day * counted
    rescind_from = promised + timedelta(days=policy.rescind_after_days + 1)
    return Delayed(
        days=days,
        counted=counted,
        amount=min(owed, policy.at_most),
        rescind_from=rescind_from,
        may_rescind=day >= rescind_from,
    )
