"""What a market promises about an order once it is placed: locking, changes, delays, priority, slots.

Versioned data of the catalogue (`order-policies.yaml`), frozen in the order's document under `order_policy` when it is
quoted, so that a later policy changes nothing for an order that stands. `docs/rules/catalogue-format.md` has the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from catalog.domain.order_policies import KINDS
from checkout.domain.order import State
from checkout.errors import NoOrderPolicy
from kernel.money import Money
from kernel.text import Text

AMENDMENTS = KINDS
"""What can change on a placed order; `build` is the car itself, model and trim included."""


@dataclass(frozen=True, slots=True)
class Locking:
    """When the buyer is reminded to lock, and how long after a sent reminder the order locks by itself; None: never."""

    remind_after: timedelta
    automatic_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Changes:
    """In the `states`, what of AMENDMENTS may change, and what a change costs."""

    states: tuple[State, ...]
    kinds: tuple[str, ...]
    fee: Money


@dataclass(frozen=True, slots=True)
class Delay:
    """What a late car costs the seller, counted in days after the last day of the promise as it stood at the lock.

    From day `free_days` + 1 on `per_day` up to `at_most`; after `rescind_after_days` the buyer may end the order as on
    a breach by the seller.
    """

    free_days: int
    per_day: Money
    at_most: Money
    rescind_after_days: int
    text: Text


@dataclass(frozen=True, slots=True)
class Priority:
    """Delivery `days_earlier` for a `fee`; at most `capacity` orders a week and model; a missed day gives the fee back."""

    fee: Money
    days_earlier: int
    capacity: int
    text: Text


@dataclass(frozen=True, slots=True)
class Slots:
    """Handover appointments: every `minutes` from `opens` to `closes` on ISO `weekdays`, `cars` at a time.

    Booked at least `notice_days` before, at most `ahead_days`; moved or given up until `change_hours` before.
    """

    minutes: int
    opens: time
    closes: time
    weekdays: tuple[int, ...]
    cars: int
    notice_days: int
    ahead_days: int
    change_hours: int


@dataclass(frozen=True, slots=True)
class HomeDelivery:
    """The car is brought to the buyer for a `fee`, `cars` a day and place of departure."""

    fee: Money
    cars: int
    text: Text


@dataclass(frozen=True, slots=True)
class OrderPolicy:
    """A market's promises about placed orders, valid from a day on; a None is not offered there."""

    code: str
    market: str
    valid_from: date
    locking: Locking
    changes: tuple[Changes, ...]
    delay: Delay
    priority: Priority | None
    slots: Slots
    home: HomeDelivery | None

    def changes_in(self, state: State) -> Changes | None:
        """What may change in `state`; None where nothing may."""
        return next((each for each in self.changes if state in each.states), None)


def policy_row(
    *, policies: Sequence[Mapping[str, Any]], market: str, day: date
) -> Mapping[str, Any]:
    """The latest row of `market` that is valid on `day`, as it is frozen in a quote; raises NoOrderPolicy."""
    valid = [
        row
        for row in policies
        if row["market"] == market and date.fromisoformat(str(row["valid_from"])) <= day
    ]
    if not valid:
        raise NoOrderPolicy(
            f"no order policy is in force in {market} on {day}",
            facts={"market": market, "day": day.isoformat()},
        )
    return max(valid, key=lambda row: str(row["valid_from"]))


def order_policy(row: Mapping[str, Any], currency: str) -> OrderPolicy:
    """The policy of a frozen row; its sums are minor units of `currency`. Raises KeyError, ValueError on a bad row."""
    return OrderPolicy(
        code=row["code"],
        market=row["market"],
        valid_from=date.fromisoformat(str(row["valid_from"])),
        locking=_locking(row["locking"]),
        changes=tuple(_changes(each, currency) for each in row["changes"]),
        delay=_delay(row["delay"], currency),
        priority=_priority(row.get("priority"), currency),
        slots=_slots(row["slots"]),
        home=_home(row.get("home"), currency),
    )


def _locking(row: Mapping[str, Any]) -> Locking:
    automatic = row.get("automatic_after_days")
    return Locking(
        remind_after=timedelta(days=row["remind_after_days"]),
        automatic_after=timedelta(days=automatic) if automatic is not None else None,
    )


def _changes(row: Mapping[str, Any], currency: str) -> Changes:
    kinds = tuple(row["kinds"])
    unknown = set(kinds) - set(AMENDMENTS)
    if unknown:
        raise ValueError(f"kinds: {', '.join(sorted(unknown))} cannot change on an order")
    states = tuple(State(state) for state in row["states"])
    return Changes(states=states, kinds=kinds, fee=Money(row.get("fee", 0), currency))


def _delay(row: Mapping[str, Any], currency: str) -> Delay:
    return Delay(
        free_days=row["free_days"],
        per_day=Money(row["per_day"], currency),
        at_most=Money(row["at_most"], currency),
        rescind_after_days=row["rescind_after_days"],
        text=row["text"],
    )


def _priority(row: Mapping[str, Any] | None, currency: str) -> Priority | None:
    if row is None:
        return None
    fee = Money(row["fee"], currency)
    return Priority(fee, row["days_earlier"], row["capacity"], row["text"])


def _slots(row: Mapping[str, Any]) -> Slots:
    return Slots(
        minutes=row["minutes"],
        opens=time.fromisoformat(row["opens"]),
        closes=time.fromisoformat(row["closes"]),
        weekdays=tuple(row["weekdays"]),
        cars=row["cars"],
        notice_days=row["notice_days"],
        ahead_days=row["ahead_days"],
        change_hours=row["change_hours"],
    )


def _home(row: Mapping[str, Any] | None, currency: str) -> HomeDelivery | None:
    if row is None:
        return None
    return HomeDelivery(Money(row["fee"], currency), row["cars"], row["text"])
