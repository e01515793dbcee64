"""The findings of the checks before a release, in the language of the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cms.words import language
from kernel.text import pick

LEVELS = ("error", "warning", "note")


def in_words(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Findings as `{level, where, text, advice}` in the language of the desk, errors first.

    Releases published before findings knew languages kept plain English; it is shown as it was said.
    """
    told = [
        {
            "level": finding["level"],
            **{part: _said(finding.get(part, "")) for part in ("where", "text", "advice")},
        }
        for finding in findings
    ]
    return sorted(told, key=lambda finding: LEVELS.index(finding["level"]))


def _said(words: Any) -> str:
    return words if isinstance(words, str) else pick(words, language())
