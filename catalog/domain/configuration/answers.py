"""What the configurator answers, as facts: see docs/rules/configurator.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalog.domain.configuration.car import Car
from catalog.domain.configuration.completion import Completion
from catalog.domain.configuration.explanation import Conflict

Days = Callable[[Car], int]
"""Days from the lock to delivery of a car."""


@dataclass(frozen=True, slots=True)
class Change:
    """A click: the option or trim is wanted on the car, or off it."""

    option: str
    want: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """`selected`, `included` (with `by`: package or rule code, or `standard`), `available`, `unavailable` or `required`."""

    status: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    """The way back from a click: evaluating `choices` answers what the choices were before it.

    `adds` come back into the choices then, `removes` leave them.
    """

    choices: tuple[str, ...]
    adds: tuple[str, ...]
    removes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """A way to the wanted car: what else is added and taken back, and the difference to the car before the click."""

    adds: tuple[str, ...]
    removes: tuple[str, ...]
    choices: tuple[str, ...]
    car: Car
    price_difference: int
    days_difference: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer to choices and a click.

    `outcome`: `state` (no click), `applied`, `adjusted` (what else came is in `completion`, the choices before in
    `before`), or `blocked` (`conflict`, `repairs`; choices unchanged). `valid`: the car can be built as it is.
    `completion` is what `adjusted` took, and what a `state` that is not yet buildable is offered. `undo` is the way
    back; None where the choices did not change.
    """

    outcome: str
    before: tuple[str, ...]
    choices: tuple[str, ...]
    car: Car
    valid: bool
    statuses: Mapping[str, Status]
    completion: Completion | None = None
    conflict: Conflict | None = None
    repairs: tuple[Repair, ...] = ()

    @property
    def undo(self) -> Undo | None:
        """The way back; None where the choices did not change."""
        if set(self.before) == set(self.choices):
            return None
        return Undo(
            choices=self.before,
            adds=tuple(code for code in self.before if code not in self.choices),
            removes=tuple(code for code in self.choices if code not in self.before),
        )


@dataclass(frozen=True, slots=True)
class Best:
    """The best car within a budget: `taken` is what the budget bought, in the order in which it was decided.

    `completion.adds` holds `taken` and what these need, with reasons for the latter. What is `left` of the budget stays
    with the buyer. Amounts are list prices in minor units.
    """

    completion: Completion
    taken: tuple[str, ...]
    left: int
