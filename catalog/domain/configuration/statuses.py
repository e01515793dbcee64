"""The status of every option and trim, read off one answer of an engine."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from catalog.domain.configuration.answers import Status
from catalog.domain.configuration.car import Blueprint, Closure
from catalog.domain.configuration.tiers import TRUE

SELECTED = Status("selected")
AVAILABLE = Status("available")
UNAVAILABLE = Status("unavailable")
REQUIRED = Status("required")
STANDARD = Status("included", "standard")
POSSIBLE = (UNAVAILABLE, REQUIRED, UNAVAILABLE, AVAILABLE)
"""What the bits of a relaxed domain say of an option that is not on the car yet."""
CONTRADICTION = (UNAVAILABLE, AVAILABLE, UNAVAILABLE, AVAILABLE)
"""As `POSSIBLE`, where no car has the choices: then nothing is on every such car."""


@functools.cache
def included(by: str) -> Status:
    """The status of what a package or a rule brings."""
    return Status("included", by)


class Statuses:
    """The statuses of one blueprint; safe to share between threads."""

    def __init__(self, plan: Blueprint) -> None:
        """Prepares what every trim has."""
        self._plan = plan
        self._codes = tuple(plan.order)
        self._always = {trim: dict.fromkeys(codes, STANDARD) for trim, codes in plan.always.items()}
        number = plan.bits.number
        self._standard = {
            trim: tuple(
                (1 << number[code], number[code], code)
                for code, mark in marks.items()
                if mark == "S" and code not in plan.always[trim]
            )
            for trim, marks in plan.marks.items()
        }
        self._trim_number = {trim.code: number[trim.atom] for trim in plan.model.trims}

    def read(self, closure: Closure, clicked: Iterable[str], bits: bytes) -> dict[str, Status]:
        """The status of every trim and option, in the model's order; `bits` is `Engine.relaxed` of the clicks."""
        trim = closure.trim
        possible = bits[self._trim_number[trim]] & TRUE
        says = POSSIBLE if possible else CONTRADICTION
        always = self._always[trim]
        found = dict(zip(self._codes, map(says.__getitem__, bits[1:]), strict=True))
        found.update(always)
        for bit, number, code in self._standard[trim]:
            # what a trim merely starts with may be impossible beside choices that are not complete yet
            if closure.on & bit and bits[number] & TRUE:
                found[code] = STANDARD
        for code, source in closure.sources.items():
            if code not in always:
                found[code] = included(source)
        for code in clicked:
            found[code] = SELECTED
        return found
