"""What can be built: contradictory rules, empty trims, options no car has, options every car has.

Exact: whatever combination of rules and structure causes it, on whichever day from now on. Each finding carries a minimal
set of reasons, and the days where it does not hold on all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from catalog.domain.catalogue import Trim
from catalog.services.releases_checking_stretches import Stretches
from catalog.services.releases_checking_words import (
    WARNING,
    Finding,
    Speech,
    listed,
    place,
    plain,
    say,
)
from kernel.text import Text

Runs = list[tuple[date, date | None]] | None
Key = tuple[str, str, tuple[str, ...]]
"""Trim, option, reasons."""


def buildable(found: Stretches) -> Iterator[Finding]:
    """Everything about what can be built, for one model in one market."""
    check = _Check(found)
    yield from check.bare()
    yield from check.contradictions()
    yield from check.empty_trims()
    yield from check.dead_options()
    yield from check.forced_options()


def days_in_words(runs: Runs) -> Text:
    """`2027-01-01 – 2027-03-01`, `from 2027-03-01`; empty for every day."""
    parts = []
    for since, until in runs or ():
        open_end = {"zh-hans": f"{since} 起", "en": f"from {since}"}
        parts.append(open_end if until is None else plain(f"{since} – {until}"))
    return listed(parts, {"zh-hans": "、", "en": ", "})


class _Check:
    """One model in one market."""

    def __init__(self, found: Stretches) -> None:
        self.found = found
        self.subject = found.subject
        self.speech: Speech = found.subject.speech
        marks = found.subject.model.availability[found.subject.market.code]
        self.trims = [trim for trim in found.subject.model.trims if marks.get(trim.code)]

    def where(self, trims: Iterable[Trim] = (), runs: Runs = None) -> Text:
        """The model in the market, the trims, the days; without what goes without saying."""
        names = listed([trim.name for trim in trims], {"zh-hans": "、", "en": ", "})
        parts = [part for part in (names, days_in_words(runs)) if part["en"]]
        return place(self.speech.where, *parts)

    def bare(self) -> Iterator[Finding]:
        """Trims on which nothing is available."""
        for trim in self.subject.model.trims:
            if trim not in self.trims:
                yield say(self.subject.level, "bare-trim", self.where([trim]))

    def contradictions(self) -> Iterator[Finding]:
        """Days on which no car of any trim exists."""
        cores: dict[tuple[str, ...], list[int]] = {}
        for at, stretch in enumerate(self.found.all):
            if stretch.contradictory:
                cores.setdefault(stretch.why(), []).append(at)
        for core, places in cores.items():
            gaps = {"why": self.speech.parts(core)}
            where = self.where(runs=self.found.span(places))
            yield say(self.subject.level, "contradiction", where, gaps)

    def empty_trims(self) -> Iterator[Finding]:
        """Trims without a car, on days on which others have one."""
        seen: dict[Key, list[int]] = {}
        for at, stretch in enumerate(self.found.all):
            for trim in [] if stretch.contradictory else self.trims:
                if stretch.empty(trim):
                    seen.setdefault((trim.code, "", stretch.why([trim.atom])), []).append(at)
        yield from self._told("empty-trim", self.subject.level, seen)

    def dead_options(self) -> Iterator[Finding]:
        """Options offered that cannot be had: by no car ever, or not on these trims or days."""
        dead: dict[str, dict[str, list[int]]] = {}
        could: dict[str, int] = {}
        for at, stretch in enumerate(self.found.all):
            for trim in self.trims:
                if stretch.empty(trim):
                    continue
                for code in stretch.plan.marks[trim.code]:
                    could[code] = could.get(code, 0) + 1
                for code in stretch.dead(trim):
                    dead.setdefault(code, {}).setdefault(trim.code, []).append(at)
        for code, by_trim in dead.items():
            if sum(map(len, by_trim.values())) == could[code]:
                yield self._never(code)
            else:
                yield from self._lost(code, by_trim)

    def _never(self, code: str) -> Finding:
        stretch = next(s for s in self.found.all if not s.contradictory)
        gaps = {
            "option": self.speech.option(code),
            "why": self.speech.parts(stretch.why([code])),
        }
        return say(self.subject.level, "dead-option", self.where(), gaps)

    def _lost(self, code: str, by_trim: dict[str, list[int]]) -> Iterator[Finding]:
        seen: dict[Key, list[int]] = {}
        for trim in self.trims:
            for at in by_trim.get(trim.code, ()):
                why = self.found.all[at].why([trim.atom, code])
                seen.setdefault((trim.code, code, why), []).append(at)
        yield from self._told("dead-on-trim", WARNING, seen)

    def forced_options(self) -> Iterator[Finding]:
        """Options offered for choice that every car of the trim has."""
        seen: dict[Key, list[int]] = {}
        for at, stretch in enumerate(self.found.all):
            for trim in self.trims:
                for code in [] if stretch.empty(trim) else stretch.forced(trim):
                    why = stretch.why([trim.atom], [code])
                    seen.setdefault((trim.code, code, why), []).append(at)
        yield from self._told("option-in-every-car", WARNING, seen)

    def _told(self, check: str, level: str, seen: dict[Key, list[int]]) -> Iterator[Finding]:
        """One finding for trims that share option, reasons and days."""
        shared: dict[tuple[str, tuple[str, ...], tuple[int, ...]], list[Trim]] = {}
        for (trim, option, why), places in seen.items():
            key = (option, why, tuple(places))
            shared.setdefault(key, []).append(self.subject.model.trim(trim))
        for (option, why, at), trims in shared.items():
            gaps = {"why": self.speech.parts(why)}
            if option:
                gaps["option"] = self.speech.option(option)
            yield say(level, check, self.where(trims, self.found.span(at)), gaps)
