"""The findings of the checks before a release, in the language of the desk.

The checks speak English; each sentence they can say has its translation here, with the same gaps.
A sentence nobody translated is shown as the checks said it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

SENTENCES = [
    (re.compile(pattern), text)
    for pattern, text in (
        (r"is missing$", gettext_noop("is missing")),
        (r"none is on sale$", gettext_noop("none is on sale")),
        (r"there is none$", gettext_noop("there is none")),
        (r"has no trim$", gettext_noop("has no trim")),
        (r"has no deposit policy in force$", gettext_noop("has no deposit policy in force")),
        (r"names no amount for (?P<what>.+)$", gettext_noop("names no amount for %(what)s")),
        (
            r"(?P<what>.+) is offered as an option, but no car can do without it$",
            gettext_noop("%(what)s is offered as an option, but no car can do without it"),
        ),
        (
            r"no option is available on this trim$",
            gettext_noop("no option is available on this trim"),
        ),
        (
            r"no car of this trim can be built: (?P<why>.*)$",
            gettext_noop("no car of this trim can be built: %(why)s"),
        ),
        (
            r"(?P<what>.+) cannot be had on that day$",
            gettext_noop("%(what)s cannot be had on that day"),
        ),
        (
            r"no car can have (?P<what>.+?): (?P<why>.*)$",
            gettext_noop("no car can have %(what)s: %(why)s"),
        ),
        (
            r"(?P<what>.+) is offered but cannot be had: (?P<why>.*)$",
            gettext_noop("%(what)s is offered but cannot be had: %(why)s"),
        ),
        (
            r"says no price for trim (?P<what>.+)$",
            gettext_noop("says no price for trim %(what)s"),
        ),
        (
            r"says no price for (?P<what>.+) on (?P<trim>\S+)$",
            gettext_noop("says no price for %(what)s on %(trim)s"),
        ),
    )
]


def in_words(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Findings as `{level, where, text}` with the text in the language of the desk, errors first."""
    told = [
        {"level": f["level"], "where": f["where"], "text": _sentence(f["text"])} for f in findings
    ]
    return sorted(told, key=lambda finding: finding["level"] != "error")


def _sentence(text: str) -> str:
    for pattern, sentence in SENTENCES:
        found = pattern.match(text)
        if found:
            return gettext(sentence) % found.groupdict() if found.groupdict() else gettext(sentence)
    return text
