"""Shapes of what a release says."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import ConfigDict

from storefront.api.schemas.base import Money, Named, Picture, Reduction
from storefront.api.schemas.withdrawals import WithdrawalLabels


class DepositStage(Schema):
    """What a deposit is in one stage of an order, and the share that comes back."""

    code: str
    kind: str
    text: str
    refundable_share: str


class DepositPolicy(Schema):
    """The deposit policy in words."""

    model_config = ConfigDict(extra="allow")

    policy: str
    amounts: dict[str, Money]
    stages: list[DepositStage]


class Market(Named):
    """Where we sell; `notice` is what buyers there are told on every page.

    `withdrawal` are the words of the entry to withdraw that the law there wants on every page, else null.
    """

    currency: str
    languages: list[str]
    timezone: str
    notice: str | None
    deposit: DepositPolicy | None
    withdrawal: WithdrawalLabels | None


class Markets(Schema):
    """Every market on sale."""

    items: list[Market]


class Trim(Named):
    """A version of a model with the price of its first car, and what stands beside it where that is a reduced one."""

    pitch: str
    price: Money
    reduction: Reduction | None = None
    specs: dict[str, Any]


class ConfiguratorTrim(Trim):
    """`choice` is how choices name the trim."""

    choice: str


class Paint(Named):
    """A paint and what a renderer needs."""

    hex: str | None
    hex2: str | None
    finish: str | None


class ModelSummary(Named):
    """What a list shows of a model."""

    line: str
    body: str
    segment: str
    from_price: Money
    trims: list[Trim]
    pictures: list[Picture]
    paints: list[Paint]


class Models(Schema):
    """Every model on sale in a market, cheapest first."""

    release: str
    market: str
    items: list[ModelSummary]


class Model(ModelSummary):
    """One model; `page` is the path of its content page."""

    release: str
    market: str
    dimensions_mm: dict[str, int]
    battery_steps: list[dict[str, Any]]
    model_years: list[dict[str, Any]]
    page: str


class Option(Named):
    """An option; `price` and `availability` (`S` standard, `O` optional) name only the trims that can have it."""

    pitch: str
    price: dict[str, Money]
    availability: dict[str, str]
    swatch: dict[str, Any] | None
    contains: list[str]
    pictures: list[Picture]


class OptionGroup(Named):
    """`choose`: exactly `one` option on every car, or `any`."""

    choose: str
    options: list[Option]


class Configurator(Schema):
    """All a client needs to draw the configurator."""

    release: str
    model: str
    name: str
    market: str
    currency: str
    price_book: str
    default_choices: list[str]
    pictures: list[Picture]
    trims: list[ConfiguratorTrim]
    groups: list[OptionGroup]
    rules_texts: dict[str, str]
