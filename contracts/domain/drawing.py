"""The name as drawn by hand: a small PNG, looked at before it is kept. Plain Python."""

from __future__ import annotations

import base64
import binascii

from contracts.errors import UnusableSignature

LARGEST = 120_000
"""Bytes; a drawn name has 3,000 to 30,000."""
WIDEST, HIGHEST = 2400, 1200
"""Pixels; more would only be there to cost memory."""
_MAGIC = b"\x89PNG\r\n\x1a\n"
_PREFIX = "data:image/png;base64,"


def drawn_png(text: str) -> bytes:
    """The bytes of a drawing sent as base64 (a data address or bare); empty for none. Raises UnusableSignature."""
    if not text:
        return b""
    if len(text) > LARGEST * 4 // 3 + len(_PREFIX) + 4:
        raise _unusable("too large")
    try:
        content = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unusable("not base64") from error
    if not content.startswith(_MAGIC) or content[12:16] != b"IHDR" or len(content) < 57:
        raise _unusable("not a PNG")
    width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    if not (0 < width <= WIDEST and 0 < height <= HIGHEST):
        raise _unusable("too many pixels")
    return content


def _unusable(reason: str) -> UnusableSignature:
    return UnusableSignature(
        f"drawn_name: {reason}; send a PNG of at most {LARGEST} bytes and {WIDEST}x{HIGHEST} pixels, or leave it out",
        facts={"field": "drawn_name", "reason": reason},
    )
