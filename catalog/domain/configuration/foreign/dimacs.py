"""DIMACS CNF as a problem: every declared variable is visible, every clause a part named after its line.

Read are the header `p cnf VARIABLES CLAUSES`, clauses ended by 0 over any number of lines, comments `c`, the name
comments of feature models (`c 12 sunroof`; a name of several words in quotes), and the end mark `%` of SATLIB. A name
twice becomes `sunroof (2)`. Clauses are no authored rules (`is_rule` is false): nobody wrote them one by one. A DIMACS
file knows no groups, so the problem has none and no hub.
"""

from __future__ import annotations

import re
from itertools import islice

from catalog.domain.configuration.foreign.places import (
    MOST_CLAUSES,
    MOST_VARIABLES,
    check_size,
    distinct,
    fault,
    shown,
)
from catalog.domain.configuration.problem import Part, Problem

_NUMBER = re.compile(r"-?[0-9]{1,9}")
_NAMED = re.compile(r'c\s+([0-9]{1,9})\s+(?:"([^"]*[^"\s][^"]*)"|(\S+))\s*')
Clause = tuple[int, ...]


class _Reader:
    """Reads one file line by line."""

    def __init__(self) -> None:
        self.variables = 0
        self.expected = -1
        self.header_line = 1
        self.named: dict[int, str] = {}
        self.clauses: list[tuple[int, Clause]] = []
        self.open: list[int] = []
        self.opened = 1

    def line(self, number: int, line: str) -> bool:
        """Takes one line; false at the end mark."""
        words = line.split()
        if not words:
            return True
        first = words[0]
        if first[0] == "c":
            self.comment(line)
        elif first[0] == "%":
            return False
        elif first[0] == "p":
            self.header(number, words)
        else:
            self.literals(number, line, words)
        return True

    def comment(self, line: str) -> None:
        match = _NAMED.fullmatch(line.strip())
        if match:
            self.named.setdefault(int(match[1]), match[2] or match[3])

    def header(self, number: int, words: list[str]) -> None:
        if self.expected >= 0:
            raise fault("a second header", "keep one line 'p cnf ...'", line=number)
        sizes = words[2:]
        if words[:2] != ["p", "cnf"] or len(sizes) != 2 or not all(map(_positive, sizes)):
            raise fault(
                f"the header {shown(' '.join(words))} is not 'p cnf VARIABLES CLAUSES'",
                "write both as numbers",
                line=number,
            )
        self.variables, self.expected, self.header_line = int(sizes[0]), int(sizes[1]), number
        if self.variables > MOST_VARIABLES or self.expected > MOST_CLAUSES:
            raise fault(
                f"the header announces {self.variables:,} variables and {self.expected:,} clauses",
                f"at most {MOST_VARIABLES:,} and {MOST_CLAUSES:,} are read",
                line=number,
            )

    def literals(self, number: int, line: str, words: list[str]) -> None:
        if self.expected < 0:
            raise fault(
                f"{shown(words[0])} before the header",
                "start with a line 'p cnf VARIABLES CLAUSES'",
                line=number,
                column=_column(line, 0),
            )
        for place, word in enumerate(words):
            self.literal(word, number, line, place)

    def literal(self, word: str, number: int, line: str, place: int) -> None:
        if _NUMBER.fullmatch(word) is None:
            raise fault(
                f"{shown(word)} is no literal",
                "write a variable's number, negative for 'not', or 0 to end a clause",
                line=number,
                column=_column(line, place),
            )
        value = int(word)
        if abs(value) > self.variables:
            raise fault(
                f"variable {abs(value)} is above the {self.variables} of the header",
                "mend the number or the header",
                line=number,
                column=_column(line, place),
            )
        if value:
            self.opened = self.opened if self.open else number
            self.open.append(value)
            return
        self.clauses.append((self.opened if self.open else number, tuple(self.open)))
        self.open = []
        if len(self.clauses) > self.expected:
            raise fault(
                f"more clauses than the {self.expected} of the header",
                f"mend the number in line {self.header_line}",
                line=number,
                column=_column(line, place),
            )

    def end(self, number: int) -> None:
        if self.expected < 0:
            raise fault(
                "there is no header", "start with a line 'p cnf VARIABLES CLAUSES'", line=number
            )
        if self.open:
            raise fault("the last clause has no end", "write 0 after it", line=self.opened)
        if len(self.clauses) < self.expected:
            raise fault(
                f"the file ends after {len(self.clauses)} of {self.expected} clauses",
                f"fetch the whole file, or mend the number in line {self.header_line}",
                line=number,
            )


def _positive(word: str) -> bool:
    return _NUMBER.fullmatch(word) is not None and word[0] != "-"


def _column(line: str, place: int) -> int:
    """Where the word at that place of the line starts, from 1; only errors ask."""
    match = next(islice(re.finditer(r"\S+", line), place, None))
    return match.start() + 1


def _tidy(clause: Clause) -> tuple[Clause, ...]:
    """Without repeated literals; nothing for a clause that always holds."""
    if len(set(clause)) == len(clause) == len(set(map(abs, clause))):
        return (clause,)
    once = tuple(dict.fromkeys(clause))
    return () if any(-literal in once for literal in once) else (once,)


def read_dimacs(text: str) -> Problem:
    """The problem of a DIMACS file; raises ModelFileError with line, column and what to mend."""
    check_size(text)
    reader = _Reader()
    number = 1
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not reader.line(number, line):
            break
    reader.end(number)
    count = reader.variables
    names = [reader.named.get(v, f"x{v}") for v in range(1, count + 1)]
    return Problem(
        names=("", *distinct(names)),
        count=count,
        top=count,
        groups=(),
        parts=tuple(Part(f"line {line}", False, _tidy(clause)) for line, clause in reader.clauses),
    )
