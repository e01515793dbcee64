"""Bank lines by the thousand, damaged in every way: none goes to somebody it was not meant for.

A sample every day; `make prove ONLY=money` reads ten thousand, in several currencies and with several seeds.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from checkout.domain.matching import read_lines
from tests.factories.bank_lines import month, wrong

FULL = os.environ.get("FORECOURT_PROVE") == "1"
LINES = 10_000 if FULL else 800


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1, 6) if FULL else [1])
@pytest.mark.parametrize("currency", ["CNY", "JPY"])
def test_no_damaged_line_is_settled_for_a_stranger(seed: int, currency: str) -> None:
    found = month(lines=LINES, seed=seed, currency=currency)
    readings = read_lines(found.lines, found.book)
    assert wrong(found.sent, readings) == []
    settled = [reading.matched is not None for reading in readings]
    whole = [each.whole for each in found.sent]
    assert sum(settled) > 0.15 * len(found.sent)
    why = Counter(reading.why_not for reading in readings)
    assert set(why) == {
        "", "unknown", "amount", "ambiguous", "nothing-due", "cut", "claimed-twice",
    }  # fmt: skip
    assert sum(done and said for done, said in zip(settled, whole, strict=True)) > 0.4 * sum(whole)
