"""Cursors belong to their query and cannot be made by hand."""

from __future__ import annotations

import pytest

from storefront.api.cursors import position_of, signed_cursor
from storefront.api.errors import InvalidField

QUERY = {"model": ["haven"], "sort": ["price"]}


def test_a_cursor_gives_its_position_back() -> None:
    assert position_of(signed_cursor("100:VIN", query=QUERY), query=QUERY) == "100:VIN"


def test_no_cursor_is_the_first_page_and_no_position_is_the_last() -> None:
    assert position_of(None, query=QUERY) is None
    assert position_of("", query=QUERY) is None
    assert signed_cursor(None, query=QUERY) is None


def test_a_cursor_of_another_query_is_refused() -> None:
    cursor = signed_cursor("100:VIN", query=QUERY)
    with pytest.raises(InvalidField):
        position_of(cursor, query={**QUERY, "sort": ["days"]})


@pytest.mark.parametrize("cursor", ["x", "a:b:c", "\x00", "é" * 2000, "W10:1:1"])
def test_a_damaged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidField) as caught:
        position_of(cursor, query=QUERY)
    assert caught.value.facts["errors"][0]["field"] == "cursor"
