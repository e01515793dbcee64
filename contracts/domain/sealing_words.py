"""What is printed in the signature boxes, in the contract's language. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from kernel.text import Text, pick

_NOTES: Mapping[str, Text] = MappingProxyType(
    {
        "buyer": {
            "zh-hans": "买方电子签名（一次性验证码）",
            "en": "Signed electronically by one-time code",
        },
        "seller": {"zh-hans": "卖方电子印章", "en": "Electronic seal of the seller"},
    }
)


def stamp_note(side: str, language: str) -> str:
    """What kind of signature a side's is."""
    return pick(_NOTES[side], language)


def stamp_day(at: datetime, language: str) -> str:
    """The day in the time zone that `at` carries."""
    return f"{at.year}年{at.month}月{at.day}日" if language == "zh-hans" else f"{at:%Y-%m-%d}"


def stamp_time(at: datetime) -> str:
    """The time of day with its zone, e.g. `12:04:31 +08:00`."""
    offset = f"{at:%z}"
    return f"{at:%H:%M:%S} {offset[:3]}:{offset[3:]}"
