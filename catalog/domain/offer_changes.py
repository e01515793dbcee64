"""What may change in a published offer: only what buyers of coming days are told (`docs/rules/incentives.md`). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

TERMS = (
    "kind",
    "market",
    "models",
    "product",
    "option",
    "amount",
    "value",
    "from",
    "stack",
    "needs",
    "voucher",
)
"""What was promised; words, quotas and the end may change."""
KEPT = timedelta(days=30)
"""So long an offer that is over stays in the release: the lowest price of 30 days is worked out from it."""

CHANGED, SHORTENED, REVIVED, GONE = "changed", "shortened", "revived", "gone"


def refused_change(
    old: Mapping[str, Any], new: Mapping[str, Any] | None, today: date
) -> str | None:
    """Why a published offer may not become `new` (None: left out) on `today`; None where it may.

    `changed`: terms of an offer that has begun; `shortened`: an end before today; `revived`: an end of what is over;
    `gone`: left out before it is over for 30 days.
    """
    if date.fromisoformat(old["from"]) > today:
        return None
    end = _day(old.get("until"))
    over = end is not None and end <= today
    if new is None:
        return None if end is not None and end + KEPT <= today else GONE
    if any(old.get(term) != new.get(term) for term in TERMS):
        return CHANGED
    if old.get("until") == new.get("until"):
        return None
    if over:
        return REVIVED
    fresh = _day(new.get("until"))
    return SHORTENED if fresh is not None and fresh < today else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
