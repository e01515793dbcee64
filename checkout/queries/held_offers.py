"""Which limited offers a quote's document promises: what an order of it has to claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.queries.claims import offers_held


def held_offers(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of the offers with a quota that the quoted car, price sheet and loan hold; often none.

    Raises NothingOnSale, UnknownRelease.
    """
    finance = document["finance"]
    return offers_held(
        release=document["release"],
        market=document["market"]["code"],
        model=document["car"]["model"],
        codes=frozenset(line["code"] for line in document["price_sheet"]["lines"]),
        product=finance["product"] if finance else None,
    )
