"""The reference on a bank transfer, and what is found of it in a bank's text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.transfers import LENGTH, begins, reference, references_in
from kernel.crypto import ALPHABET
from tests.factories.rulebook import table

CODES = st.text(ALPHABET, min_size=8, max_size=8).map("C26-{}".format)


@pytest.mark.parametrize(
    "row", table("reconciliation.md", "references"), ids=lambda r: r["the bank's text"]
)
def test_a_bank_text_is_read_as_the_table_says(row: dict[str, str]) -> None:
    found = references_in(row["the bank's text"])
    assert ", ".join(found.orders) == row["whole references"]
    assert found.cut == row["left of a cut one"]


@given(CODES)
def test_a_reference_is_found_again_whatever_stands_around_it(code: str) -> None:
    written = reference(code)
    assert len(written) == LENGTH
    assert references_in(f"pay/{written[:5]} {written[5:].lower()}, thanks").orders == (code,)


@given(CODES, st.integers(0, LENGTH - 1), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_no_single_wrong_character_names_the_order_or_another(
    code: str, at: int, wrong: str
) -> None:
    right = reference(code)
    changed = right[:at] + wrong + right[at + 1 :]
    if changed != right:
        assert references_in(changed).orders == ()


@given(CODES, st.integers(0, LENGTH - 2))
def test_two_swapped_neighbours_name_nobody(code: str, at: int) -> None:
    right = reference(code)
    swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    if swapped != right:
        assert references_in(swapped).orders == ()


@given(CODES, st.integers(6, LENGTH - 1))
def test_a_cut_reference_still_begins_the_order(code: str, left: int) -> None:
    found = references_in(f"transfer {reference(code)[:left]}")
    assert found.orders == ()
    assert begins(code, found.cut)


@pytest.mark.parametrize(
    "code", ["C26-K7Q2M4X", "c26-k7q2m4xw", "C26-K7Q2M4X!", "", "订单-K7Q2M4XW"]
)
def test_what_is_no_order_code_gets_no_reference(code: str) -> None:
    with pytest.raises(ValueError, match="is no order code"):
        reference(code)


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert all(len(code) == 12 for code in references_in(text).orders)
