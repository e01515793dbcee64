"""Prints, as JSON, what a price sheet costs and how often a place names another price: a shop in a fresh database.

Run by `benchmarks.offers` with the database's address in its environment.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from itertools import islice

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks.measuring import timed  # noqa: E402
from catalog.queries.configuring import Shop, shop  # noqa: E402
from tests.factories.one_price import MODELS, Drawn, differences, drawn, with_offers  # noqa: E402
from tests.factories.shelf import NOON, put_on_sale  # noqa: E402

MARKETS = ("CN", "DE")
SEED, SHEETS, WARM, SHOWN = 20261122, 1_500, 50, 10


def price_sheet_ms() -> float:
    """CPU milliseconds of one price sheet with the offers of the day: the median of drawn cars, of the dearer market."""
    medians = []
    for market in MARKETS:
        places = {code: shop(model=code, market=market, now=NOON) for code in MODELS}
        cars = list(islice(drawn(market, seed=SEED), SHEETS))

        def sheet(one: Drawn, places: Mapping[str, Shop] = places) -> object:
            return places[one.model].sheet(one.car)

        timed(sheet, cars[:WARM])
        medians.append(timed(sheet, cars).median)
    return max(medians)


def main(cars: int) -> None:
    """Put the demo on sale with offers of every kind, measure, and compare so many cars a market in every place."""
    settings.RELEASE_POLL_SECONDS = 60.0
    call_command("migrate", verbosity=0)
    put_on_sale(with_offers)
    measured = price_sheet_ms()
    found: list[str] = []
    for market in MARKETS:
        found += differences(market, cars, seed=SEED, each=max(1, cars // 1000))
    for line in found[:SHOWN]:
        print(line, file=sys.stderr)
    print(json.dumps({"price_sheet_ms": measured, "differences": len(found)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
