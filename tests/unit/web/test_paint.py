"""A paint tints the page calmly, and colours that are no colours become the neutral one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.web import paint

HEXES = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@pytest.mark.parametrize(
    ("given_", "clean"),
    [
        ("#6FA3AE", "6fa3ae"),
        ("6fa3ae", "6fa3ae"),
        ("red", paint.NEUTRAL),
        (None, paint.NEUTRAL),
        ("#12345", paint.NEUTRAL),
    ],
)
def test_only_six_hex_digits_are_a_colour(given_: str | None, clean: str) -> None:
    assert paint.clean_hex(given_) == clean


def test_a_calm_paint_tints_with_itself() -> None:
    assert paint.tint("#6fa3ae") == "6fa3ae"


@given(HEXES)
def test_a_tint_is_never_too_dark_too_light_or_too_loud(colour: str) -> None:
    light, a, b = paint._to_oklab(paint.tint(colour))
    assert paint.LIGHTNESS[0] - 0.01 <= light <= paint.LIGHTNESS[1] + 0.01
    assert (a * a + b * b) ** 0.5 <= paint.CHROMA + 0.01


@given(HEXES)
def test_oklab_and_back_is_the_same_colour(colour: str) -> None:
    assert paint._to_hex(*paint._to_oklab(colour[1:])) == colour[1:]


def test_a_shade_moves_the_lightness() -> None:
    assert (
        paint._to_oklab(paint.shade("#6fa3ae", 0.06))[0]
        > paint._to_oklab(paint.shade("#6fa3ae", -0.09))[0]
    )
