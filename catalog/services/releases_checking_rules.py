"""The authored rules one by one: unreadable, naming nothing, over, never firing, said already by the others.

What a rule does is judged over every market it speaks in and every day from now on. A rule that only helps on one day in
one market is worth its place. `includes` rules are never called redundant: they also make what they add free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from catalog.domain.catalogue import Model, Rule
from catalog.domain.configuration.expression import codes, parse
from catalog.domain.configuration.rules import read_rule
from catalog.errors import CatalogError, ExpressionError
from catalog.services.releases_checking_stretches import Stretch, Stretches, Subject
from catalog.services.releases_checking_words import (
    NOTE,
    WARNING,
    Finding,
    called,
    place,
    plain,
    say,
)

FREE = "includes"
"""The kind of rule that also decides what costs nothing."""


def readable(subject: Subject) -> Iterator[Finding]:
    """Each rule of the market that is not over: can it be read, does it name what is there."""
    for rule in subject.model.rules:
        if rule.market not in (None, subject.market.code) or _over(rule, [subject]):
            continue
        try:
            read_rule(subject.model, rule)
        except CatalogError as error:
            yield _unreadable(subject, rule, error)


def _unreadable(subject: Subject, rule: Rule, error: CatalogError) -> Finding:
    unknown = [] if isinstance(error, ExpressionError) else _unknown(subject.model, rule)
    where = subject.speech.where
    if unknown:
        gaps = {"rule": called(rule.text, rule.code), "names": plain(", ".join(unknown))}
        return say(subject.level, "rule-names-nothing", where, gaps)
    gaps = {"rule": called(rule.text, rule.code), "why": plain(error.message)}
    return say(subject.level, "rule-unreadable", where, gaps)


def known_codes(model: Model) -> set[str]:
    """What expressions on this model may name."""
    return {option.code for option in model.options} | {trim.atom for trim in model.trims}


def unknown_in(model: Model, expression: str | None) -> set[str]:
    """What an expression names and the model does not have; raises ExpressionError."""
    return set(codes(parse(expression))) - known_codes(model) if expression else set()


def _unknown(model: Model, rule: Rule) -> list[str]:
    named = {*rule.excluded, *rule.adds, *rule.of, *(f"trim:{trim}" for trim in rule.trims)}
    found = named - known_codes(model)
    for expression in (rule.when, rule.then, rule.must):
        found |= unknown_in(model, expression)
    return sorted(found)


def contents(subject: Subject) -> Iterator[Finding]:
    """Packages and the table of availability name what is there."""
    known = known_codes(subject.model)
    named: list[tuple[Any, Iterable[str]]] = [
        (called(option.name, option.code), option.contains) for option in subject.model.options
    ]
    marks = subject.model.availability[subject.market.code]
    named += [(plain(trim), codes_) for trim, codes_ in marks.items()]
    for owner, codes_ in named:
        unknown = sorted(set(codes_) - known)
        if unknown:
            gaps = {"owner": owner, "names": plain(", ".join(unknown))}
            yield say(subject.level, "names-nothing", subject.speech.where, gaps)


def _over(rule: Rule, subjects: Sequence[Subject]) -> bool:
    return rule.valid_until is not None and all(rule.valid_until <= s.today for s in subjects)


def rules_of(model: Model, markets: Sequence[Stretches]) -> Iterator[Finding]:
    """Rules that are over, never fire or are redundant, over these markets (each one the model is offered in)."""
    subjects = [found.subject for found in markets]
    for rule in model.rules if subjects else ():
        if _over(rule, subjects):
            yield _told(NOTE, "rule-over", model, rule)
    held = {rule.code: rule for rule in model.rules}
    for code, places in _speaking(markets).items():
        if all(stretch.silent(code) for stretch in places):
            yield _told(WARNING, "rule-never-fires", model, held[code])
        elif held[code].kind != FREE and all(stretch.implied(code) for stretch in places):
            yield _told(NOTE, "rule-redundant", model, held[code])


def _speaking(markets: Sequence[Stretches]) -> dict[str, list[Stretch]]:
    """For each rule the stretches it is in force in; only those in which every trim has a car."""
    found: dict[str, list[Stretch]] = {}
    for one in markets:
        for stretch in dict.fromkeys(one.all):
            for active in stretch.plan.rules if stretch.sound else ():
                found.setdefault(active.code, []).append(stretch)
    return found


def _told(level: str, check: str, model: Model, rule: Rule) -> Finding:
    gaps = {"rule": called(rule.text, rule.code), "until": plain(rule.valid_until or "")}
    return say(level, check, place(model.name), gaps)
