"""What a signature says on paper."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.services.stamping import stamp_for

AT = datetime(2026, 11, 22, 18, 30, 7, tzinfo=UTC)


def test_a_buyer_reads_name_kind_day_and_time_of_the_market() -> None:
    stamp = stamp_for(
        side="buyer", name="林䶮㛃", at=AT, timezone="Asia/Shanghai", language="zh-hans", demo=False
    )
    assert (stamp.name, stamp.note) == ("林䶮㛃", "电子签名，经验证码确认")
    assert (stamp.day, stamp.time) == ("2026年11月23日", "02:30:07 UTC+8")


def test_a_demo_s_stamp_says_that_it_is_not_real() -> None:
    notes = {
        language: stamp_for(
            side="seller", name="x", at=AT, timezone="UTC", language=language, demo=True
        ).note
        for language in ("zh-hans", "en")
    }
    assert notes == {
        "zh-hans": "电子签章 · 演示密钥，非真实签名",
        "en": "Sealed electronically · demo key, NOT REAL",
    }


@pytest.mark.parametrize(
    ("timezone", "time"),
    [
        ("UTC", "18:30:07 UTC"),
        ("Asia/Kolkata", "00:00:07 UTC+5:30"),
        ("America/Sao_Paulo", "15:30:07 UTC-3"),
        ("America/St_Johns", "15:00:07 UTC-3:30"),
        ("Europe/Berlin", "19:30:07 UTC+1"),
    ],
)
def test_the_clock_is_named(timezone: str, time: str) -> None:
    stamp = stamp_for(side="buyer", name="x", at=AT, timezone=timezone, language="en", demo=False)
    assert stamp.time == time


def test_nobody_else_signs() -> None:
    with pytest.raises(KeyError):
        stamp_for(side="witness", name="x", at=AT, timezone="UTC", language="en", demo=False)
