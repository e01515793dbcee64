"""How choices become a car: the closure of what was clicked, and what is wrong with it.

1. Start from what was clicked and what the trim always has. 2. Add the contents of chosen packages and what
`includes` rules add, until nothing is added. 3. In each `one` group without a choice take its standard option, and
repeat 2. The car is valid if nothing on it cannot be had, each `one` group has exactly one option, all contents are
there and every rule holds. No solver is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from catalog.domain.catalogue import TRIM_PREFIX, Model, Option
from catalog.domain.configuration.masks import Bits, MaskedRule
from catalog.domain.configuration.rules import active_rules
from catalog.errors import MarketNotOnSale, NotBuildable, UnknownOption
from kernel.text import Text

REMEMBERED = 1024
"""So many closures of a blueprint are kept."""


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
    mask: int = field(default=0, repr=False, compare=False)
    """The options and the trim as bits of the blueprint; says nothing that the other fields do not say."""

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


@dataclass(frozen=True, slots=True)
class Closure:
    """A car as bits: `on` are trim and options; `sources` says for what packages and rules add who added it first."""

    trim: str
    on: int
    sources: Mapping[str, str]


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
        self.bits = Bits(tuple(self.order))
        self._closed: dict[int, Closure] = {}
        self._prepare()

    def _prepare(self) -> None:
        """Everything that closing and checking a car looks at, as masks."""
        bits = self.bits
        self._trim_of = {bits.bit[trim.atom]: trim.code for trim in self.model.trims}
        self.all_trims = sum(self._trim_of)
        """Every trim, as bits."""
        self.always_on = {trim: bits.mask(codes) for trim, codes in self.always.items()}
        """Trim -> what every car of it has, as bits."""
        self._offered = {trim: bits.mask(marks) for trim, marks in self.marks.items()}
        self.standard = {
            trim: bits.mask(code for code, mark in marks.items() if mark == "S")
            for trim, marks in self.marks.items()
        }
        """Trim -> what it starts with, as bits."""
        self._groups = {code: bits.mask(members) for code, members in self.one_groups.items()}
        self._packages = tuple(
            (bits.bit[code], (code, option.contains, bits.mask(option.contains)))
            for code, option in self.options.items()
            if option.contains
        )
        self._any_package = sum(package[0] for package in self._packages)
        self._binding = tuple(MaskedRule(rule, bits) for rule in self.binding)
        self._including = tuple(
            (MaskedRule(rule, bits), (rule.code, rule.rule.adds, bits.mask(rule.rule.adds)))
            for rule in self.including
        )
        self._siblings = {
            code: members for members in self.one_groups.values() for code in members
        } | {trim.atom: tuple(one.atom for one in self.model.trims) for trim in self.model.trims}

    def siblings(self, code: str) -> tuple[str, ...]:
        """What cannot be on a car together with `code`: the trims, or its `one` group; itself among them."""
        return self._siblings.get(code) or (code,)

    def check_known(self, codes: Iterable[str]) -> None:
        """Raises UnknownOption naming every code that is no option or trim of the model."""
        unknown = sorted({code for code in codes if code not in self.order})
        if unknown:
            raise UnknownOption(
                f"{self.model.code} has no {', '.join(unknown)}", facts={"codes": unknown}
            )

    def closure(self, clicked: Collection[str]) -> Closure:
        """The car of these choices as bits; raises UnknownOption, NotBuildable without exactly one trim.

        Closures are remembered: an answer closes the same choices more than once, and buyers start from the same cars.
        """
        clicks, bit = 0, self.bits.bit
        for code in clicked:
            clicks |= bit.get(code, 1)
        found = self._closed.get(clicks)
        if found is None:
            if clicks & 1:
                self.check_known(clicked)
            found = self._closure(clicks)
            if len(self._closed) >= REMEMBERED:
                self._closed.clear()
            self._closed[clicks] = found
        return found

    def _closure(self, on: int) -> Closure:
        trim = self._trim_of.get(on & self.all_trims)
        if trim is None:
            raise NotBuildable(
                "a car is of exactly one trim", facts={"violations": [{"structure": "group:trim"}]}
            )
        sources: dict[str, str] = {}
        on = self._spread(on | self.always_on[trim], sources)
        settled = on | self._defaults(trim, on)
        return Closure(trim, self._spread(settled, sources) if settled != on else on, sources)

    def close(self, choices: Iterable[str]) -> Car:
        """The car of these choices, valid or not; raises UnknownOption, NotBuildable without exactly one trim."""
        clicked = tuple(dict.fromkeys(choices))
        return self.car_of(self.closure(clicked), clicked)

    def offered(self, choices: Iterable[str]) -> Car:
        """The car of those choices that the trim can have: what an unbuildable state is priced as."""
        clicked = tuple(choices)
        trim = next(code for code in clicked if code.startswith(TRIM_PREFIX))
        marks = self.marks[trim.removeprefix(TRIM_PREFIX)]
        return self.close(code for code in clicked if code == trim or code in marks)

    def _defaults(self, trim: str, on: int) -> int:
        """The standard options of the `one` groups of which nothing is on the car yet."""
        added, standard = 0, self.standard[trim]
        for members in self._groups.values():
            if not on & members:
                added |= standard & members
        return added

    def _spread(self, on: int, sources: dict[str, str]) -> int:
        """What contents and `includes` rules add until nothing is added."""
        before = 0
        while before != on:
            before = on
            for code, contents, mask in self._adding(before):
                on |= mask
                for part in contents:
                    sources.setdefault(part, code)
        return on

    def _adding(self, on: int) -> list[tuple[str, tuple[str, ...], int]]:
        """The packages on the car and the rules that add something to it: (code, what, what as bits)."""
        found: list[tuple[str, tuple[str, ...], int]] = []
        if on & self._any_package:
            found += [added for bit, added in self._packages if on & bit]
        found += [added for rule, added in self._including if on & rule.wakes and rule.speaks(on)]
        return found

    def free(self, closure: Closure) -> tuple[int, int]:
        """What is on the car without a click of its own, as bits: what packages and rules bring, what is standard."""
        trim = closure.trim
        brought = self.bits.mask(closure.sources) & ~self.always_on[trim] if closure.sources else 0
        return brought, closure.on & self.standard[trim] & ~brought

    def car_of(self, closure: Closure, clicked: tuple[str, ...]) -> Car:
        """The closed car with its parts by name."""
        bits, sources = self.bits, closure.sources
        on = closure.on & ~self.all_trims
        brought, standard = self.free(closure)
        by = dict.fromkeys(bits.codes(standard), "standard")
        if brought:
            by = {code: by.get(code) or sources[code] for code in bits.codes(standard | brought)}
        return Car(
            model=self.model.code,
            market=self.market,
            trim=closure.trim,
            choices=clicked,
            options=frozenset(bits.codes(on)),
            chosen=bits.codes(on & ~standard & ~brought),
            included=bits.codes(brought),
            standard=bits.codes(standard),
            by=by,
            mask=closure.on,
        )

    def mask_of(self, car: Car) -> int:
        """The trim and the options of a car as bits."""
        return car.mask or self.bits.mask(car.atoms)

    def buildable(self, on: int, trim: str) -> bool:
        """Whether nothing keeps the car of these bits from being built."""
        if on & ~self._offered[trim] & ~self.all_trims:
            return False
        if any((on & members).bit_count() != 1 for members in self._groups.values()):
            return False
        return all(not on & rule.wakes or rule.kept(on) for rule in self._binding)

    def violations(self, car: Car) -> tuple[Violation, ...]:
        """Everything that keeps the car from being built; empty for a buildable car."""
        on = self.mask_of(car)
        if self.buildable(on, car.trim):
            return ()
        foreign = self.bits.codes(on & ~self._offered[car.trim] & ~self.all_trims)
        structure = [f"availability:{code}" for code in foreign]
        structure += [
            f"group:{group}"
            for group, members in self._groups.items()
            if (on & members).bit_count() != 1
        ]
        broken = [one.rule for one in self._binding if not one.kept(on)]
        return tuple(
            [Violation(None, None, part) for part in structure]
            + [Violation(rule.code, rule.rule.text, None) for rule in broken]
        )
