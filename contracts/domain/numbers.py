"""Contract numbers: `FC-2026-K7Q2M4XW`, said over the telephone without mistakes. Plain Python."""

from __future__ import annotations

import re

from contracts.errors import NotAContractNumber

NUMBER = re.compile(r"FC-(\d{4})-([2-9A-HJKMNP-TV-Z]{8})", re.ASCII)
"""The last part is a code of `kernel.crypto.new_code`: without 0 O 1 I L U, which people misread."""


def number_of(year: int, code: str) -> str:
    """The number for a year and a code of eight letters or digits; raises NotAContractNumber."""
    return normalised(f"FC-{year:04d}-{code}")


def normalised(text: str) -> str:
    """The number as stored, from what somebody typed (case, spaces, missing hyphens); raises NotAContractNumber."""
    plain = re.sub(r"[\s\-‐‑–—]+", "", text).upper()
    candidate = f"{plain[:2]}-{plain[2:6]}-{plain[6:]}"
    if not NUMBER.fullmatch(candidate):
        raise NotAContractNumber(
            "number: a contract number looks like FC-2026-K7Q2M4XW", facts={"number": text[:40]}
        )
    return candidate
