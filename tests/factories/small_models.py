"""Small random models for hypothesis, and an obviously right enumerator of their cars.

The enumerator walks every set of trims and options and checks each part of the model by the catalogue's prose. It shares
no code with the engine: formulas are nested tuples here and text there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from hypothesis import strategies as st

from catalog.domain.catalogue import (
    Catalogue,
    Group,
    Model,
    Option,
    PriceBook,
    PriceRow,
    Rule,
    Trim,
)
from catalog.domain.incentives import read_incentives
from catalog.domain.law import Law
from catalog.domain.net_prices import NetPrices
from catalog.domain.pricer import Offers
from catalog.domain.pricing import PriceList
from catalog.domain.terms import Terms

DAY = date(2026, 11, 22)
MARKET = "CN"
BOOK = PriceBook("book", MARKET, "CNY", datetime(2026, 1, 1, tzinfo=UTC), None)
TEXT = {"zh-hans": "字", "en": "word"}
TRIMS = ("base", "top")
ATOMS = tuple(f"trim:{trim}" for trim in TRIMS)
GROUPS = {"paint": ("p1", "p2", "p3"), "seat": ("s1", "s2")}
EXTRAS = ("x1", "x2", "x3", "x4")
OPTIONS = (*GROUPS["paint"], *GROUPS["seat"], *EXTRAS)

Formula = Any
"""A code, ("not", f), ("and", f, g), ("or", f, g), or a count as ("at most", 2, codes)."""
COUNTS = ("exactly", "at most", "at least")
COUNTING = ("exactly", "at_most", "at_least")
Car = frozenset[str]


def text_of(formula: Formula) -> str:
    """The formula in the rule language."""
    if isinstance(formula, str):
        return formula
    if formula[0] == "not":
        return f"not ({text_of(formula[1])})"
    if formula[0] in COUNTS:
        return f"{formula[0]} {formula[1]} of ({', '.join(formula[2])})"
    return f"({text_of(formula[1])}) {formula[0]} ({text_of(formula[2])})"


def true_of(formula: Formula, car: Car) -> bool:
    """Whether the formula is true of the car."""
    if isinstance(formula, str):
        return formula in car
    if formula[0] == "not":
        return not true_of(formula[1], car)
    if formula[0] in COUNTS:
        number = sum(code in car for code in formula[2])
        enough, too_many = bool(number >= formula[1]), bool(number > formula[1])
        if formula[0] == "exactly":
            return enough and not too_many
        return enough if formula[0] == "at least" else not too_many
    left, right = true_of(formula[1], car), true_of(formula[2], car)
    return (left and right) if formula[0] == "and" else (left or right)


def _one_of(members: Collection[str], car: Car) -> bool:
    return sum(code in car for code in members) == 1


def _if_then_all(code: str, inside: frozenset[str], car: Car) -> bool:
    return code not in car or inside <= car


def _without(code: str, car: Car) -> bool:
    return code not in car


def _standard(code: str, trims: frozenset[str], car: Car) -> bool:
    return code in car or not (trims & car)


def _not_with(code: str, others: frozenset[str], car: Car) -> bool:
    return code not in car or not (others & car)


@dataclass(frozen=True)
class SmallRule:
    """A rule as formulas."""

    kind: str
    when: Formula | None = None
    then: Formula | None = None
    codes: tuple[str, ...] = ()
    count: int = 0
    trims: tuple[str, ...] = ()

    def authored(self, code: str) -> Rule:
        """The rule as a marketer would have written it."""
        demand = text_of(self.then) if self.then is not None else None
        return Rule(
            code=code,
            kind=self.kind,
            text=TEXT,
            when=text_of(self.when) if self.when is not None else None,
            then=demand if self.kind == "requires" else None,
            must=demand if self.kind == "boolean" else None,
            excluded=self.codes if self.kind == "excludes" else (),
            adds=self.codes if self.kind == "includes" else (),
            count=self.count if self.kind in COUNTING else None,
            of=self.codes if self.kind in COUNTING else (),
            trims=self.trims,
        )

    def fires(self, car: Car) -> bool:
        """Whether the rule says anything about this car."""
        of_trim = not self.trims or any(f"trim:{trim}" in car for trim in self.trims)
        return of_trim and (self.when is None or true_of(self.when, car))

    def kept(self, car: Car) -> bool:
        """Whether the car obeys the rule."""
        if not self.fires(car):
            return True
        number = sum(code in car for code in self.codes)
        return {
            "requires": lambda: true_of(self.then, car),
            "boolean": lambda: true_of(self.then, car),
            "excludes": lambda: number == 0,
            "includes": lambda: number == len(self.codes),
            "exactly": lambda: number == self.count,
            "at_most": lambda: number <= self.count,
            "at_least": lambda: number >= self.count,
        }[self.kind]()


@dataclass(frozen=True)
class SmallOffer:
    """Money off every car, off every car with `option`, or (`capped`) off the price of `option`; `alone` excludes others."""

    amount: int
    option: str = ""
    capped: bool = False
    alone: bool = False

    def row(self, place: int) -> dict[str, Any]:
        """The offer as a release holds it."""
        bonus = {"kind": "option_bonus", "models": ["small"], "amount": self.amount}
        money = {"kind": "price_bonus", "models": {"small": self.amount}}
        return (bonus if self.capped else money) | {
            "code": f"offer-{place}",
            "market": MARKET,
            "option": self.option,
            "from": "2026-01-01",
            "stack": not self.alone,
            "name": TEXT,
        }


@dataclass(frozen=True)
class Small:
    """A small model: `marks` trim -> option -> S or O; `contents` of packages; `prices` as rows; `offers` of the day."""

    marks: dict[str, dict[str, str]]
    contents: dict[str, tuple[str, ...]]
    rules: tuple[SmallRule, ...]
    prices: tuple[tuple[str, str, Formula | None, int], ...]
    offers: tuple[SmallOffer, ...] = ()
    cars_: list[Car] = field(default_factory=list)

    def model(self) -> Model:
        """The model as the domain reads it."""
        groups = {code: group for group, members in GROUPS.items() for code in members}
        return Model(
            code="small",
            name=TEXT,
            line=TEXT,
            body=TEXT,
            segment="small",
            vin_letter="S",
            model_years=(),
            dimensions_mm={},
            battery_steps=(),
            trims=tuple(Trim(trim, TEXT, TEXT, "1", {}) for trim in TRIMS),
            groups=(*(Group(code, TEXT, "one") for code in GROUPS), Group("extra", TEXT, "any")),
            options=tuple(
                Option(o, groups.get(o, "extra"), TEXT, TEXT, contains=self.contents.get(o, ()))
                for o in OPTIONS
            ),
            availability={MARKET: self.marks},
            rules=tuple(rule.authored(f"r{place}") for place, rule in enumerate(self.rules)),
            prices=tuple(
                PriceRow(
                    "book",
                    "trim" if code.startswith("trim:") else "option",
                    code.removeprefix("trim:"),
                    trim,
                    text_of(when) if when is not None else None,
                    amount,
                )
                for code, trim, when, amount in self.prices
            ),
            lead_times=(),
            reference_cars=(),
        )

    def price_list(self) -> PriceList:
        """The prices as the domain reads them."""
        catalogue = Catalogue(
            code="R",
            fingerprint="f",
            brand={},
            markets={},
            price_books=(BOOK,),
            models={},
            deposit_policies=(),
            order_policies=(),
            payment_methods=(),
            lenders=(),
            finance_products=(),
            insurers=(),
            insurance_products=(),
            premiums=(),
            services=(),
            incentives=(),
            places=(),
            law=Law(()),
            pictures={},
        )
        return PriceList(self.model(), MARKET, BOOK, catalogue)

    def net_prices(self) -> NetPrices:
        """The prices after offers as the domain works them out."""
        rows = [offer.row(place) for place, offer in enumerate(self.offers)]
        terms = Terms(day=DAY, law=Law(()), incentives=read_incentives(rows, MARKET))
        return NetPrices(self.price_list(), Offers("small", terms))

    def parts(self) -> dict[str, Callable[[Car], bool]]:
        """Every rule and piece of structure by the name a conflict gives it."""
        parts: dict[str, Callable[[Car], bool]] = {}
        for group, members in {"trim": ATOMS, **GROUPS}.items():
            parts[f"group:{group}"] = partial(_one_of, members)
        for code, inside in self.contents.items():
            parts[f"contents:{code}"] = partial(_if_then_all, code, frozenset(inside))
        for code in OPTIONS:
            missing = {f"trim:{t}" for t in TRIMS if code not in self.marks[t]}
            if len(missing) == len(TRIMS):
                parts[f"availability:{code}"] = partial(_without, code)
            elif missing:
                parts[f"availability:{code}"] = partial(_not_with, code, frozenset(missing))
            always = {f"trim:{t}" for t in TRIMS if self.marks[t].get(code) == "S"}
            if always and code in EXTRAS:
                parts[f"standard:{code}"] = partial(_standard, code, frozenset(always))
        for place, rule in enumerate(self.rules):
            parts[f"r{place}"] = rule.kept
        return parts

    def cars(self) -> list[Car]:
        """Every buildable car."""
        if not self.cars_:
            parts = list(self.parts().values())
            self.cars_.extend(car for car in everything() if all(part(car) for part in parts))
        return self.cars_

    def price(self, car: Car) -> int:
        """The price after offers by the prose of docs/rules/incentives.md."""
        charges = self.charges(car)
        left = dict(charges)
        for offer in self.offers:
            if offer.capped and not offer.alone and offer.option in left:
                left[offer.option] -= min(offer.amount, left[offer.option])
        off = sum(charges.values()) - sum(left.values())
        off += sum(
            offer.amount
            for offer in self.offers
            if not offer.alone and not offer.capped and (not offer.option or offer.option in car)
        )
        rivals = [
            min(offer.amount, left.get(offer.option, 0))
            if offer.capped
            else offer.amount * (not offer.option or offer.option in car)
            for offer in self.offers
            if offer.alone
        ]
        return sum(charges.values()) - off - max(rivals, default=0)

    def charges(self, car: Car) -> dict[str, int]:
        """What each code is charged on the list, by the catalogue's prose."""
        trim = next(atom for atom in car if atom.startswith("trim:"))
        charges = {trim: self.row(trim, trim, car)}
        for code in car - set(ATOMS):
            packed = any(
                code in inside for package, inside in self.contents.items() if package in car
            )
            given = any(
                rule.kind == "includes" and code in rule.codes and rule.fires(car)
                for rule in self.rules
            )
            if self.marks[trim.removeprefix("trim:")].get(code) != "S" and not packed and not given:
                charges[code] = self.row(code, trim, car)
        return charges

    def row(self, code: str, trim: str, car: Car) -> int:
        """The lowest row that applies."""
        return min(
            amount
            for listed, where, when, amount in self.prices
            if listed == code
            and where in ("*", trim.removeprefix("trim:"))
            and (when is None or true_of(when, car))
        )


