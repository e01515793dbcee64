"""docs/rules/incentives.md: a published offer changes only for coming days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.domain.offer_changes import refused_change
from tests.factories.rulebook import table

OLD: dict[str, Any] = {
    "code": "spring",
    "kind": "price_bonus",
    "market": "CN",
    "models": {"colt": 100_000},
    "from": "2026-11-01",
    "until": "2027-01-01",
    "stack": True,
    "name": {"zh-hans": "礼", "en": "Gift"},
}


def become(change: str) -> dict[str, Any] | None:
    """The offer after a change of the table."""
    part, _, value = change.partition(" ")
    told: dict[str, Any] = {
        "amount": {"models": {"colt": 200_000}},
        "name": {"name": {"zh-hans": "大礼", "en": "Big gift"}},
        "quota": {"quota": 5},
    }
    return None if part == "gone" else OLD | told.get(part, {part: value or None})


@pytest.mark.parametrize("row", table("incentives.md", "changes"))
def test_a_published_offer_changes_only_for_coming_days(row: dict[str, str]) -> None:
    today = date.fromisoformat(row["today"])
    assert (refused_change(OLD, become(row["becomes"]), today) or "") == row["refused"]


def test_an_offer_without_an_end_stays_until_it_was_ended() -> None:
    endless = {name: value for name, value in OLD.items() if name != "until"}
    assert refused_change(endless, None, date(2030, 1, 1)) == "gone"
    assert refused_change(endless, OLD, date(2026, 11, 22)) is None
