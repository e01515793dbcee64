"""The rules of the one-time code, the reminders and the drawn name."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from contracts.domain.consent import (
    AN_HOUR,
    LIVES,
    PAUSE,
    REMIND_AFTER,
    TEXT,
    TRIES,
    CodeState,
    due_reminders,
    fingerprint,
    wait_for_next,
)
from contracts.domain.drawing import LARGEST, drawn_png
from contracts.errors import UnusableSignature
from kernel.text import missing_languages

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def test_the_consent_is_said_in_both_languages_and_has_a_fingerprint() -> None:
    assert not missing_languages(TEXT)
    assert len(fingerprint()) == 64


@pytest.mark.parametrize(
    ("code", "after", "why"),
    [
        (CodeState(NOON, 0, None), LIVES - timedelta(seconds=1), ""),
        (CodeState(NOON, TRIES - 1, None), timedelta(0), ""),
        (CodeState(NOON, 0, None), LIVES, "expired"),
        (CodeState(NOON, TRIES, None), timedelta(0), "tries"),
        (CodeState(NOON, 0, NOON), timedelta(0), "used"),
    ],
)
def test_a_code_lives_ten_minutes_five_tries_and_one_use(
    code: CodeState, after: timedelta, why: str
) -> None:
    assert code.refused(NOON + after) == why


def test_codes_are_sent_a_minute_apart_and_five_an_hour() -> None:
    assert wait_for_next([], NOON) == timedelta(0)
    assert wait_for_next([NOON], NOON) == PAUSE
    sent = [NOON + timedelta(minutes=2 * number) for number in range(AN_HOUR)]
    assert wait_for_next(sent[:-1], sent[-1]) == timedelta(0)
    after = sent[-1] + PAUSE
    assert after + wait_for_next(sent, after) == NOON + timedelta(hours=1)
    assert wait_for_next(sent, NOON + timedelta(hours=2)) == timedelta(0)


def test_a_buyer_is_reminded_three_times_and_never_more() -> None:
    sent, told = 0, list[int]()
    for day in range(30):
        if due_reminders(NOON, sent, NOON + timedelta(days=day)):
            sent, told = sent + 1, [*told, day]
    assert told == [after.days for after in REMIND_AFTER]


def test_a_drawn_name_is_a_small_png_or_nothing() -> None:
    text = base64.b64encode(PIXEL).decode()
    assert drawn_png("") == b""
    assert drawn_png(text) == drawn_png(f"data:image/png;base64,{text}") == PIXEL


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not base64!", "not base64"),
        (base64.b64encode(b"GIF89a" + b"0" * 80).decode(), "not a PNG"),
        (base64.b64encode(PIXEL[:30]).decode(), "not a PNG"),
        ("A" * (LARGEST * 2), "too large"),
        (
            base64.b64encode(PIXEL[:16] + b"\x00\x01\x00\x00" * 2 + PIXEL[24:]).decode(),
            "too many pixels",
        ),
        (base64.b64encode(PIXEL[:16] + b"\x00" * 8 + PIXEL[24:]).decode(), "too many pixels"),
    ],
)
def test_any_other_drawing_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(UnusableSignature) as refused:
        drawn_png(text)
    assert refused.value.facts == {"field": "drawn_name", "reason": reason}
