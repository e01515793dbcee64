"""Clicks on the demo's models, drawn with a seed: what a buyer would do who tries everything."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from catalog.domain.catalogue import Catalogue, Model
from catalog.domain.configuration.car import Car
from catalog.domain.configuration.configurator import Change, Configurator, Evaluation, Status
from catalog.domain.incentives import read_incentives
from catalog.domain.net_prices import NetPrices
from catalog.domain.pricer import Offers
from catalog.domain.pricing import PriceList, book_in_force, planned_days
from catalog.domain.terms import Terms

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
MARKET = "CN"


@dataclass(frozen=True, slots=True)
class Click:
    """A state and what is clicked in it; `outcome` is what the recording answer was."""

    choices: tuple[str, ...]
    change: Change
    outcome: str


class Desk:
    """A model in mainland China with its configurator and prices, as a request sees it."""

    def __init__(self, catalogue: Catalogue, code: str, *, tier: str | None = None) -> None:
        """`tier` forces one; by default the one the release chose."""
        self.model: Model = catalogue.models[code]
        self.configurator = Configurator(self.model, MARKET, DAY, tier=tier)
        book = book_in_force(catalogue, MARKET, NOON)
        offers = read_incentives(catalogue.incentives, MARKET)
        self.prices = NetPrices(
            PriceList(self.model, MARKET, book, catalogue),
            Offers(code, Terms(day=DAY, law=catalogue.law, incentives=offers)),
        )

    def days(self, car: Car) -> int:
        """Delivery days of a car."""
        return planned_days(self.configurator.plan, car)

    def statuses(self, choices: tuple[str, ...]) -> Mapping[str, Status]:
        """What a click row measures: the status of every option and trim, read to the last."""
        return dict(self.configurator.statuses(choices).items())

    def evaluate(self, choices: tuple[str, ...], change: Change | None) -> Evaluation:
        """The full answer of the API, before it is put into words."""
        return self.configurator.evaluate(choices, change, prices=self.prices, days=self.days)


def record(desk: Desk, *, seed: int, sessions: int = 30, clicks: int = 12) -> list[Click]:
    """Sessions of a buyer: mostly options that are offered, at times one that is not, at times one taken back.

    A blocked click is followed by its cheapest repair half of the time; else the session goes on unchanged.
    """
    chance = random.Random(seed)
    found: list[Click] = []
    trims = [trim.atom for trim in desk.model.trims]
    for _ in range(sessions):
        choices: tuple[str, ...] = (chance.choice(trims),)
        for _ in range(clicks):
            change = _wish(chance, desk, choices)
            answer = desk.evaluate(choices, change)
            found.append(Click(choices, change, answer.outcome))
            if answer.outcome == "blocked" and answer.repairs and chance.random() < 0.5:
                choices = answer.repairs[0].choices
            else:
                choices = answer.choices
    return found


def _wish(chance: random.Random, desk: Desk, choices: tuple[str, ...]) -> Change:
    statuses = desk.statuses(choices)
    by_status: dict[str, list[str]] = {}
    for code, status in statuses.items():
        by_status.setdefault(status.status, []).append(code)
    kind = chance.random()
    if kind < 0.15 and len(choices) > 2:
        return Change(chance.choice(choices[1:]), want=False)
    if kind < 0.4 and by_status.get("unavailable"):
        return Change(chance.choice(by_status["unavailable"]))
    return Change(chance.choice(by_status.get("available") or list(statuses)))
