"""Shapes of the configurator's answers, and of saved builds."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import ConfigDict

from storefront.api.schemas.answers import FinanceQuote
from storefront.api.schemas.base import DeliveryEstimate, Money, Named, PriceSheet


class OptionStatus(Schema):
    """`selected`, `included` (`by` a package, a rule or `standard`), `available`, `unavailable` or `required`."""

    status: str
    by: str | None = None


class Reason(Schema):
    """A rule or a piece of structure in the buyer's words."""

    code: str
    text: str


class Added(Named):
    """Something that came along, and why: `needed` (see `because`), `cheaper`, or what the `budget` allows."""

    because: list[Reason]
    why: Literal["needed", "cheaper", "budget"]


class Side(Schema):
    """One side of a before and after."""

    choices: list[str]
    total: Money
    days: int


class Undo(Schema):
    """The way back: evaluating `choices` answers what they were; `adds` come back then, `removes` leave."""

    choices: list[str]
    adds: list[Named]
    removes: list[Named]


class Conflict(Schema):
    """A minimal conflict: drop any member and a car exists; `off` are options the click wants off."""

    choices: list[Named]
    off: list[Named]
    rules: list[Reason]
    structure: list[Reason]


class Repair(Schema):
    """A way to the wanted car; differences are to the car before the click."""

    adds: list[Named]
    removes: list[Named]
    choices: list[str]
    total: Money
    price_difference: Money
    days_difference: int


class Monthly(Schema):
    """The lowest even instalment on offer; `apr_text`, and `warning` where there is one, stand beside it."""

    amount: Money
    months: int
    product: str
    apr_text: str
    warning: str | None


class Priced(Schema):
    """What every answer about a car says."""

    release: str
    model: str
    market: str
    choices: list[str]
    price_sheet: PriceSheet
    monthly: Monthly | None
    delivery: DeliveryEstimate


class Evaluated(Priced):
    """`prices`: what each option or trim adds to the price if it is on this car.

    `undo` is the way back from an `applied` or `adjusted` click; null where nothing changed.
    """

    outcome: str
    valid: bool
    statuses: dict[str, OptionStatus]
    prices: dict[str, Money]
    before: Side | None
    after: Side | None
    adds: list[Added]
    removes: list[Named]
    conflict: Conflict | None
    repairs: list[Repair]
    undo: Undo | None


class Completed(Priced):
    """The cheapest complete car, or the best within a budget or a monthly amount.

    `proven` is false where the search was cut short: a good car, perhaps not the cheapest. `budget` is what the car may
    cost, of a monthly amount what it pays for; `left` is the rest. `finance` is the loan of a monthly amount.
    """

    objective: Literal["cheapest", "best"]
    adds: list[Added]
    proven: bool
    budget: Money | None
    left: Money | None
    finance: FinanceQuote | None


class BuildChange(Schema):
    """One difference since the build was saved.

    `kind`: `price`, `added`, `removed`, `gone` (not sold any more), `rule` (`name` is what it says) or `structure`.
    """

    kind: str
    code: str
    name: str
    before: Money | None
    after: Money | None


class CurrentBuild(Schema):
    """The build under the release on sale: whether it can still be built, its price, what changed.

    Differences are to the car as it was saved. `ways`: up to three cars of today for a build that is none any more,
    cheapest first; `choices` is all it takes to have one.
    """

    release: str | None
    valid: bool
    price_sheet: PriceSheet | None
    delivery: DeliveryEstimate | None
    price_difference: Money | None
    days_difference: int | None
    changes: list[BuildChange]
    ways: list[Repair]


class Build(Priced):
    """A saved car; `names` gives every choice and option its name."""

    model_config = ConfigDict(extra="allow")

    code: str
    trim: str
    names: dict[str, str]
    created_at: str


class ReopenedBuild(Build):
    """A saved car, and what became of it since."""

    current: CurrentBuild
