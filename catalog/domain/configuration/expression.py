"""The rule language: `and`, `or`, `not`, parentheses over option codes and `trim:CODE`.

    expression  = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation    = "not" negation | code | "(" expression ")"

A code is lower-case letters, digits and hyphens, for a trim with the prefix `trim:`. Every error names
the place, counted in characters from zero. `parse(show(e)) == e` for everything `parse` returns.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from catalog.errors import ExpressionError

LONGEST = 2000
"""Characters an expression may have; a marketer's rule has a tenth of it."""
DEEPEST = 40
"""Levels of `not` and parentheses; keeps the recursive reader off the interpreter's limit."""

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<word>[a-z0-9][a-z0-9:.-]*))")
_CODE = re.compile(r"(?:trim:)?[a-z0-9]+(?:[-.][a-z0-9]+)*\Z")


@dataclass(frozen=True, slots=True)
class Atom:
    """True when the car has that option, or is that trim."""

    code: str


@dataclass(frozen=True, slots=True)
class Not:
    """True when `part` is false."""

    part: Expression


@dataclass(frozen=True, slots=True)
class And:
    """True when every part is true; at least two parts, none itself an And."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when some part is true; at least two parts, none itself an Or."""

    parts: tuple[Expression, ...]


Expression = Atom | Not | And | Or


def fail(message: str, text: str, position: int) -> ExpressionError:
    """The error for `text` at `position`, with a few characters of the place."""
    excerpt = text[max(0, position - 20) : position + 20]
    return ExpressionError(
        f"{message} at character {position}, near {excerpt!r}",
        facts={"position": position, "near": excerpt},
    )


def _tokens(text: str) -> list[tuple[str, int]]:
    if len(text) > LONGEST:
        raise fail(
            f"an expression has at most {LONGEST} characters, this one {len(text)}", text, LONGEST
        )
    found: list[tuple[str, int]] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            place = position + len(text[position:]) - len(text[position:].lstrip())
            raise fail(f"{text[place]!r} has no meaning here", text, place)
        kind = match.lastgroup or ""
        word, place = match.group(kind), match.start(kind)
        if kind == "word" and not _CODE.match(word):
            raise fail(f"{word!r} is no option code", text, place)
        found.append((word, place))
        position = match.end()
    return found


class _Reader:
    """Reads the tokens of one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0

    def peek(self) -> str | None:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def place(self) -> int:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)

    def take(self) -> str | None:
        token = self.peek()
        self.at += 1
        return token

    def expression(self, depth: int) -> Expression:
        parts = [self.conjunction(depth)]
        while self.peek() == "or":
            self.take()
            parts.append(self.conjunction(depth))
        return disjunction(parts)

    def conjunction(self, depth: int) -> Expression:
        parts = [self.negation(depth)]
        while self.peek() == "and":
            self.take()
            parts.append(self.negation(depth))
        return conjunction(parts)

    def negation(self, depth: int) -> Expression:
        place, token = self.place(), self.peek()
        if depth > DEEPEST:
            raise fail(f"nested deeper than {DEEPEST} levels", self.text, place)
        if token is None or token in ("and", "or", ")"):
            found = "the end" if token is None else repr(token)
            raise fail(f"an option code, 'not' or '(' is missing before {found}", self.text, place)
        self.take()
        if token == "not":  # noqa: S105 - a word of the language, no password
            return Not(self.negation(depth + 1))
        if token == "(":  # noqa: S105
            return self.closed(depth, place)
        return Atom(token)

    def closed(self, depth: int, opened: int) -> Expression:
        inner = self.expression(depth + 1)
        if self.peek() != ")":
            raise fail("')' is missing for the '('", self.text, opened)
        self.take()
        return inner


def conjunction(parts: list[Expression]) -> Expression:
    """The parts joined by `and`, flat; one part alone stays as it is."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def disjunction(parts: list[Expression]) -> Expression:
    """The parts joined by `or`, flat; one part alone stays as it is."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def parse(text: str) -> Expression:
    """Reads an expression; raises ExpressionError with the place."""
    reader = _Reader(text)
    found = reader.expression(0)
    if reader.peek() is not None:
        raise fail(f"'and' or 'or' is missing before {reader.peek()!r}", text, reader.place())
    return found


def show(expression: Expression) -> str:
    """Writes an expression with as few parentheses as it needs."""
    if isinstance(expression, Atom):
        return expression.code
    if isinstance(expression, Not):
        inner = show(expression.part)
        return f"not ({inner})" if isinstance(expression.part, And | Or) else f"not {inner}"
    if isinstance(expression, And):
        return " and ".join(
            f"({show(part)})" if isinstance(part, Or) else show(part) for part in expression.parts
        )
    return " or ".join(show(part) for part in expression.parts)


def holds(expression: Expression, on_car: AbstractSet[str]) -> bool:
    """Whether the expression is true for a car with these options and trim; what is not on the car is false."""
    if isinstance(expression, Atom):
        return expression.code in on_car
    if isinstance(expression, Not):
        return not holds(expression.part, on_car)
    if isinstance(expression, And):
        return all(holds(part, on_car) for part in expression.parts)
    return any(holds(part, on_car) for part in expression.parts)


def codes(expression: Expression) -> frozenset[str]:
    """Every option and trim the expression names."""
    if isinstance(expression, Atom):
        return frozenset((expression.code,))
    if isinstance(expression, Not):
        return codes(expression.part)
    return frozenset().union(*(codes(part) for part in expression.parts))
