"""What an order says, the same for every measurement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def order_body(quote: Mapping[str, Any], who: str) -> dict[str, Any]:
    """The body of `POST /orders` for a guest named by `who`."""
    return {
        "quote": quote["code"],
        "buyer": {
            "kind": "person",
            "name": "王小鹭",
            "email": f"{who}@example.com",
            "address": {"country": "CN", "city": "厦门", "line": "思明区鹭江道 1 号"},
        },
        "terms": {"version": quote["deposit"]["terms_version"], "accepted": True},
        "language": "zh-hans",
    }
