"""What two releases say differently row by row: models, trims and options, rules, prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.domain.catalogue import TRIM_PREFIX, Catalogue, Model, Rule
from catalog.domain.configuration.language import show_rule
from catalog.errors import CatalogError
from kernel.money import Money
from kernel.text import Text

CAME, WENT, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Thing:
    """A model, trim or option that came (`added`) or went (`removed`)."""

    what: str
    kind: str
    model: Text
    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that came, went or changed: its text, and the statement before and after."""

    what: str
    model: Text
    code: str
    text: Text
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that came (`before` is None), went or changed; `trim` is empty for every trim, `when` a condition."""

    book: str
    model: Text
    code: str
    name: Text
    trim: Text
    when: str
    before: Money | None
    after: Money | None


def things(before: Catalogue, after: Catalogue) -> Iterator[Thing]:
    """What went, then what came; of a model that came or went only the model."""
    old, new = dict(_named(before)), dict(_named(after))
    for what, mine, other in ((WENT, old, new), (CAME, new, old)):
        for key, (model, name) in mine.items():
            whole = ("model", key[1], key[1])
            if key not in other and (key == whole or whole in other):
                yield Thing(what, key[0], model, key[2].removeprefix(TRIM_PREFIX), name)


def _named(catalogue: Catalogue) -> Iterator[tuple[tuple[str, str, str], tuple[Text, Text]]]:
    """(kind, model, code) -> name of the model, own name."""
    for model in catalogue.models.values():
        yield ("model", model.code, model.code), (model.name, model.name)
        for trim in model.trims:
            yield ("trim", model.code, trim.atom), (model.name, trim.name)
        for option in model.options:
            yield ("option", model.code, option.code), (model.name, option.name)


def rule_changes(old: Model, new: Model) -> Iterator[RuleChange]:
    """The rules of a model that came, changed or went."""
    before = {rule.code: rule for rule in old.rules}
    after = {rule.code: rule for rule in new.rules}
    for code in dict.fromkeys([*after, *before]):
        was, then = before.get(code), after.get(code)
        if was == then:
            continue
        what = CHANGED if was and then else CAME if then else WENT
        text = (then or was or Rule(code, "", {})).text
        yield RuleChange(what, new.name, code, text, _statement(was), _statement(then))


def _statement(rule: Rule | None) -> str:
    """The rule as one line; as far as it can be said, where it is broken."""
    if rule is None:
        return ""
    try:
        return show_rule(rule)
    except CatalogError as error:
        return error.message


def price_changes(before: Catalogue, after: Catalogue) -> Iterator[PriceChange]:
    """Prices that differ, book by book; a new book is compared with the books it is based on."""
    old, new = _amounts(before), _amounts(after)
    currency = {book.code: book.currency for book in (*before.price_books, *after.price_books)}
    parents = {book.code: book.based_on for book in after.price_books}
    names = dict(_named(before)) | dict(_named(after))
    known = {book.code for book in before.price_books}
    for key in dict.fromkeys([*new, *old]):
        book, model, kind, code, trim, when = key
        was, then = old.get(key), new.get(key)
        if book not in known:
            was = _inherited(new, parents, key)
        if was == then:
            continue
        atom = ("trim", model, TRIM_PREFIX + code) if kind == "trim" else ("option", model, code)
        name = names.get(atom, ({}, {}))[1]
        for_trim = names.get(("trim", model, TRIM_PREFIX + trim), ({}, {}))[1]
        yield PriceChange(
            book,
            names[("model", model, model)][1],
            code,
            name,
            {} if kind == "trim" else for_trim,
            when,
            *(None if amount is None else Money(amount, currency[book]) for amount in (was, then)),
        )


PriceKey = tuple[str, str, str, str, str, str]
"""Book, model, kind, code, trim, condition."""


def _amounts(catalogue: Catalogue) -> dict[PriceKey, int]:
    return {
        (row.price_book, model.code, row.kind, row.code, row.trim, row.when or ""): row.amount
        for model in catalogue.models.values()
        for row in model.prices
    }


def _inherited(
    amounts: Mapping[PriceKey, int], parents: Mapping[str, str | None], key: PriceKey
) -> int | None:
    """What the books below a new book say for the same thing."""
    book, rest = parents.get(key[0]), key[1:]
    seen = {key[0]}
    while book is not None and book not in seen:
        if (book, *rest) in amounts:
            return amounts[(book, *rest)]
        seen.add(book)
        book = parents.get(book)
    return None
