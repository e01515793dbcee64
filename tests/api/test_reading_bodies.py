"""Bodies: what cannot be read is 400 with the place, what cannot be stored is 422 with the field."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront.api.errors import InvalidField, Unreadable
from storefront.api.parsing import DEEPEST, read_json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": 1,}',
        b"\xff\xfe",
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 31 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * (DEEPEST + 5) + b"]" * (DEEPEST + 5),
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_an_unreadable_body_is_named_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'{"buyer": {"name": "a\u0000b"}}', "buyer.name"),
        (rb'{"buyer": {"name": "\ud800"}}', "buyer.name"),
        (rb'{"choices": ["x", "\udfff"]}', "choices.1"),
    ],
)
def test_a_text_that_cannot_be_stored_is_named_with_its_field(body: bytes, field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        read_json(body)
    assert caught.value.facts["errors"][0]["field"] == field


def test_the_name_of_a_field_is_looked_at_too() -> None:
    with pytest.raises(InvalidField):
        read_json(rb'{"a\u0000": 1}')


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert read_json(rb'{"a": "\ud83d\ude97"}') == {"a": "🚗"}


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_what_is_written_as_json_is_read_as_it_was(value: object) -> None:
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(body: bytes) -> None:
    with suppress(InvalidField, Unreadable):
        read_json(body)
