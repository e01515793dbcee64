"""A UVL file as lines of words: comments gone, bracketed text on one line, each word with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.domain.configuration.foreign.places import fault, shown
from catalog.errors import ModelFileError

TAB = 8
"""A tab goes on to the next multiple of so many columns."""
_WORD = re.compile(
    r"""
      (?P<space>[^\S\n]+ | //[^\n]* | /\*(?:[^*]|\*(?!/))*\*/ )
    | (?P<open>/\*)
    | (?P<end>\n)
    | (?P<name>[^\W\d][\w\#§%?']*)
    | "(?P<quoted>[^"\n]*)"
    | (?P<text>'[^'\n]*')
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<sign><=>|=>|==|!=|<=|>=|\.\.|[-+*/<>!&|(){}\[\],.])
    """,
    re.VERBOSE,
)
_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Word:
    """A word: `kind` is `name` (bare or quoted), `text`, `number` or `sign`; `bare` says it had no quotes."""

    kind: str
    text: str
    line: int
    column: int
    bare: bool = True

    def wrong(self, what: str, mend: str) -> ModelFileError:
        """The error for this word."""
        return fault(what, mend, line=self.line, column=self.column)

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "sign" and self.text in signs

    def says(self, *names: str) -> bool:
        """Whether it is one of these bare words."""
        return self.kind == "name" and self.bare and self.text in names


@dataclass(frozen=True, slots=True)
class Line:
    """One line with words; `indent` is how far it stands in, in columns."""

    indent: int
    words: tuple[Word, ...]


def _words(text: str) -> Iterator[Word]:
    """Every word, and a word of kind `end` at the end of each line."""
    position, line, start = 0, 1, 0
    while position < len(text):
        match = _WORD.match(text, position)
        column = position - start + 1
        if match is None:
            raise fault(
                f"{shown(text[position])} has no meaning here",
                'put names with such signs in "quotes"'
                if text[position] != '"'
                else "close the quotes in the same line",
                line=line,
                column=column,
            )
        kind = match.lastgroup or ""
        position = match.end()
        if kind == "open":
            raise fault("a comment is never closed", "write */ after it", line=line, column=column)
        if kind == "space":
            if (breaks := match[0].count("\n")) > 0:
                line, start = line + breaks, match.start() + match[0].rfind("\n") + 1
            continue
        yield _word(kind, match[kind], line, column)
        if kind == "end":
            line, start = line + 1, position


def _word(kind: str, text: str, line: int, column: int) -> Word:
    if kind != "quoted":
        return Word(kind, text, line, column)
    if not text.strip():
        raise fault(
            "an empty name",
            'write something between the quotes, as in "Sun roof"',
            line=line,
            column=column,
        )
    return Word("name", text, line, column, bare=False)


def lines(text: str) -> Iterator[Line]:
    """The lines that have words; raises ModelFileError for a sign without meaning or an unmatched bracket."""
    open_: list[Word] = []
    words: list[Word] = []
    starts = text.split("\n")
    for word in _words(text):
        if word.kind != "end":
            _bracket(word, open_)
            words.append(word)
        elif words and not open_:
            yield _line(words, starts)
            words = []
    if open_:
        raise open_[-1].wrong(f"{shown(open_[-1].text)} is never closed", "close it")
    if words:
        yield _line(words, starts)


def _bracket(word: Word, open_: list[Word]) -> None:
    if word.is_sign(*_OPEN):
        open_.append(word)
        return
    if not word.is_sign(*_CLOSE):
        return
    if not open_ or _OPEN.index(open_.pop().text) != _CLOSE.index(word.text):
        raise word.wrong(f"{shown(word.text)} closes nothing", "remove it, or open one before")


def _line(words: list[Word], starts: list[str]) -> Line:
    before = starts[words[0].line - 1][: words[0].column - 1]
    return Line(len(before.expandtabs(TAB)), tuple(words))
