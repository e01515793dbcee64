"""Thread CPU time of many calls: medians and 99th percentiles.

CPU time of the thread, so a noisy neighbour changes a figure little; the garbage collector stays on, but what was made
before the measurement is put out of its sight, as a web process does after loading a release.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.report import Row

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of CPU of each call."""

    times: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.times)

    @property
    def p99(self) -> float:
        """The one that 99 of 100 stay under: the nearest rank, never between two calls."""
        ordered = sorted(self.times)
        return ordered[max(0, -(-99 * len(ordered) // 100) - 1)]


def timed(call: Callable[[Asked], object], questions: Iterable[Asked]) -> Timing:
    """Times `call` on each question, one after another."""
    listed = list(questions)
    gc.collect()
    gc.freeze()
    clock, times = time.thread_time_ns, []
    try:
        for question in listed:
            began = clock()
            call(question)
            times.append((clock() - began) / 1e6)
    finally:
        gc.unfreeze()
    return Timing(tuple(times))


@dataclass(frozen=True, slots=True)
class Target:
    """What the issue asks of a row: milliseconds at the median and the 99th percentile, and a ratio to the naive loop."""

    median: float
    p99: float
    ratio: float | None = None


def click_rows(name: str, timing: Timing, target: Target) -> list[Row]:
    """`<name>.median_ms` and `<name>.p99_ms`."""
    return [
        Row(f"{name}.median_ms", timing.median, "ms", f"<= {target.median:g}"),
        Row(f"{name}.p99_ms", timing.p99, "ms", f"<= {target.p99:g}"),
    ]


def ratio_row(name: str, naive: Sequence[float], ours: Sequence[float], target: Target) -> Row:
    """`<name>.vs_naive`: medians over the same clicks; 1 is asked where the issue sets no ratio."""
    ratio = statistics.median(naive) / statistics.median(ours)
    return Row(f"{name}.vs_naive", ratio, "ratio", f">= {target.ratio or 1:g}")