def everything() -> Iterator[Car]:
    """Every set of trims and options, sensible or not."""
    codes = (*ATOMS, *OPTIONS)
    for size in range(len(codes) + 1):
        for some in itertools.combinations(codes, size):
            yield frozenset(some)


def formulas(depth: int = 2) -> st.SearchStrategy[Formula]:
    """Random formulas over trims and options."""
    atoms: st.SearchStrategy[Formula] = st.sampled_from((*OPTIONS, *ATOMS))
    if depth == 0:
        return atoms
    inner = formulas(depth - 1)
    return st.one_of(
        atoms,
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(("and", "or")), inner, inner),
        st.tuples(st.sampled_from(COUNTS), st.integers(0, 2), some_codes(2, 4)),
    )


def some_codes(least: int, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    """A few different options."""
    return st.lists(st.sampled_from(OPTIONS), min_size=least, max_size=most, unique=True).map(tuple)


@st.composite
def small_rules(draw: Callable[[Any], Any]) -> SmallRule:
    """A random rule of any kind that can break."""
    kind = draw(
        st.sampled_from(("requires", "requires", "excludes", "includes", *COUNTING, "boolean"))
    )
    trims = draw(st.sampled_from(((), (), (), ("base",), TRIMS)))
    counted = kind in COUNTING
    when = None
    if kind == "includes":
        # a condition that more options cannot undo, as the catalogue format asks for
        when = draw(st.sampled_from(EXTRAS))
    elif kind != "boolean" and not (counted and draw(st.booleans())):
        when = draw(formulas(1))
    return SmallRule(
        kind=kind,
        when=when,
        then=draw(formulas(2)) if kind in ("requires", "boolean") else None,
        codes=draw(some_codes(2, 4) if counted else some_codes(1, 2))
        if kind not in ("requires", "boolean")
        else (),
        count=draw(st.integers(0, 2)) if counted else 0,
        trims=trims,
    )


@st.composite
def small_models(draw: Callable[[Any], Any]) -> Small:
    """A random small model with packages, rules, and prices some of which have conditions."""
    marks: dict[str, dict[str, str]] = {}
    for trim in TRIMS:
        marks[trim] = {}
        for members in GROUPS.values():
            usual = draw(st.sampled_from((*members, None)))
            for code in members:
                mark = "S" if code == usual else draw(st.sampled_from("OON"))
                marks[trim] |= {} if mark == "N" else {code: mark}
        for code in EXTRAS:
            mark = draw(st.sampled_from("OOOONS"))
            marks[trim] |= {} if mark == "N" else {code: mark}
    contents = {}
    if draw(st.booleans()):
        inside = draw(some_codes(1, 3).filter(lambda codes: "x4" not in codes))
        contents["x4"] = inside
    rules = tuple(draw(st.lists(small_rules(), min_size=0, max_size=5)))
    amounts = st.sampled_from((0, 100, 200, 300, 500, 900))
    prices: list[tuple[str, str, Formula | None, int]] = []
    for code in (*ATOMS, *OPTIONS):
        prices.append((code, "*", None, draw(amounts)))
        for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
            prices.append(
                (code, draw(st.sampled_from(("*", "top"))), draw(formulas(1)), draw(amounts))
            )
    return Small(marks, contents, rules, tuple(prices), tuple(draw(small_offers())))


@st.composite
def small_offers(draw: Callable[[Any], Any]) -> list[SmallOffer]:
    """A few offers of the day, often none; two on one option, and some that exclude each other, among them."""
    options = st.sampled_from(("x1", "x2", "x4", *OPTIONS))
    offer = st.one_of(
        st.builds(SmallOffer, st.sampled_from((50, 200)), alone=st.booleans()),
        st.builds(SmallOffer, st.sampled_from((50, 200)), options, alone=st.booleans()),
        st.builds(
            SmallOffer, st.sampled_from((50, 150, 250, 1000)), options, st.just(True), st.booleans()
        ),
    )
    return list(draw(st.one_of(st.just([]), st.lists(offer, min_size=1, max_size=4))))


def having(cars: Iterable[Car], codes: Iterable[str]) -> list[Car]:
    """The cars that have all these codes."""
    wanted = set(codes)
    return [car for car in cars if wanted <= car]
