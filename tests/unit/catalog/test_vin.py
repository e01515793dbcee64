"""Vehicle identification numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.vin import LETTERS, check_digit, check_vin
from catalog.errors import BadVin
from tests.factories.catalogue import stock_rows


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715"])
def test_published_examples_have_the_right_check_digit(vin: str) -> None:
    assert check_vin(vin) == vin


def test_every_car_of_the_demo_has_a_valid_vin() -> None:
    assert all(check_vin(row["vin"]) for row in stock_rows())


@pytest.mark.parametrize(
    ("vin", "reason"),
    [
        ("1M8GDM9AXKP04278", "17 characters"),
        ("1M8GDM9AXKP0427888", "17 characters"),
        ("1M8GDM9A1KP042788", "check digit"),
        ("IM8GDM9AXKP042788", "'I' at position 1"),
        ("1M8GDM9AXKP04278o", "'o' at position 17"),
        ("1M8GDM9AXKP04278\u0668", "position 17"),
        ("", "17 characters"),
    ],
)
def test_a_bad_vin_says_what_is_wrong(vin: str, reason: str) -> None:
    with pytest.raises(BadVin, match=reason):
        check_vin(vin)


@given(st.text(alphabet=[*LETTERS, *"0123456789"], min_size=17, max_size=17), st.integers(0, 16))
def test_no_single_wrong_digit_goes_unseen(blank: str, place: int) -> None:
    vin = blank[:8] + check_digit(blank) + blank[9:]
    assert check_vin(vin) == vin
    if vin[place].isdigit() and place != 8:
        other = str((int(vin[place]) + 1) % 10)
        wrong = vin[:place] + other + vin[place + 1 :]
        with pytest.raises(BadVin):
            check_vin(wrong)
