"""VINs, and whether a car can be had, row by row as docs/rules/stock.md says it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.stock import Hold, free_at, status_of
from catalog.domain.vin import check_digit, check_vin
from catalog.errors import BadVin
from tests.factories.catalogue import stock_rows
from tests.factories.rulebook import table


def moment(clock: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 11, 22, int(hour), int(minute), tzinfo=UTC)


@pytest.mark.parametrize("row", table("stock.md", "vins"), ids=lambda row: row["text"])
def test_a_vin_is_read_as_the_page_says(row: dict[str, str]) -> None:
    assert check_digit(row["text"]) == row["check digit"]
    if row["is"] == "wrong":
        with pytest.raises(BadVin, match="check digit"):
            check_vin(row["text"])
    else:
        assert check_vin(row["text"]) == row["text"]


@pytest.mark.parametrize("text", ["", "L0S", "L0SH11CA0VX11272I", "L0SH11CA0VX1127299", "鹭" * 17])
def test_what_is_no_vin_is_refused(text: str) -> None:
    with pytest.raises(BadVin, match="a VIN has"):
        check_vin(text)


def test_every_vehicle_of_the_demo_has_a_right_vin() -> None:
    for row in stock_rows():
        assert check_vin(row["vin"]) == row["vin"]


@given(st.integers(0, 16), st.sampled_from("0123456789ABCDEFGHJKLMNPRSTUVWXYZ"))
def test_one_wrong_character_is_noticed_unless_its_value_is_the_same(
    place: int, letter: str
) -> None:
    good = "1M8GDM9AXKP042788"
    changed = good[:place] + letter + good[place + 1 :]
    if check_digit(changed) == changed[8]:
        assert place == 8 or check_digit(changed) == check_digit(good)
    else:
        with pytest.raises(BadVin):
            check_vin(changed)


@pytest.mark.parametrize(
    "row", table("stock.md", "status"), ids=lambda row: f"{row['state']} {row['now']}"
)
def test_a_car_can_be_had_as_the_page_says(row: dict[str, str]) -> None:
    hold = Hold("K7Q2M4XW", moment(row["hold until"])) if row["hold until"] else None
    now = moment(row["now"])
    assert status_of(row["state"], hold, now) == row["status"]
    expected = moment(row["free at"]) if row["free at"] else None
    assert free_at(row["state"], hold, now) == (expected if row["status"] == "held" else None)
