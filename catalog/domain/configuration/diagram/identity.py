"""A name for a problem: diagrams serve the problem that they were compiled from and no other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from catalog.domain.configuration.problem import Part, Problem


def problem_key(problem: Problem) -> bytes:
    """SHA-256 of what the problem says; how its helping variables are numbered makes no difference."""
    lines = [repr((problem.names, problem.count, problem.groups, problem.hub))]
    lines += [repr((part.name, list(_renumbered(part, problem.count)))) for part in problem.parts]
    return hashlib.sha256("\n".join(lines).encode()).digest()


def _renumbered(part: Part, count: int) -> Iterable[tuple[int, ...]]:
    """The clauses with helping variables numbered by their first appearance."""
    numbers: dict[int, int] = {}
    for clause in part.clauses:
        yield tuple(
            literal if abs(literal) <= count else _signed(literal, numbers, count)
            for literal in clause
        )


def _signed(literal: int, numbers: dict[int, int], count: int) -> int:
    number = numbers.setdefault(abs(literal), count + 1 + len(numbers))
    return number if literal > 0 else -number
