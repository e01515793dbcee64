"""The expressions of the rule language: what is on a car, in which market and on which day.

    expression  = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation    = "not" negation | "(" expression ")" | count | day | market | code
    count       = ( "exactly" | "at" "most" | "at" "least" ) number "of" "(" code { "," code } ")"
    day         = ( "from" | "until" ) DAY
    market      = "market:" CAPITALS

A code is lower-case letters, digits and hyphens, for a trim with the prefix `trim:`. `until` is the first day on which
it is no longer true. Under one market and day, markets and days are constants: see `settled`. Every error names the
place, counted in characters from zero. `parse(show(e)) == e` for everything `parse` returns. The words `exactly`, `at`,
`from` and `until` are ordinary codes where no other word follows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from catalog.domain.configuration.tokens import JOINING, Tokens, fail
from catalog.errors import ExpressionError

LONGEST = 2000
"""Characters an expression may have; a marketer's rule has a tenth of it."""
DEEPEST = 40
"""Levels of `not` and parentheses; keeps the recursive reader off the interpreter's limit."""
YEARS = range(2000, 2200)
"""Years that a rule can mean."""
MARKET_PREFIX = "market:"
PHRASES = frozenset(("exactly", "at", "from", "until"))
"""Words that begin a count or a day when another word follows."""
EXACTLY, AT_MOST, AT_LEAST = "exactly", "at most", "at least"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MARKET = re.compile(r"market:[A-Z]{2}\Z")


@dataclass(frozen=True, slots=True)
class Atom:
    """True when the car has that option, or is that trim."""

    code: str


@dataclass(frozen=True, slots=True)
class InMarket:
    """True in the market of that code."""

    code: str


@dataclass(frozen=True, slots=True)
class OnDay:
    """True from `day` on (`side` is `from`) or before it (`until`)."""

    side: str
    day: date


@dataclass(frozen=True, slots=True)
class Count:
    """True when `kind` (`exactly`, `at most`, `at least`) `number` of `codes` are on the car."""

    kind: str
    number: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when `part` is false."""

    part: Expression


@dataclass(frozen=True, slots=True)
class And:
    """True when every part is true; as read at least two parts, none itself an And."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when some part is true; as read at least two parts, none itself an Or."""

    parts: tuple[Expression, ...]


Leaf = Atom | InMarket | OnDay | Count
Expression = Leaf | Not | And | Or
TRUE = And(())
"""What is true on every car; nothing that was read is it, but what was settled may be."""
FALSE = Or(())


class Reader(Tokens):
    """Reads expressions from the words of one text."""

    def expression(self, depth: int = 0) -> Expression:
        """Takes the longest expression there is here; raises ExpressionError."""
        parts = [self.conjunction(depth)]
        while self.peek() == "or":
            self.take()
            parts.append(self.conjunction(depth))
        return disjunction(parts)

    def conjunction(self, depth: int) -> Expression:
        """Takes what `and` joins."""
        parts = [self.negation(depth)]
        while self.peek() == "and":
            self.take()
            parts.append(self.negation(depth))
        return conjunction(parts)

    def negation(self, depth: int) -> Expression:
        """Takes one operand: whatever `and` and `or` join."""
        token = self.peek()
        if depth > DEEPEST:
            raise fail(f"nested deeper than {DEEPEST} levels", self.text, self.place())
        if token is None or token in JOINING or token in (")", ","):
            raise self.missing("an option code, 'not' or '('")
        if token == "not":  # noqa: S105 - a word of the language, no password
            self.take()
            return Not(self.negation(depth + 1))
        if token == "(":  # noqa: S105
            return self.closed(depth)
        if self.at_phrase():
            return self.day() if token in ("from", "until") else self.count()
        return self.leaf(token)

    def at_phrase(self) -> bool:
        """Whether the next words are the beginning of a count or a day."""
        after = self.peek(1)
        return (
            self.peek() in PHRASES
            and after is not None
            and after not in JOINING
            and after not in ("(", ")", ",")
        )

    def closed(self, depth: int) -> Expression:
        """Takes an expression in parentheses."""
        opened = self.place()
        self.take()
        inner = self.expression(depth + 1)
        self.close(opened)
        return inner

    def close(self, opened: int) -> None:
        """Takes the `)` that belongs to the `(` at `opened`."""
        if self.peek() != ")":
            raise fail("')' is missing for the '('", self.text, opened)
        self.take()

    def leaf(self, token: str) -> Expression:
        """Takes a market or the code of an option or trim."""
        if _MARKET.match(token):
            self.take()
            return InMarket(token.removeprefix(MARKET_PREFIX))
        return Atom(self.code())

    def day(self) -> OnDay:
        """Takes `from` or `until` with its day."""
        side = self.take() or ""
        place, token = self.place(), self.peek() or ""
        found = _day(token)
        if found is None:
            raise fail(f"a day like 2026-09-01 is missing after {side!r}", self.text, place)
        self.take()
        return OnDay(side, found)

    def kind(self) -> tuple[str, int]:
        """Takes `exactly`, `at most` or `at least` with its number and `of`."""
        first = self.take()
        kind = EXACTLY
        if first == "at":
            second = self.peek()
            if second not in ("most", "least"):
                raise self.missing("'most' or 'least'")
            self.take()
            kind = f"at {second}"
        number = self.number()
        self.word("of")
        return kind, number

    def count(self) -> Count:
        """Takes a count with its codes in parentheses."""
        start = self.place()
        kind, number = self.kind()
        opened = self.place()
        self.word("(")
        found = self.codes()
        self.close(opened)
        self.check_count(number, found, start)
        return Count(kind, number, found)

    def check_count(self, number: int, found: tuple[str, ...], start: int) -> None:
        """Raises ExpressionError at `start` where more are asked for than are named."""
        if number > len(found):
            raise fail(f"{number} of only {len(found)} that are named", self.text, start)


