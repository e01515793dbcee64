"""What a process makes ready before its first buyer: kernels, and the configurator of every model on sale."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.configuration.engine import SAT
from catalog.domain.configuration.warming import warm_solver_kernels
from catalog.errors import CatalogError, NothingOnSale
from catalog.queries.configuring import evaluate, shop
from catalog.queries.on_sale import on_sale


def warm(now: datetime) -> int:
    """Asks about every model in every market on sale what clicks ask; gives how many models. Raises nothing of ours.

    The kernels of the solver's tier take 6 MB: they are loaded where a model on sale is served by it.
    """
    try:
        catalogue = on_sale().catalogue
    except NothingOnSale:
        return 0
    asked = 0
    for market in catalogue.markets.values():
        for model in catalogue.models if market.on_sale else ():
            asked += _ask(model, market.code, now)
    return asked


def _ask(model: str, market: str, now: datetime) -> int:
    try:
        place = shop(model=model, market=market, now=now)
        if place.configurator.tier == SAT:
            warm_solver_kernels()
        choices = place.configurator.default_choices()
        evaluate(model=model, market=market, choices=choices, now=now)
        place.configurator.complete(choices, prices=place.net)
    except CatalogError:
        return 0
    return 1
