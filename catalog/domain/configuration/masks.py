"""Sets of options and trims as bits of one integer, and rules as tests of such an integer.

Bit v of a mask stands for variable v of the model's problem (1, 2, 3 ... in the model's order). A car is then closed and
checked with a few operations on integers; what an expression says stays what `expression.holds` says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from catalog.domain.configuration.expression import (
    And,
    Atom,
    Count,
    Expression,
    Not,
    Or,
    counted,
    holds,
)
from catalog.domain.configuration.rules import COUNTS, ActiveRule

Test = Callable[[int], bool]
CHUNK = 8
"""Bits that are read at once when a mask is turned into codes."""


class Bits:
    """The numbering of one model's trims and options."""

    def __init__(self, codes: Sequence[str]) -> None:
        """Numbers `codes` from 1."""
        self.number: Mapping[str, int] = {code: v for v, code in enumerate(codes, start=1)}
        self.bit: Mapping[str, int] = {code: 1 << v for code, v in self.number.items()}
        self._names = ("", *codes)
        self._bytes = len(codes) // CHUNK + 1
        self._chunks: dict[tuple[int, int], tuple[str, ...]] = {}

    def mask(self, codes: Iterable[str]) -> int:
        """The bits of known codes; raises KeyError."""
        mask = 0
        for code in codes:
            mask |= self.bit[code]
        return mask

    def codes(self, mask: int) -> tuple[str, ...]:
        """The codes of a mask, in the model's order."""
        found: list[str] = []
        for key in enumerate(mask.to_bytes(self._bytes, "little")):
            if key[1]:
                found += self._chunks.get(key) or self._chunk(key)
        return tuple(found)

    def _chunk(self, key: tuple[int, int]) -> tuple[str, ...]:
        place, byte = key
        names = tuple(self._names[place * CHUNK + at] for at in range(CHUNK) if byte >> at & 1)
        self._chunks[key] = names
        return names


def rank_of(mask: int) -> tuple[int, ...]:
    """Of two masks the one that has the lower number comes first, where they differ."""
    return (*numbers(mask), sys.maxsize)


def numbers(mask: int) -> list[int]:
    """The variables of a mask, ascending."""
    found: list[int] = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


def always(mask: int) -> bool:
    """The test that every car passes."""
    return True


def has(wanted: int) -> Test:
    """The test for all these bits; every car passes it where there are none."""
    return lambda mask: mask & wanted == wanted


def lacks(unwanted: int) -> Test:
    """The test for none of these bits."""
    return lambda mask: not mask & unwanted


def compiled(expression: Expression, bits: Bits) -> Test:
    """The test that says of a mask what `holds` says of its codes."""
    if isinstance(expression, Atom):
        return has(bits.bit[expression.code])
    if isinstance(expression, Not):
        inner = compiled(expression.part, bits)
        return lambda mask: not inner(mask)
    if isinstance(expression, And):
        return _all(expression.parts, bits)
    if isinstance(expression, Or):
        return _any(expression.parts, bits)
    if isinstance(expression, Count):
        return _count(expression.kind, expression.number, bits.mask(expression.codes))
    return lambda mask: holds(expression, frozenset(bits.codes(mask)))


def _all(parts: Iterable[Expression], bits: Bits) -> Test:
    wanted, looked_at = 0, 0
    tests: list[Test] = []
    for part in parts:
        if isinstance(part, Atom):
            wanted |= bits.bit[part.code]
        elif isinstance(part, Not) and isinstance(part.part, Atom):
            looked_at |= bits.bit[part.part.code]
        else:
            tests.append(compiled(part, bits))
    if wanted & looked_at:
        return lambda mask: False
    looked_at |= wanted
    if not tests:
        return lambda mask: mask & looked_at == wanted
    return lambda mask: mask & looked_at == wanted and all(test(mask) for test in tests)


def _any(parts: Iterable[Expression], bits: Bits) -> Test:
    wanted = 0
    tests: list[Test] = []
    for part in parts:
        if isinstance(part, Atom):
            wanted |= bits.bit[part.code]
        else:
            tests.append(compiled(part, bits))
    if not tests:
        return lambda mask: mask & wanted != 0
    return lambda mask: mask & wanted != 0 or any(test(mask) for test in tests)


def _count(kind: str, number: int, of: int) -> Test:
    return lambda mask: counted(kind, number, (mask & of).bit_count())


def trigger(expression: Expression, bits: Bits) -> int | None:
    """Bits without any of which the expression is false; None where no bits decide that."""
    if isinstance(expression, Atom):
        return bits.bit[expression.code]
    if isinstance(expression, And):
        found = [one for one in (trigger(part, bits) for part in expression.parts) if one]
        return min(found, key=int.bit_count, default=None)
    if isinstance(expression, Or) and expression.parts:
        some = [trigger(part, bits) for part in expression.parts]
        return sum_of(some)
    return None


def sum_of(masks: Iterable[int | None]) -> int | None:
    """All bits together; None where one is None."""
    total = 0
    for mask in masks:
        if mask is None:
            return None
        total |= mask
    return total


class MaskedRule:
    """An authored rule as tests of a mask; without a bit of `wakes` on the car it is silent."""

    __slots__ = ("kept", "rule", "speaks", "wakes")

    def __init__(self, rule: ActiveRule, bits: Bits) -> None:
        """Compiles the rule; what is of an unknown kind asks the rule itself."""
        self.rule = rule
        trims = bits.mask(rule.trims)
        woken = trigger(rule.when, bits) if rule.when is not None else None
        self.wakes: int = woken or trims or -1
        self.speaks: Test = _speaks(rule, trims, bits)
        self.kept: Test = _kept(rule, self.speaks, bits)


def _speaks(rule: ActiveRule, trims: int, bits: Bits) -> Test:
    when = compiled(rule.when, bits) if rule.when is not None else always
    if not trims:
        return when
    return lambda mask: mask & trims != 0 and when(mask)


def _kept(rule: ActiveRule, speaks: Test, bits: Bits) -> Test:
    demand = _demand(rule, bits)
    if demand is None:
        return lambda mask: rule.kept(frozenset(bits.codes(mask)))
    return lambda mask: not speaks(mask) or demand(mask)


def _demand(rule: ActiveRule, bits: Bits) -> Test | None:
    authored = rule.rule
    if authored.kind == "excludes":
        return lacks(bits.mask(authored.excluded))
    if authored.kind == "includes":
        return has(bits.mask(authored.adds))
    if authored.kind in COUNTS:
        return _count(COUNTS[authored.kind], authored.count or 0, bits.mask(authored.of))
    if authored.kind in ("requires", "boolean"):
        return compiled(rule.then, bits) if rule.then is not None else always
    return None