def _day(token: str) -> date | None:
    if not _DAY.match(token):
        return None
    try:
        found = date.fromisoformat(token)
    except ValueError:
        return None
    return found if found.year in YEARS else None


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
    reader = Reader(text, what="an expression", longest=LONGEST)
    found = reader.expression()
    if reader.peek() is not None:
        raise reader.missing("'and' or 'or'")
    return found


def show(expression: Expression) -> str:
    """Writes an expression with as few parentheses as it needs, and without spaces beside them if it is too long."""
    shown = _show(expression)
    # what was read fits again: a closed-up text is never longer than the one it was read from
    return shown if len(shown) <= LONGEST else re.sub(r" ?([(),]) ?", r"\1", shown)


def _show(expression: Expression) -> str:
    if isinstance(expression, Not):
        inner = _show(expression.part)
        return f"not ({inner})" if isinstance(expression.part, And | Or) else f"not {inner}"
    if isinstance(expression, And):
        return " and ".join(
            f"({_show(part)})" if isinstance(part, Or) else _show(part) for part in expression.parts
        )
    if isinstance(expression, Or):
        return " or ".join(_show(part) for part in expression.parts)
    return _show_leaf(expression)


def _show_leaf(leaf: Leaf) -> str:
    if isinstance(leaf, Atom):
        return leaf.code
    if isinstance(leaf, InMarket):
        return MARKET_PREFIX + leaf.code
    if isinstance(leaf, OnDay):
        return f"{leaf.side} {leaf.day.isoformat()}"
    return f"{leaf.kind} {leaf.number} of ({', '.join(leaf.codes)})"


def counted(kind: str, number: int, found: int) -> bool:
    """Whether `found` is `exactly`, `at most` or `at least` `number`."""
    if kind == EXACTLY:
        return found == number
    return found <= number if kind == AT_MOST else found >= number


def holds(expression: Expression, on_car: AbstractSet[str]) -> bool:
    """Whether the expression is true for a car with these options and trim; what is not on the car is false.

    Raises ExpressionError for a market or a day: those are settled before.
    """
    if isinstance(expression, Atom):
        return expression.code in on_car
    if isinstance(expression, Not):
        return not holds(expression.part, on_car)
    if isinstance(expression, And):
        return all(holds(part, on_car) for part in expression.parts)
    if isinstance(expression, Or):
        return any(holds(part, on_car) for part in expression.parts)
    if isinstance(expression, Count):
        found = sum(code in on_car for code in expression.codes)
        return counted(expression.kind, expression.number, found)
    raise ExpressionError(f"no car alone decides {_show_leaf(expression)!r}")


def settled(expression: Expression, market: str, day: date) -> Expression:
    """The expression as it reads in that market on that day: without markets and days, TRUE or FALSE at the least."""
    if isinstance(expression, InMarket):
        return TRUE if expression.code == market else FALSE
    if isinstance(expression, OnDay):
        return TRUE if (day >= expression.day) == (expression.side == "from") else FALSE
    if isinstance(expression, Not):
        part = settled(expression.part, market, day)
        if part in (TRUE, FALSE):
            return FALSE if part == TRUE else TRUE
        return Not(part)
    if isinstance(expression, And | Or):
        return _joined(expression, [settled(part, market, day) for part in expression.parts])
    return expression


def _joined(expression: And | Or, parts: list[Expression]) -> Expression:
    """The settled parts joined again, without those that decide nothing."""
    decides, idle = (FALSE, TRUE) if isinstance(expression, And) else (TRUE, FALSE)
    if decides in parts:
        return decides
    rest = [part for part in parts if part != idle]
    return conjunction(rest) if isinstance(expression, And) else disjunction(rest)


def leaves(expression: Expression) -> Iterator[Leaf]:
    """Everything in it that is no `and`, `or` or `not`, from left to right."""
    if isinstance(expression, Not):
        yield from leaves(expression.part)
    elif isinstance(expression, And | Or):
        for part in expression.parts:
            yield from leaves(part)
    else:
        yield expression


def codes(expression: Expression) -> frozenset[str]:
    """Every option and trim the expression names."""
    found: set[str] = set()
    for leaf in leaves(expression):
        if isinstance(leaf, Atom):
            found.add(leaf.code)
        elif isinstance(leaf, Count):
            found.update(leaf.codes)
    return frozenset(found)


def markets(expression: Expression) -> frozenset[str]:
    """Every market the expression names."""
    return frozenset(leaf.code for leaf in leaves(expression) if isinstance(leaf, InMarket))


def days(expression: Expression) -> frozenset[date]:
    """Every day on which something in the expression changes."""
    return frozenset(leaf.day for leaf in leaves(expression) if isinstance(leaf, OnDay))


def place_of(text: str, name: str) -> int:
    """The character at which a rule text names an option, trim or market (without prefix); 0 when it does not."""
    found = re.search(rf"(?<![a-z0-9.-]){re.escape(name)}(?![A-Za-z0-9:.-])", text, re.ASCII)
    return found.start() if found else 0
