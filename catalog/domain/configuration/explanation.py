"""Why something cannot be had, and what to give up for it.

A *conflict* is minimal: drop any choice, rule or piece of structure and a car exists. A *correction* is a smallest set
of choices to take back (no part of it would do); corrections are listed smallest first and completely up to a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.domain.catalogue import TRIM_PREFIX
from catalog.domain.configuration.engine import Bench
from catalog.domain.configuration.hitting import SearchLimitError, ways

CORRECTIONS = 48
"""At most so many corrections are priced; smaller ones come first."""
QUESTIONS = 2000
"""How often the engine may be asked for the corrections of one click."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Choices, rules (codes) and structure that cannot all hold; `off` are codes that were wished off the car."""

    choices: tuple[str, ...]
    off: tuple[str, ...]
    rules: tuple[str, ...]
    structure: tuple[str, ...]


def conflict(bench: Bench, choices: Sequence[str], off: Sequence[str] = ()) -> Conflict:
    """A minimal conflict among choices that no buildable car has; the trim leaves it if it can, then older choices."""
    trims = [code for code in choices if code.startswith(TRIM_PREFIX)]
    others = [code for code in choices if not code.startswith(TRIM_PREFIX)]
    wishes = bench.literals([*trims, *others]) + [-lit for lit in bench.literals(off)]
    kept, parts = bench.minimal_core(wishes)
    return Conflict(
        choices=tuple(code for code in choices if bench.literal(code) in kept),
        off=tuple(code for code in off if -bench.literal(code) in kept),
        rules=tuple(part.name for part in parts if part.is_rule),
        structure=tuple(part.name for part in parts if not part.is_rule),
    )


def corrections(bench: Bench, fixed: Sequence[int], choices: Sequence[str]) -> list[frozenset[str]]:
    """The smallest sets of `choices` to take back so that `fixed` can be had, smallest first; empty when none helps."""
    names = {bench.literal(code): code for code in choices}

    def ask(given_up: frozenset[int]) -> frozenset[int] | None:
        kept = [literal for literal in names if literal not in given_up]
        if bench.solvable([*fixed, *kept]):
            return None
        return frozenset(names).intersection(bench.conflicting([*kept, *fixed]))

    found: list[frozenset[str]] = []
    try:
        for way in ways(ask, dict.fromkeys(names, 1), limit=QUESTIONS):
            found.append(frozenset(names[literal] for literal in way))
            if len(found) == CORRECTIONS:
                break
    except SearchLimitError:
        pass
    return found
