"""One mapping or table row, read field by field: every fault is noted, None stands for what was unreadable.

A reader asks for what it expects (`fields.day("from")`) and at the end calls `close()`, which faults what
nobody asked for. `fields.broken` says whether anything was wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from catalog.services.imports_reading import Faults, Item, Line, Listed, Mapped, Scalar
from catalog.services.releases_tables import decimal_text, moment_text
from kernel.money import Money, UnknownCurrency, exponent
from kernel.text import LANGUAGES

T = TypeVar("T")
VOUCHER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,38}[A-Za-z0-9]\Z")
CODE = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
WHOLE = re.compile(r"-?[0-9]{1,15}\Z")
DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?\Z")
YEARS = range(2000, 2200)
LONGEST_TEXT = 4000
FLAGS = {"true": True, "yes": True, "false": False, "no": False}


class Fields:
    """What a mapping says about `what` (for messages); `line` is where it starts."""

    def __init__(
        self,
        item: Item | None,
        *,
        file: str,
        faults: Faults,
        what: str,
        inside: Fields | None = None,
    ) -> None:
        self._inside = inside
        self.file = file
        self.faults = faults
        self.what = what
        self.line = item.line if item is not None else 0
        self.broken = False
        self._asked: set[str] = set()
        self._items: dict[str, Item] = {}
        if isinstance(item, Mapped):
            self._items = item.items
        elif item is not None:
            self.fault(f"{what} must be a mapping of names to values", self.line)

    @classmethod
    def of_line(cls, line: Line, *, file: str, faults: Faults, what: str) -> Fields:
        """A row of a table; an empty cell says nothing."""
        said: dict[str, Item] = {
            name: Scalar(cell, True, line.number) for name, cell in line.cells.items() if cell
        }
        return cls(Mapped(line.number, said), file=file, faults=faults, what=what)

    def fault(self, reason: str, line: int | None = None) -> None:
        """Note that something is wrong here, and so in what this is a part of."""
        around: Fields | None = self
        while around is not None:
            around.broken = True
            around = around._inside
        self.faults.add(self.file, self.line if line is None else line, reason)

    def line_of(self, name: str) -> int:
        """Where `name` is said, else where the mapping starts."""
        return self._items[name].line if name in self._items else self.line

    def says(self, name: str) -> bool:
        """Whether the field is there and not empty."""
        item = self._items.get(name)
        return item is not None and not (
            isinstance(item, Scalar) and item.plain and item.text in {"", "~", "null"}
        )

    def close(self) -> None:
        """Fault what nobody asked for."""
        for name, item in self._items.items():
            if name not in self._asked:
                self.fault(f"{self.what} has no field `{name}`", item.line)

    def _item(self, name: str, required: bool) -> Item | None:
        self._asked.add(name)
        if self.says(name):
            return self._items[name]
        if required:
            self.fault(f"{self.what}: `{name}` is missing")
        return None

    def _word(self, name: str, required: bool) -> tuple[str, int] | None:
        item = self._item(name, required)
        if item is None:
            return None
        if not isinstance(item, Scalar):
            self.fault(f"`{name}` must be one word, not a list or mapping", item.line)
            return None
        return item.text.strip(), item.line

    def _read(
        self, name: str, required: bool, wanted: str, read: Callable[[str], T | None]
    ) -> T | None:
        word = self._word(name, required)
        if word is None:
            return None
        value = read(word[0])
        if value is None:
            self.fault(f"`{name}` is {word[0][:60]!r}; wanted: {wanted}", word[1])
        return value

    def word(self, name: str, *, required: bool = True, longest: int = 200) -> str:
        """A word or sentence of one line; an empty string when it is not there."""
        found = self._read(
            name,
            required,
            f"one line of at most {longest} characters",
            lambda text: (
                text
                if (text or not required) and len(text) <= longest and "\n" not in text
                else None
            ),
        )
        return found or ""

    def code(self, name: str, *, required: bool = True, longest: int = 60) -> str | None:
        """A code: lower-case letters, digits and hyphens."""
        return self._read(
            name,
            required,
            f"lower-case letters, digits and hyphens, at most {longest}",
            lambda text: text if CODE.match(text) and len(text) <= longest else None,
        )

    def voucher(self, name: str) -> str:
        """A word that buyers type; an empty string when it is not there."""
        found = self._read(
            name,
            False,
            "3 to 40 letters, digits and hyphens",
            lambda text: text if VOUCHER.match(text) else None,
        )
        return found or ""

    def one_of(self, name: str, allowed: Collection[str], *, required: bool = True) -> str | None:
        """One word of a fixed list."""
        return self._read(
            name,
            required,
            "one of " + ", ".join(sorted(allowed)[:30]),
            lambda text: text if text in allowed else None,
        )

    def whole(
        self, name: str, *, low: int = 0, high: int = 1_000_000, required: bool = True
    ) -> int | None:
        """A whole number between `low` and `high`."""
        return self._read(
            name,
            required,
            f"a whole number from {low} to {high}",
            lambda text: int(text) if WHOLE.match(text) and low <= int(text) <= high else None,
        )

    def real(self, name: str, *, low: float, high: float) -> float | None:
        """A decimal number between `low` and `high`, for coordinates."""
        return self._read(
            name,
            True,
            f"a number from {low:g} to {high:g}",
            lambda text: (
                float(text) if DECIMAL.match(text) and low <= float(text) <= high else None
            ),
        )

    def share(self, name: str, *, required: bool = True) -> str | None:
        """A share between 0 and 1 with at most six digits, as its shortest text."""
        return self._read(name, required, "a share from 0 to 1 with at most six digits", share_text)

    def money(self, name: str, currency: str | None, *, required: bool = True) -> int | None:
        """An amount of `currency`, not negative, in minor units; unknown currency: nothing is checked."""
        return self._read(
            name, required, money_wanted(currency), lambda text: minor_units(text, currency)
        )

    def flag(self, name: str, *, default: bool | None = None) -> bool | None:
        """true or false (also yes, no); `default` when it is not said."""
        if not self.says(name) and default is not None:
            self._asked.add(name)
            return default
        return self._read(name, True, "true or false", lambda text: FLAGS.get(text.lower()))

    def day(self, name: str, *, required: bool = True) -> str | None:
        """A date as ISO text."""
        return self._read(name, required, "a date like 2026-09-01", day_text)

    def moment(self, name: str) -> str | None:
        """A moment with its offset, as RFC 3339 in UTC."""
        return self._read(
            name, True, "a moment with its offset like 2026-09-01T00:00:00+08:00", utc_text
        )

    def text(self, name: str, *, required: bool = True) -> dict[str, str]:
        """A value per language of the store; an empty mapping when it is not there or faulty."""
        item = self._item(name, required)
        if item is None:
            return {}
        if not isinstance(item, Mapped):
            self.fault(f"`{name}` must give each language: {', '.join(LANGUAGES)}", item.line)
            return {}
        return self._languages(name, item)

    def _languages(self, name: str, item: Mapped) -> dict[str, str]:
        found: dict[str, str] = {}
        for language in LANGUAGES:
            value = item.items.get(language)
            said = value.text.strip() if isinstance(value, Scalar) else ""
            if not said:
                self.fault(f"`{name}` is missing in {language}", item.line)
            elif len(said) > LONGEST_TEXT:
                self.fault(
                    f"`{name}` has more than {LONGEST_TEXT} characters in {language}", item.line
                )
            else:
                found[language] = said
        for language, value in item.items.items():
            if language not in LANGUAGES:
                self.fault(f"`{name}`: the store has no language `{language}`", value.line)
        return found

    def codes(self, name: str, *, required: bool = False) -> list[str]:
        """A list of codes, in YAML `[a, b]`, in a table cell separated by spaces; each once."""
        item = self._item(name, required)
        if item is None:
            return []
        found: list[str] = []
        for word, line in self._words(name, item):
            if not CODE.match(word) or len(word) > 60:
                self.fault(f"`{name}`: {word[:60]!r} is no code", line)
            elif word in found:
                self.fault(f"`{name}` names `{word}` twice", line)
            else:
                found.append(word)
        return found

    def words(self, name: str, allowed: Collection[str], *, required: bool = False) -> list[str]:
        """A list of words of a fixed list, each once."""
        found = self.several(name, required=required)
        for word in found:
            if word not in allowed:
                wanted = ", ".join(sorted(allowed))
                self.fault(f"`{name}`: {word[:60]!r} is none of {wanted}", self.line_of(name))
        return found

    def several(self, name: str, *, required: bool = False) -> list[str]:
        """A list of words, each once."""
        item = self._item(name, required)
        found: list[str] = []
        for word, line in self._words(name, item) if item is not None else ():
            if word in found:
                self.fault(f"`{name}` names {word[:60]!r} twice", line)
            else:
                found.append(word)
        return found

    def _words(self, name: str, item: Item) -> Iterable[tuple[str, int]]:
        if isinstance(item, Listed):
            for part in item.items:
                if isinstance(part, Scalar):
                    yield part.text.strip(), part.line
                else:
                    self.fault(f"`{name}` must be a list of words", part.line)
        elif isinstance(item, Scalar):
            yield from ((word, item.line) for word in item.text.split())
        else:
            self.fault(f"`{name}` must be a list of words", item.line)

    def amounts(self, name: str, currency_of: Callable[[str], str | None]) -> dict[str, int]:
        """A mapping of code to amount in minor units; `currency_of` gives the currency for a code."""
        item = self._item(name, True)
        found: dict[str, int] = {}
        if item is not None and not isinstance(item, Mapped):
            self.fault(f"`{name}` must be a mapping of codes to amounts", item.line)
        for code, value in item.items.items() if isinstance(item, Mapped) else ():
            amount = (
                minor_units(value.text, currency_of(code)) if isinstance(value, Scalar) else None
            )
            if amount is None:
                self.fault(
                    f"`{name}`: `{code}` has no amount; wanted: {money_wanted(currency_of(code))}",
                    value.line,
                )
            else:
                found[code] = amount
        return found

    def rows(self, name: str, what: str, *, required: bool = True) -> list[Fields]:
        """A list of mappings."""
        item = self._item(name, required)
        if item is None:
            return []
        if not isinstance(item, Listed):
            self.fault(f"`{name}` must be a list", item.line)
            return []
        return [
            Fields(part, file=self.file, faults=self.faults, what=what, inside=self)
            for part in item.items
        ]

    def sub(self, name: str, what: str, *, required: bool = True) -> Fields | None:
        """A mapping inside this one."""
        item = self._item(name, required)
        return (
            None
            if item is None
            else Fields(item, file=self.file, faults=self.faults, what=what, inside=self)
        )

    def free(self, name: str, *, required: bool = False) -> Any:
        """Whatever stands there, as JSON: for specs and other parts without fixed names."""
        item = self._item(name, required)
        return None if item is None else plain(item)


def plain(item: Item) -> Any:
    """An item as JSON; unquoted numbers, true, false and null are what they look like."""
    if isinstance(item, Mapped):
        return {name: plain(part) for name, part in item.items.items()}
    if isinstance(item, Listed):
        return [plain(part) for part in item.items]
    if not item.plain:
        return item.text
    return _unquoted(item.text)


def _unquoted(text: str) -> Any:
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if WHOLE.match(text):
        return int(text)
    return float(text) + 0.0 if DECIMAL.match(text) else text


def minor_units(text: str, currency: str | None) -> int | None:
    """Minor units of an amount as typed, None when it is none."""
    if not DECIMAL.match(text) or text.startswith("-"):
        return None
    try:
        return Money.of(text, currency).minor if currency else 0
    except (ValueError, UnknownCurrency):
        return None


def money_wanted(currency: str | None) -> str:
    """What an amount of `currency` looks like, for messages."""
    digits = exponent(currency) if currency else 2
    return f"an amount of {currency or 'money'} with at most {digits} digits after the point"


def share_text(text: str) -> str | None:
    """The shortest text of a share, None when it is none."""
    if not DECIMAL.match(text) or len(text.partition(".")[2]) > 6:
        return None
    value = Decimal(text)
    return decimal_text(value) if 0 <= value <= 1 else None


def day_text(text: str) -> str | None:
    """The date again when it exists, in years the store can mean."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return text if found.isoformat() == text and found.year in YEARS else None


def utc_text(text: str) -> str | None:
    """A moment in UTC, None when it has no offset or does not exist."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment_text(found) if found.tzinfo is not None and found.year in YEARS else None
