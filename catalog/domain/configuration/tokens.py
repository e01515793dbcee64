"""The words of the rule language and where each stands: what expressions and statements are read from.

Every error of the language is made here by `fail`, so that all of them name the place in the same way.
"""

from __future__ import annotations

import re

from catalog.errors import ExpressionError

AROUND = 20
"""Characters an error shows before and after its place."""

_TOKEN = re.compile(
    r"\s*(?:(?P<mark>[(),])|(?P<word>(?:market:[A-Z]+|[A-Z]{2}|[a-z0-9])[a-z0-9:.-]*))"
)
CODE = re.compile(r"(?:trim:)?[a-z0-9]+(?:[-.][a-z0-9]+)*\Z")
"""An option code, or with the prefix `trim:` a trim."""
JOINING = frozenset(("and", "or"))
RESERVED = JOINING | {"not"}
"""Words no option can be called by in the language."""
_NUMBER = re.compile(r"[0-9]{1,4}\Z")


def fail(message: str, text: str, position: int) -> ExpressionError:
    """The error for `text` at `position`, with a few characters of the place."""
    excerpt = text[max(0, position - AROUND) : position + AROUND]
    return ExpressionError(
        f"{message} at character {position}, near {excerpt!r}",
        facts={"position": position, "near": excerpt},
    )


def split(text: str) -> list[tuple[str, int]]:
    """The words and marks of `text`, each with its place; raises ExpressionError at what is neither."""
    found: list[tuple[str, int]] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            place = position + len(text[position:]) - len(text[position:].lstrip())
            raise fail(f"{text[place]!r} has no meaning here", text, place)
        kind = match.lastgroup or ""
        found.append((match.group(kind), match.start(kind)))
        position = match.end()
    return found


class Tokens:
    """Reads the words of one text from left to right."""

    def __init__(self, text: str, *, what: str, longest: int) -> None:
        """Raises ExpressionError where `text` has a sign without meaning, or at its character `longest`."""
        if len(text) > longest:
            long = f"{what} has at most {longest} characters and this has {len(text)}: too long"
            raise fail(long, text, longest)
        self.text = text
        self.tokens = split(text)
        self.at = 0

    def peek(self, ahead: int = 0) -> str | None:
        """The next word, or the one `ahead` of it; None behind the end."""
        place = self.at + ahead
        return self.tokens[place][0] if place < len(self.tokens) else None

    def place(self) -> int:
        """Where the next word stands; behind the end the length of the text."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)

    def behind(self) -> int:
        """The character after the last word that was taken."""
        word, place = self.tokens[self.at - 1]
        return place + len(word)

    def take(self) -> str | None:
        """The next word, which is then behind us."""
        token = self.peek()
        self.at += 1
        return token

    def missing(self, wanted: str) -> ExpressionError:
        """The error that `wanted` is not here."""
        token = self.peek()
        found = "the end" if token is None else repr(token)
        return fail(f"{wanted} is missing before {found}", self.text, self.place())

    def word(self, expected: str) -> None:
        """Takes the word `expected`; raises ExpressionError."""
        if self.peek() != expected:
            raise self.missing(repr(expected))
        self.take()

    def number(self) -> int:
        """Takes a whole number of at most four digits; raises ExpressionError."""
        token = self.peek()
        if token is None or not _NUMBER.match(token):
            raise self.missing("a number of at most four digits")
        self.take()
        return int(token)

    def code(self) -> str:
        """Takes the code of an option or trim; raises ExpressionError."""
        token = self.peek()
        if token is None or token in RESERVED or token in ("(", ")", ","):
            raise self.missing("an option code")
        if not CODE.match(token):
            hint = "; a market is written market:CN" if ":" in token or token.isupper() else ""
            raise fail(f"{token!r} is no option code{hint}", self.text, self.place())
        self.take()
        return token

    def codes(self) -> tuple[str, ...]:
        """Takes codes with commas between them, each once; raises ExpressionError."""
        found: list[str] = []
        while not found or self.peek() == ",":
            if found:
                self.take()
            place, code = self.place(), self.code()
            if code in found:
                raise fail(f"{code!r} is named twice", self.text, place)
            found.append(code)
        return tuple(found)
