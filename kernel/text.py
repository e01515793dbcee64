"""Text in every language of the store, and the one canonical way to write JSON. Plain Python."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

LANGUAGES = ("zh-hans", "en")
Text = Mapping[str, str]
"""One value per language, e.g. `{"zh-hans": "车身颜色", "en": "Paint"}`."""


def pick(text: Text, language: str) -> str:
    """The value in `language`, else the first language that has one, else an empty string."""
    if text.get(language):
        return text[language]
    return next((text[code] for code in LANGUAGES if text.get(code)), "")


def missing_languages(text: Text) -> list[str]:
    """The languages of the store in which `text` says nothing."""
    return [code for code in LANGUAGES if not str(text.get(code, "")).strip()]


def canonical_json(value: Any) -> bytes:
    """The same bytes for equal values: UTF-8, sorted keys, no spaces; raises ValueError on NaN or infinity."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
