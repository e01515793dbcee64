"""Accept-Language: zh in any dress is zh-hans, en in any dress is en, the rest is the default."""

from __future__ import annotations

import pytest

from storefront.api.language import DEFAULT_LANGUAGE, negotiated


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", DEFAULT_LANGUAGE),
        ("zh-hans", "zh-hans"),
        ("zh", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("EN", "en"),
        ("de-DE,de;q=0.9,en;q=0.5,zh;q=0.4", "en"),
        ("en;q=0.1,zh;q=0.9", "zh-hans"),
        ("fr", DEFAULT_LANGUAGE),
        ("*", DEFAULT_LANGUAGE),
        ("en;q=nonsense", DEFAULT_LANGUAGE),
        ("\x00\xff" * 500, DEFAULT_LANGUAGE),
    ],
)
def test_the_best_rated_language_we_speak_is_chosen(header: str, language: str) -> None:
    assert negotiated(header) == language
