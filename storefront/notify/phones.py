"""Telephone numbers as senders of text messages want them (E.164). Plain Python."""

from __future__ import annotations

import re

COUNTRY = {"CN": "86", "DE": "49"}
"""The country code that a number without one gets in a market."""


def international(number: str, market: str) -> str:
    """`138 0013 8000` in CN as `+8613800138000`; an empty string for what is no number, or has an unknown country."""
    text = re.sub(r"[\s().\-/]", "", number)
    if text.startswith("00"):
        text = "+" + text[2:]
    if not text.startswith("+"):
        if market not in COUNTRY:
            return ""
        text = f"+{COUNTRY[market]}{text.removeprefix('0')}"
    return text if re.fullmatch(r"\+[1-9][0-9]{6,14}", text) else ""
