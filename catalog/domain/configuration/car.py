"""How choices become a car: the closure of what was clicked, and what is wrong with it.

1. Start from what was clicked and what the trim always has. 2. Add the contents of chosen packages and what
`includes` rules add, until nothing is added. 3. In each `one` group without a choice take its standard option, and
repeat 2. The car is valid if nothing on it cannot be had, each `one` group has exactly one option, all contents are
there and every rule holds. No solver is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from catalog.domain.catalogue import TRIM_PREFIX, Model, Option
from catalog.domain.configuration.rules import active_rules
from catalog.errors import MarketNotOnSale, NotBuildable, UnknownOption
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class Car:
    """A finished car. `options` are all on it; `chosen`, `included` and `standard` part them, packages among `chosen`.

    `by` says where each included or standard option comes from: a package or rule code, or `standard`.
    """

    model: str
    market: str
    trim: str
    choices: tuple[str, ...]
    options: frozenset[str]
    chosen: tuple[str, ...]
    included: tuple[str, ...]
    standard: tuple[str, ...]
    by: Mapping[str, str]

    @property
    def atoms(self) -> frozenset[str]:
        """The options and the trim's atom: what expressions look at."""
        return self.options | {TRIM_PREFIX + self.trim}


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a car cannot be built: a broken rule by `code` with its text, or a `structure` such as `group:wheels`."""

    code: str | None
    text: Text | None
    structure: str | None

    def facts(self) -> dict[str, object]:
        """As JSON: `{code, text}` or `{structure}`."""
        if self.structure is not None:
            return {"structure": self.structure}
        return {"code": self.code, "text": dict(self.text or {})}


class Blueprint:
    """Model, market and day, prepared for closing choices: what each trim has and which rules speak."""

    def __init__(self, model: Model, market: str, day: date) -> None:
        """Raises MarketNotOnSale where no trim has any option there; RuleError, ExpressionError for bad rules."""
        if not model.availability.get(market):
            raise MarketNotOnSale(
                f"{model.code} is not offered in market {market!r}", facts={"market": market}
            )
        self.model = model
        self.market = market
        self.day = day
        self.rules = active_rules(model, market, day)
        self.binding = tuple(rule for rule in self.rules if rule.rule.kind != "lead")
        self.leads = tuple(rule for rule in self.rules if rule.rule.kind == "lead")
        self.including = tuple(rule for rule in self.rules if rule.rule.kind == "includes")
        self.options: dict[str, Option] = {option.code: option for option in model.options}
        self.order = {
            code: place
            for place, code in enumerate(
                [*(t.atom for t in model.trims), *(o.code for o in model.options)]
            )
        }
        self.one_groups = {
            group.code: tuple(o.code for o in model.options if o.group == group.code)
            for group in model.groups
            if group.choose == "one"
        }
        table = model.availability[market]
        self.marks: dict[str, Mapping[str, str]] = {
            t.code: table.get(t.code, {}) for t in model.trims
        }
        self.always = {
            trim: frozenset(
                code
                for code, mark in marks.items()
                if mark == "S" and self.options[code].group not in self.one_groups
            )
            for trim, marks in self.marks.items()
        }

    def siblings(self, code: str) -> tuple[str, ...]:
        """What cannot be on a car together with `code`: the trims, or its `one` group; itself among them."""
        if code.startswith(TRIM_PREFIX):
            return tuple(trim.atom for trim in self.model.trims)
        return self.one_groups.get(self.options[code].group, (code,))

    def check_known(self, codes: Iterable[str]) -> None:
        """Raises UnknownOption naming every code that is no option or trim of the model."""
        unknown = sorted({code for code in codes if code not in self.order})
        if unknown:
            raise UnknownOption(
                f"{self.model.code} has no {', '.join(unknown)}", facts={"codes": unknown}
            )

    def close(self, choices: Iterable[str]) -> Car:
        """The car of these choices, valid or not; raises UnknownOption, NotBuildable without exactly one trim."""
        clicked = tuple(dict.fromkeys(choices))
        self.check_known(clicked)
        trims = [code for code in clicked if code.startswith(TRIM_PREFIX)]
        if len(trims) != 1:
            raise NotBuildable(
                "a car is of exactly one trim", facts={"violations": [{"structure": "group:trim"}]}
            )
        trim = trims[0].removeprefix(TRIM_PREFIX)
        sources: dict[str, str] = {}
        on_car = {trims[0], *clicked, *self.always[trim]}
        self._spread(on_car, sources)
        on_car.update(self._defaults(trim, on_car))
        self._spread(on_car, sources)
        return self._car(trim, clicked, on_car, sources)

    def offered(self, choices: Iterable[str]) -> Car:
        """The car of those choices that the trim can have: what an unbuildable state is priced as."""
        clicked = tuple(choices)
        trim = next(code for code in clicked if code.startswith(TRIM_PREFIX))
        marks = self.marks[trim.removeprefix(TRIM_PREFIX)]
        return self.close(code for code in clicked if code == trim or code in marks)

    def _defaults(self, trim: str, on_car: AbstractSet[str]) -> list[str]:
        marks = self.marks[trim]
        return [
            code
            for members in self.one_groups.values()
            if on_car.isdisjoint(members)
            for code in members
            if marks.get(code) == "S"
        ]

    def _spread(self, on_car: set[str], sources: dict[str, str]) -> None:
        growing = True
        while growing:
            size = len(on_car)
            for source, added in self._additions(on_car):
                for code in added:
                    sources.setdefault(code, source)
                    on_car.add(code)
            growing = len(on_car) > size

    def _additions(self, on_car: AbstractSet[str]) -> list[tuple[str, tuple[str, ...]]]:
        packages = [
            (code, self.options[code].contains)
            for code in sorted(on_car & self.options.keys(), key=self.order.__getitem__)
            if self.options[code].contains
        ]
        return packages + [
            (rule.code, rule.rule.adds) for rule in self.including if rule.speaks(on_car)
        ]

    def _car(
        self, trim: str, clicked: tuple[str, ...], on_car: set[str], sources: Mapping[str, str]
    ) -> Car:
        options = sorted(on_car & self.options.keys(), key=self.order.__getitem__)
        by: dict[str, str] = {}
        for code in options:
            if code not in self.always[trim] and code in sources:
                by[code] = sources[code]
            elif self.marks[trim].get(code) == "S":
                by[code] = "standard"
        return Car(
            model=self.model.code,
            market=self.market,
            trim=trim,
            choices=clicked,
            options=frozenset(options),
            chosen=tuple(code for code in options if code not in by),
            included=tuple(code for code in options if by.get(code, "standard") != "standard"),
            standard=tuple(code for code in options if by.get(code) == "standard"),
            by=by,
        )

    def violations(self, car: Car) -> tuple[Violation, ...]:
        """Everything that keeps the car from being built; empty for a buildable car."""
        marks = self.marks[car.trim]
        structure = [f"availability:{c}" for c in self.order if c in car.options and c not in marks]
        structure += [
            f"group:{group}"
            for group, members in self.one_groups.items()
            if sum(code in car.options for code in members) != 1
        ]
        atoms = car.atoms
        broken = [rule for rule in self.binding if not rule.kept(atoms)]
        return tuple(
            [Violation(None, None, part) for part in structure]
            + [Violation(rule.code, rule.rule.text, None) for rule in broken]
        )
