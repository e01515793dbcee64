"""Letters: one short source for subject, plain text, HTML and text message, and nothing in it left undefined. Plain Python.

A letter is a file `letters/<language>/<template>.txt`. Its first line is the subject; then one block a line:

    A sentence or two.                     a paragraph
    Order :: {order}                       a row of label and figure; rows that follow each other are one table
    > {order_url} Look at the order        the one thing to do, a button in HTML
    sms: {car}: handed over tomorrow.      the text message, if the event deserves one
    ?by_buyer A sentence.                  only where the fact `by_buyer` says something; `!by_buyer` where it does not

`{fact}` is replaced by that fact; a fact that is not there is an error, and a value is never read as a letter again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

FOLDER = Path(__file__).parent / "letters"
_FACT = re.compile(r"\{([a-z_]+)\}")
_CONDITION = re.compile(r"([?!])([a-z_]+) (.*)")


class UndefinedFact(KeyError):
    """A letter speaks of a fact that it was not given."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Labels beside figures."""

    kind: ClassVar[str] = "rows"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Action:
    """The thing to do, and where."""

    kind: ClassVar[str] = "action"
    url: str
    words: str


Block = Paragraph | Rows | Action


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: `subject` of one line, the blocks in order, and the text message, empty where there is none."""

    subject: str
    blocks: tuple[Block, ...]
    sms: str


@cache
def source(template: str, language: str) -> tuple[str, ...]:
    """The lines of a letter's file; raises FileNotFoundError."""
    text = (FOLDER / language / f"{template}.txt").read_text("utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def written(template: str, language: str, facts: Mapping[str, str]) -> Letter:
    """The letter with its facts; raises FileNotFoundError, UndefinedFact."""
    return compose(source(template, language), facts)


def compose(lines: Sequence[str], facts: Mapping[str, str]) -> Letter:
    """The letter of these lines; raises UndefinedFact, also for a condition on a fact that is not there."""
    subject, *rest = lines
    blocks: list[Block] = []
    sms = ""
    for line in rest:
        kept = _kept(line, facts)
        if kept is None:
            continue
        if kept.startswith("sms: "):
            sms = _one_line(_filled(kept.removeprefix("sms: "), facts))
        else:
            _add(blocks, kept, facts)
    return Letter(_one_line(_filled(subject, facts)), tuple(blocks), sms)


def names_in(lines: Sequence[str]) -> frozenset[str]:
    """Every fact that these lines may ask for."""
    conditions = [match.group(2) for line in lines if (match := _CONDITION.fullmatch(line))]
    return frozenset(_FACT.findall("\n".join(lines))) | frozenset(conditions)


def plain(letter: Letter, *, opening: str, closing: str) -> str:
    """The letter as text: `opening` and `closing` around its blocks, an empty line between them."""
    parts = [opening, *(_plain(block) for block in letter.blocks), closing]
    return "\n\n".join(part for part in parts if part) + "\n"


def _kept(line: str, facts: Mapping[str, str]) -> str | None:
    found = _CONDITION.fullmatch(line)
    if found is None:
        return line
    sign, name, rest = found.groups()
    return _kept(rest, facts) if bool(_fact(name, facts)) == (sign == "?") else None


def _add(blocks: list[Block], line: str, facts: Mapping[str, str]) -> None:
    if line.startswith("> "):
        url, _, words = line[2:].partition(" ")
        blocks.append(Action(_filled(url, facts), _filled(words, facts)))
        return
    label, separator, figure = line.partition(" :: ")
    if not separator:
        blocks.append(Paragraph(_filled(line, facts)))
        return
    pair = (_filled(label, facts), _filled(figure, facts))
    last = blocks[-1] if blocks else None
    if isinstance(last, Rows):
        blocks[-1] = Rows((*last.pairs, pair))
    else:
        blocks.append(Rows((pair,)))


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return _FACT.sub(lambda match: _fact(match.group(1), facts), text)


def _fact(name: str, facts: Mapping[str, str]) -> str:
    if name not in facts:
        raise UndefinedFact(name)
    return facts[name]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(block: Block) -> str:
    if isinstance(block, Paragraph):
        return block.text
    if isinstance(block, Action):
        return f"{block.words}\n{block.url}"
    width = max(_width(label) for label, _ in block.pairs)
    return "\n".join(
        f"    {label}{' ' * (width - _width(label))}  {figure}" for label, figure in block.pairs
    )


def _width(text: str) -> int:
    """How many columns `text` takes where a Han character takes two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
