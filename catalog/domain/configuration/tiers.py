"""One interface for exact answers, whoever gives them: the compiled diagrams or the SAT solver.

Both tiers give equal answers to every question (tests/unit/catalog/test_tiers_*.py). Which one serves a model is chosen
when the release is published: diagrams where they stay small, the solver where they do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from catalog.domain.configuration.problem import Problem

TRUE, FALSE = 1, 2
"""Bits of a domain: some car has it; some car does without it."""


class Engine(Protocol):
    """Exact answers about one problem. Choices are literals of visible variables, positive or negative.

    An engine serves one thread at a time; `Benches` lends engines to threads.
    """

    problem: Problem

    def solvable(self, choices: Sequence[int]) -> bool:
        """Whether a car has these literals."""
        ...

    def domains(self, choices: Sequence[int]) -> bytes:
        """For each variable 0..count the bits TRUE and FALSE that cars with these choices show; place 0 is 0.

        All zero when no car has the choices.
        """
        ...

    def relaxed(self, choices: Sequence[int]) -> bytes:
        """As `domains`, but a member of a group with a positive choice is judged without that choice.

        Bit TRUE of a member says: some car has it together with every choice outside its group. Its bit FALSE, and
        both bits of every other variable, are those of `domains`.
        """
        ...

    def cheapest(
        self, choices: Sequence[int], costs: Sequence[int]
    ) -> tuple[int, tuple[int, ...]] | None:
        """The least sum of `costs[v]` over cars with the choices, and the true visible variables of such a car.

        `costs` has a place for 0, which counts nothing. Among equal costs the car that has variable 1 wins, then 2, and
        so on. None when no car has the choices.
        """
        ...

    def count(self, choices: Sequence[int]) -> int | None:
        """How many cars (assignments of the visible variables) have these literals; None where nobody can count."""
        ...

    def close(self) -> None:
        """Frees what the engine holds outside Python."""
        ...
