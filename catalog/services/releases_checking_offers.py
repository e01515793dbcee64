"""Offers that buyers were told about: what is over stays as it was, what runs changes only for coming days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from catalog.domain.catalogue import Catalogue, Market
from catalog.domain.offer_changes import refused_change
from catalog.domain.pricing import local_day
from catalog.services.releases_checking_words import (
    ERROR,
    WARNING,
    Finding,
    called,
    place,
    say,
)


def published_offers(
    catalogue: Catalogue, document: Mapping[str, Any], previous: Mapping[str, Any], now: datetime
) -> Iterator[Finding]:
    """Each offer of the release `previous` that `document` changes for days that have passed or begun.

    A warning where none of its markets is on sale. Days are those of its market, of an offer for every market those
    of the market where it is latest.
    """
    offers = {row["code"]: row for row in document["incentives"]}
    for old in previous["incentives"]:
        markets = [m for m in catalogue.markets.values() if old["market"] in ("*", m.code)]
        if markets:
            yield from _changed(old, offers.get(old["code"]), markets, now)


def _changed(
    old: Mapping[str, Any], new: Mapping[str, Any] | None, markets: list[Market], now: datetime
) -> Iterator[Finding]:
    today = max(local_day(market, now) for market in markets)
    why = refused_change(old, new, today)
    if why is not None:
        level = ERROR if any(market.on_sale for market in markets) else WARNING
        yield say(level, f"offer-{why}", place(called(old["name"], old["code"])))
