"""What a signature says on paper, in the contract's language."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.domain.wording import day_in_words
from contracts.signing.ports import Stamp
from kernel.text import Text, pick

NOTES: dict[str, Text] = {
    "buyer": {
        "zh-hans": "电子签名，经验证码确认",
        "en": "Signed electronically, confirmed by code",
    },
    "seller": {"zh-hans": "电子签章", "en": "Sealed electronically"},
}
"""What kind of signature each side's is."""
NOT_REAL: Text = {"zh-hans": "演示密钥，非真实签名", "en": "demo key, NOT REAL"}


def stamp_for(
    *,
    side: str,
    name: str,
    at: datetime,
    timezone: str,
    language: str,
    demo: bool,
    picture_png: bytes = b"",
) -> Stamp:
    """The stamp of `buyer` or `seller` at the moment `at` on the clock of `timezone`.

    `demo`: the keys are the demo's, which the stamp then says. Raises KeyError for another side.
    """
    local = at.astimezone(ZoneInfo(timezone))
    notes = [NOTES[side], *([NOT_REAL] if demo else [])]
    return Stamp(
        name=name,
        note=" · ".join(pick(note, language) for note in notes),
        day=day_in_words(local.date(), language),
        time=f"{local:%H:%M:%S} UTC{offset_in_words(local)}",
        picture_png=picture_png,
    )


def offset_in_words(local: datetime) -> str:
    """The distance to UTC: `+8`, `+5:30`, `-3`, or nothing at UTC itself."""
    shift = local.utcoffset()
    minutes = int(shift.total_seconds() // 60) if shift else 0
    if not minutes:
        return ""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"
