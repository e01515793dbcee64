"""The order policies of the demo, read from their file as the catalogue reads them."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from checkout.domain.order_policy import OrderPolicy, order_policy
from kernel.money import Money

FILE = Path(__file__).resolve().parents[2] / "storefront/demo/catalogue/order-policies.yaml"
CURRENCIES = {"CN": "CNY", "DE": "EUR"}
SUMS = frozenset({"fee", "per_day", "at_most"})


@lru_cache
def demo_policy_row(market: str) -> dict[str, Any]:
    """The row of a market as it is frozen in an order: sums in minor units. Do not change it."""
    rows = yaml.safe_load(FILE.read_text("utf-8"))["policies"]
    row = next(row for row in rows if row["market"] == market)
    found: dict[str, Any] = _minor(row, CURRENCIES[market])
    return found | {"valid_from": str(row["valid_from"])}


def demo_policy(market: str) -> OrderPolicy:
    """The policy of a market."""
    return order_policy(demo_policy_row(market), CURRENCIES[market])


def _minor(value: Any, currency: str) -> Any:
    if isinstance(value, dict):
        return {
            key: Money.of(Decimal(str(part)), currency).minor
            if key in SUMS
            else _minor(part, currency)
            for key, part in value.items()
        }
    return [_minor(part, currency) for part in value] if isinstance(value, list) else value
