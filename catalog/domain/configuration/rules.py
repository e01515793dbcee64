"""The rules of one model that speak in one market on one day, read and checked.

A rule is silent outside its scope. Inside it holds or is broken; `lead` rules never break, they add days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from catalog.domain.catalogue import Model, Rule
from catalog.domain.configuration.expression import (
    Expression,
    codes,
    counted,
    days,
    holds,
    parse,
    settled,
)
from catalog.errors import ExpressionError, RuleError

COUNTS = {"exactly": "exactly", "at_most": "at most", "at_least": "at least"}
"""Kinds of rules that count, and how the language says them."""
NEEDS = {
    "requires": ("if", "then"),
    "excludes": ("if", "not"),
    "includes": ("if", "adds"),
    "exactly": ("count", "of"),
    "at_most": ("count", "of"),
    "at_least": ("count", "of"),
    "boolean": ("must",),
    "lead": ("if", "add_days"),
}
"""Every kind of rule and what it must say, as rules.yaml names it."""
KINDS = tuple(NEEDS)
_SAYS_DAY = re.compile(r"\b(?:from|until)\s+[0-9]")


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """An authored rule with its expressions read; `trims` are atoms, empty means every trim.

    Of `active_rules` they are settled: without markets and days, which one market and day decide.
    """

    rule: Rule
    when: Expression | None
    then: Expression | None
    trims: frozenset[str]

    @property
    def code(self) -> str:
        """The authored code."""
        return self.rule.code

    def speaks(self, on_car: AbstractSet[str]) -> bool:
        """Whether the car is of a trim of the scope and meets the rule's `if`."""
        in_scope = not self.trims or not self.trims.isdisjoint(on_car)
        return in_scope and (self.when is None or holds(self.when, on_car))

    def kept(self, on_car: AbstractSet[str]) -> bool:
        """Whether the car keeps the rule; a rule that does not speak is kept."""
        return not self.speaks(on_car) or self._holds(on_car)

    def _holds(self, on_car: AbstractSet[str]) -> bool:
        rule = self.rule
        if rule.kind == "excludes":
            return on_car.isdisjoint(rule.excluded)
        if rule.kind == "includes":
            return all(code in on_car for code in rule.adds)
        if rule.kind in COUNTS:
            return counted(COUNTS[rule.kind], rule.count or 0, len(on_car & set(rule.of)))
        return self.then is None or holds(self.then, on_car)


def in_force(rule: Rule, market: str, day: date) -> bool:
    """Whether the rule's market and days cover `market` on `day`; `until` is the first day without it."""
    return (
        rule.market in (None, market)
        and (rule.valid_from is None or rule.valid_from <= day)
        and (rule.valid_until is None or day < rule.valid_until)
    )


def _inner_days(rule: Rule) -> Iterator[date]:
    """The days inside the rule's expressions; of one that cannot be read none."""
    for text in (rule.when, rule.then, rule.must):
        if text and _SAYS_DAY.search(text):
            try:
                yield from days(parse(text))
            except ExpressionError:
                # whoever reads the rule itself says what is wrong with it
                continue


def boundaries(model: Model, market: str) -> tuple[date, ...]:
    """The days on which a rule of that market starts, ends or changes, ascending: between two nothing changes."""
    found = {
        day
        for rule in model.rules
        if rule.market in (None, market)
        for day in (rule.valid_from, rule.valid_until, *_inner_days(rule))
        if day is not None
    }
    return tuple(sorted(found))


def interval(model: Model, market: str, day: date) -> date:
    """The first day of the stretch around `day` in which the same rules are in force; `date.min` before all."""
    return max((start for start in boundaries(model, market) if start <= day), default=date.min)


def _bad(rule: Rule, why: str) -> RuleError:
    return RuleError(f"rule {rule.code}: {why}", facts={"rule": rule.code})


def check_rule(rule: Rule) -> None:
    """Raises RuleError where the kind is none or lacks what it must say."""
    if rule.kind not in NEEDS:
        raise _bad(rule, f"kind {rule.kind!r} is none of {', '.join(KINDS)}")
    said: dict[str, object] = {
        "if": rule.when,
        "then": rule.then,
        "not": rule.excluded,
        "adds": rule.adds,
        "of": rule.of,
        "must": rule.must,
        # a number may be 0: whether it makes sense is asked for below
        "count": True,
        "add_days": True,
    }
    for field in NEEDS[rule.kind]:
        if not said[field]:
            raise _bad(rule, f"a rule of kind {rule.kind} needs {field!r}")
    if rule.kind in COUNTS and (rule.count is None or rule.count < 0):
        raise _bad(rule, "'count' is a number of options, zero or more")


def _named(rule: Rule, parts: Iterable[Expression | None]) -> set[str]:
    named = set(rule.excluded) | set(rule.adds) | set(rule.of)
    for part in parts:
        named |= codes(part) if part is not None else set()
    return named | {f"trim:{trim}" for trim in rule.trims}


def _read(rule: Rule, text: str | None) -> Expression | None:
    try:
        return parse(text) if text else None
    except ExpressionError as error:
        facts = {**error.facts, "rule": rule.code}
        raise ExpressionError(f"rule {rule.code}: {error.message}", facts=facts) from None


def read_rule(model: Model, rule: Rule) -> ActiveRule:
    """Reads one authored rule, markets and days as it has them; raises RuleError or ExpressionError naming it."""
    check_rule(rule)
    when, then = _read(rule, rule.when), _read(rule, rule.then or rule.must)
    known = {option.code for option in model.options} | {trim.atom for trim in model.trims}
    unknown = sorted(_named(rule, (when, then)) - known)
    if unknown:
        raise _bad(rule, f"names {', '.join(unknown)}, which {model.code} does not have")
    return ActiveRule(rule, when, then, frozenset(f"trim:{trim}" for trim in rule.trims))


def _settle(active: ActiveRule, market: str, day: date) -> ActiveRule:
    when, then = (
        None if part is None else settled(part, market, day) for part in (active.when, active.then)
    )
    return replace(active, when=when, then=then)


def active_rules(model: Model, market: str, day: date) -> tuple[ActiveRule, ...]:
    """Every rule in force in that market on that day, in authored order; raises RuleError, ExpressionError."""
    return tuple(
        _settle(read_rule(model, rule), market, day)
        for rule in model.rules
        if in_force(rule, market, day)
    )
