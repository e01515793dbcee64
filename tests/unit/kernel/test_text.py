"""Texts in every language, and one canonical way to write JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.text import canonical_json, fingerprint, missing_languages, pick

BOTH = {"zh-hans": "车身颜色", "en": "Paint"}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_a_text_is_picked_in_the_language_asked() -> None:
    assert pick(BOTH, "en") == "Paint"
    assert pick(BOTH, "zh-hans") == "车身颜色"


def test_a_missing_language_falls_back_to_one_that_speaks() -> None:
    assert pick({"en": "Paint"}, "zh-hans") == "Paint"
    assert pick({"zh-hans": "", "en": "Paint"}, "zh-hans") == "Paint"
    assert pick(BOTH, "de") == "车身颜色"
    assert pick({}, "en") == ""


def test_the_languages_that_say_nothing_are_named() -> None:
    assert missing_languages(BOTH) == []
    assert missing_languages({"en": "  "}) == ["zh-hans", "en"]


@given(values)
def test_canonical_json_reads_back_and_ignores_the_order_of_keys(value: Any) -> None:
    written = canonical_json(value)
    assert json.loads(written) == value
    if isinstance(value, dict):
        assert canonical_json(dict(reversed(value.items()))) == written


def test_canonical_json_is_utf8_without_spaces() -> None:
    assert canonical_json({"b": [1, 2], "a": "车"}) == '{"a":"车","b":[1,2]}'.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_canonical_json_refuses_numbers_json_has_not(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(number)


def test_a_fingerprint_is_sha256_of_the_canonical_bytes() -> None:
    assert fingerprint({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
