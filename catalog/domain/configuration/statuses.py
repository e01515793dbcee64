"""The status of every option and trim, read off one answer of an engine."""

from __future__ import annotations

from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    MutableSequence,
    Sequence,
    ValuesView,
)

from catalog.domain.configuration.answers import Status
from catalog.domain.configuration.car import Blueprint, Closure
from catalog.domain.configuration.tiers import TRUE

UNAVAILABLE, REQUIRED, AVAILABLE, SELECTED, STANDARD = range(5)
PLAIN = (
    Status("unavailable"),
    Status("required"),
    Status("available"),
    Status("selected"),
    Status("included", "standard"),
)
"""The statuses of those kinds; after them comes one for each package and rule that includes something."""
POSSIBLE = bytes((UNAVAILABLE, REQUIRED, UNAVAILABLE, AVAILABLE)).ljust(256, b"\0")
"""The kind that the bits of a relaxed domain make of an option that is not on the car yet."""
CONTRADICTION = bytes((UNAVAILABLE, AVAILABLE, UNAVAILABLE, AVAILABLE)).ljust(256, b"\0")
"""As `POSSIBLE`, where no car has the choices: then nothing is on every such car."""
ONE_BYTE = 256


class StatusMap(Mapping[str, Status]):
    """Code -> status, in the model's order: one byte a code, turned into names when somebody reads them all."""

    __slots__ = ("_all", "_kinds", "_number", "_says")

    def __init__(
        self, kinds: Sequence[int], number: Mapping[str, int], says: tuple[Status, ...]
    ) -> None:
        """`kinds[number[code]]` is the place of the status in `says`."""
        self._kinds = kinds
        self._number = number
        self._says = says
        self._all: dict[str, Status] | None = None

    def __getitem__(self, code: str) -> Status:
        return self._says[self._kinds[self._number[code]]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._number)

    def __len__(self) -> int:
        return len(self._number)

    def __repr__(self) -> str:
        return repr(self._whole())

    def items(self) -> ItemsView[str, Status]:
        """Codes with their statuses."""
        return self._whole().items()

    def values(self) -> ValuesView[Status]:
        """The statuses."""
        return self._whole().values()

    def _whole(self) -> dict[str, Status]:
        if self._all is None:
            says = map(self._says.__getitem__, self._kinds[1:])
            self._all = dict(zip(self._number, says, strict=True))
        return self._all


class Statuses:
    """The statuses of one blueprint; safe to share between threads."""

    def __init__(self, plan: Blueprint) -> None:
        """Prepares what every trim has, and a status for everything that can include something."""
        self._number = plan.bits.number
        sources = [code for code, option in plan.options.items() if option.contains]
        sources += [rule.code for rule in plan.including]
        self._says = (*PLAIN, *(Status("included", source) for source in sources))
        self._row: Callable[[bytes], MutableSequence[int]] = (
            bytearray if len(self._says) <= ONE_BYTE else list
        )
        self._kind_of = {source: len(PLAIN) + at for at, source in enumerate(sources)}
        self._always = {
            trim: tuple(self._number[code] for code in codes) for trim, codes in plan.always.items()
        }
        self._standard = {
            trim: tuple(
                (plan.bits.bit[code], self._number[code])
                for code, mark in marks.items()
                if mark == "S" and code not in plan.always[trim]
            )
            for trim, marks in plan.marks.items()
        }
        self._trim_number = {trim.code: self._number[trim.atom] for trim in plan.model.trims}

    def read(self, closure: Closure, clicked: Iterable[int], bits: bytes) -> StatusMap:
        """The status of every trim and option; `bits` is `Engine.relaxed` of the clicked variables."""
        trim, on = closure.trim, closure.on
        possible = bits[self._trim_number[trim]] & TRUE
        kinds = self._row(bits.translate(POSSIBLE if possible else CONTRADICTION))
        for bit, number in self._standard[trim]:
            # what a trim merely starts with may be impossible beside choices that are not complete yet
            if on & bit and bits[number] & TRUE:
                kinds[number] = STANDARD
        for code, source in closure.sources.items():
            kinds[self._number[code]] = self._kind_of[source]
        for number in self._always[trim]:
            kinds[number] = STANDARD
        for number in clicked:
            kinds[number] = SELECTED
        return StatusMap(kinds, self._number, self._says)
