"""Dated rows of the law: which one holds, and what happens where none does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalog.domain.law import CONFIDENCES, MOMENTS, Law, read_law
from catalog.errors import NoLawRow

ROWS: list[dict[str, Any]] = [
    {
        "market": "CN",
        "key": "tax.purchase.relief",
        "applies_to": "nev",
        "value": {"share": "1", "cap": 3000000},
        "from": "2024-01-01",
        "until": "2026-01-01",
    },
    {
        "market": "CN",
        "key": "tax.purchase.relief",
        "applies_to": "nev",
        "value": {"share": "0.5", "cap": 1500000},
        "from": "2026-01-01",
        "until": "2028-01-01",
    },
    {"market": "CN", "key": "tax.vat.rate", "value": "0.13", "from": "2026-01-01"},
    {"market": "DE", "key": "credit.form", "value": "written", "from": "2010-06-11"},
    {
        "market": "DE",
        "key": "credit.form",
        "value": "text",
        "from": "2026-11-20",
        "needs_review": True,
    },
]


def law() -> Law:
    return read_law(
        {**row, "by": MOMENTS[0], "confidence": CONFIDENCES[0], "source": "the text"}
        for row in ROWS
    )


@pytest.mark.parametrize(
    ("day", "cap"),
    [
        ("2024-01-01", 3000000),
        ("2025-12-31", 3000000),
        ("2026-01-01", 1500000),
        ("2027-12-31", 1500000),
    ],
)
def test_the_row_of_the_day_holds_from_its_first_day_until_the_day_before_its_end(
    day: str, cap: int
) -> None:
    row = law().row("CN", "tax.purchase.relief", date.fromisoformat(day), "nev")
    assert row.value["cap"] == cap


def test_of_two_open_rows_the_younger_holds_from_its_first_day() -> None:
    assert law().row("DE", "credit.form", date(2026, 11, 19)).value == "written"
    younger = law().row("DE", "credit.form", date(2026, 11, 20))
    assert (younger.value, younger.needs_review) == ("text", True)


@pytest.mark.parametrize(("day", "ended"), [("2023-12-31", None), ("2028-01-01", "2028-01-01")])
def test_a_day_that_no_row_covers_stops_the_sale_and_says_what_ended(
    day: str, ended: str | None
) -> None:
    with pytest.raises(NoLawRow, match="add one before selling") as stopped:
        law().row("CN", "tax.purchase.relief", date.fromisoformat(day), "nev")
    assert stopped.value.facts["ended"] == ended
    assert stopped.value.facts["key"] == "tax.purchase.relief"


def test_a_market_that_never_had_such_a_law_has_none_and_an_ended_one_is_no_silence() -> None:
    assert law().ask("DE", "tax.purchase.relief", date(2026, 11, 22), "nev") is None
    with pytest.raises(NoLawRow):
        law().ask("CN", "tax.purchase.relief", date(2028, 1, 1), "nev")


def test_a_rate_is_read_exactly() -> None:
    assert law().share("CN", "tax.vat.rate", date(2026, 11, 22)) == Decimal("0.13")


def test_a_long_promise_sees_what_changes_after_it() -> None:
    found = law().changes("CN", date(2026, 11, 22))
    assert [(day, row.key) for day, row in found] == [(date(2028, 1, 1), "tax.purchase.relief")]


def test_a_row_whose_end_no_successor_covers_is_listed_for_somebody_to_look_after() -> None:
    ends = law().ends_without_successor("CN")
    assert [row.valid_until for row in ends] == [date(2028, 1, 1)]
    assert law().ends_without_successor("DE") == ()


@pytest.mark.parametrize("missing", ["market", "key", "value", "from", "by", "source"])
def test_a_malformed_row_cannot_be_read(missing: str) -> None:
    row = {**ROWS[0], "by": "invoice_date", "confidence": "statute", "source": "the text"}
    del row[missing]
    with pytest.raises(KeyError):
        read_law([row])
