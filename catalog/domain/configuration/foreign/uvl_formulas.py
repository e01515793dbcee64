"""Constraints of UVL as expressions: `!` binds tightest, then `&`, `|`, `=>`, `<=>`; the last two read left to right."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from catalog.domain.configuration.expression import (
    Atom,
    Expression,
    Not,
    conjunction,
    disjunction,
)
from catalog.domain.configuration.foreign.places import shown
from catalog.domain.configuration.foreign.uvl_lines import Word
from catalog.errors import ModelFileError

DEEPEST = 60
"""Levels of `!`, parentheses and arrows."""
ARITHMETIC = ("==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/")
Same = Callable[[Expression, Expression], Expression]
"""Makes the expression that two others are equally true; it may name helping variables."""


class Formula:
    """Reads the words of one constraint."""

    def __init__(self, words: Sequence[Word], features: Container[str], same: Same) -> None:
        self.words = words
        self.features = features
        self.same = same
        self.at = 0

    def read(self) -> Expression:
        """The expression; raises ModelFileError where it breaks."""
        found, _ = self.equivalence(0)
        if self.at < len(self.words):
            raise self.unexpected(self.words[self.at])
        return found

    def unexpected(self, word: Word) -> ModelFileError:
        """Why this word cannot stand here."""
        if word.is_sign(*ARITHMETIC) or word.kind in ("number", "text"):
            return word.wrong(
                f"{shown(word.text)} needs numbers", "only Boolean constraints are read"
            )
        if word.is_sign("."):
            return word.wrong(
                "a name of another file or an attribute", "only features of this file can be named"
            )
        return word.wrong(
            f"{shown(word.text)} is out of place", "write '&', '|', '=>' or '<=>' before it"
        )

    def sign(self, *signs: str) -> Word | None:
        """The next word if it is one of these signs; it is taken then."""
        if self.at < len(self.words) and self.words[self.at].is_sign(*signs):
            self.at += 1
            return self.words[self.at - 1]
        return None

    def equivalence(self, depth: int) -> tuple[Expression, int]:
        """An expression and how deep it is."""
        left, deep = self.implication(depth)
        while (sign := self.sign("<=>")) is not None:
            right, other = self.implication(depth)
            deep = self.deeper(max(deep, other), sign)
            left = self.same(left, right)
        return left, deep

    def implication(self, depth: int) -> tuple[Expression, int]:
        """An expression of `=>`, `|`, `&` and `!`, and how deep it is."""
        left, deep = self.choice(depth)
        while (sign := self.sign("=>")) is not None:
            right, other = self.choice(depth)
            deep = self.deeper(max(deep, other), sign)
            left = disjunction([Not(left), right])
        return left, deep

    def deeper(self, depth: int, word: Word) -> int:
        """One level more; raises ModelFileError at `DEEPEST`, so that nothing that walks the expression overflows."""
        if depth >= DEEPEST:
            raise word.wrong(
                f"nested deeper than {DEEPEST} levels", "split it into several constraints"
            )
        return depth + 1

    def choice(self, depth: int) -> tuple[Expression, int]:
        """An expression of `|`, `&` and `!`, and how deep it is."""
        parts = [self.both(depth)]
        while self.sign("|"):
            parts.append(self.both(depth))
        return disjunction([part for part, _ in parts]), max(deep for _, deep in parts)

    def both(self, depth: int) -> tuple[Expression, int]:
        """An expression of `&` and `!`, and how deep it is."""
        parts = [self.negation(depth)]
        while self.sign("&"):
            parts.append(self.negation(depth))
        return conjunction([part for part, _ in parts]), max(deep for _, deep in parts)

    def negation(self, depth: int) -> tuple[Expression, int]:
        """A feature, something in parentheses, or `!` before either, and how deep it is."""
        if (sign := self.sign("!")) is not None:
            inner, deep = self.negation(self.deeper(depth, sign))
            return Not(inner), self.deeper(deep, sign)
        if (sign := self.sign("(")) is not None:
            inner, deep = self.equivalence(self.deeper(depth, sign))
            self.sign(")")  # the lines have matched brackets
            return inner, self.deeper(deep, sign)
        return self.feature(), 0

    def feature(self) -> Expression:
        """The feature named by the next word."""
        if self.at == len(self.words):
            last = self.words[-1]
            raise last.wrong(f"nothing follows {shown(last.text)}", "name a feature after it")
        word = self.words[self.at]
        following = self.words[self.at + 1] if self.at + 1 < len(self.words) else None
        if word.kind != "name":
            raise self.unexpected(word)
        if following is not None and following.is_sign(".", "("):
            raise self.unexpected(following)
        if word.text not in self.features:
            raise word.wrong(
                f"no feature is called {shown(word.text)}", "mend the name, or add the feature"
            )
        self.at += 1
        return Atom(word.text)
