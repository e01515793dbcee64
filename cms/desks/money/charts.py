"""Charts as shapes that a template draws as SVG: where each bar stands, computed here, nothing left to a script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kernel.money import Money

WIDTH, HEIGHT = 720, 260
TOP, BOTTOM = 28, 44
GAP = 0.28
"""Of a bar's place, what is left free."""


@dataclass(frozen=True, slots=True)
class Step:
    """One column of a waterfall: `amount` is a level where it `stands` on the ground, else what it adds or takes."""

    code: str
    amount: Money
    stands: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A drawn column in units of the picture; `tone` is `level`, `up` or `down`; `link` the height of the line to the next."""

    code: str
    amount: Money
    tone: str
    x: float
    y: float
    width: float
    height: float
    middle: float
    label_y: float
    link: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The bars, where zero is, and the size of the picture."""

    bars: tuple[Bar, ...]
    ground: float
    width: int = WIDTH
    height: int = HEIGHT


def waterfall(steps: Sequence[Step]) -> Waterfall:
    """The columns from left to right, each where the one before ended."""
    spans = _spans(steps)
    low = min(0, *(min(span) for span in spans))
    high = max(0, *(max(span) for span in spans))
    room = (high - low) or 1
    scale = (HEIGHT - TOP - BOTTOM) / room

    def at(value: int) -> float:
        return round(TOP + (high - value) * scale, 1)

    place = WIDTH / len(steps)
    bars = [
        _bar(n, step, span, place, at)
        for n, (step, span) in enumerate(zip(steps, spans, strict=True))
    ]
    return Waterfall(tuple(bars), at(0))


def _spans(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Where each column begins and ends, in minor units."""
    spans, level = [], 0
    for step in steps:
        begin = 0 if step.stands else level
        level = begin + step.amount.minor
        spans.append((begin, level))
    return spans


def _bar(
    n: int, step: Step, span: tuple[int, int], place: float, at: Callable[[int], float]
) -> Bar:
    top, bottom = at(max(span)), at(min(span))
    tone = "level" if step.stands else "up" if step.amount.minor >= 0 else "down"
    return Bar(
        code=step.code,
        amount=step.amount,
        tone=tone,
        x=round(n * place + place * GAP / 2, 1),
        y=top,
        width=round(place * (1 - GAP), 1),
        height=max(round(bottom - top, 1), 1.0),
        middle=round(n * place + place / 2, 1),
        label_y=round(top - 8, 1),
        link=at(span[1]),
    )
