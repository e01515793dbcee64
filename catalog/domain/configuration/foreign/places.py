"""Faults of a foreign file with their place, and how large a file may be."""

from __future__ import annotations

from catalog.errors import ModelFileError

MOST_CHARACTERS = 64_000_000
"""Of a file after unpacking; the largest public set we know of has 20 million."""
MOST_VARIABLES = 200_000
MOST_CLAUSES = 4_000_000


def fault(what: str, mend: str, *, line: int, column: int = 1) -> ModelFileError:
    """The error for one place, both counted from 1: what is wrong there and what to mend."""
    return ModelFileError(
        f"line {line}, column {column}: {what}; {mend}",
        facts={"line": line, "column": column, "what": what, "mend": mend},
    )


def check_size(text: str) -> None:
    """Refuses with ModelFileError a text above `MOST_CHARACTERS`."""
    if len(text) > MOST_CHARACTERS:
        raise fault(
            f"the file has {len(text):,} characters",
            f"split it, {MOST_CHARACTERS:,} are the most",
            line=1,
        )


def shown(word: str) -> str:
    """A word of the file in quotes, shortened to 40 characters."""
    return repr(word if len(word) <= 40 else word[:37] + "...")


def distinct(names: list[str]) -> tuple[str, ...]:
    """The names, each used once: the second `sun` becomes `sun (2)`."""
    turns: dict[str, int] = {}
    taken, made = set(names), []
    for name in names:
        turn = turns.get(name, 0) + 1
        found = name
        while turn > 1 and (found := f"{name} ({turn})") in taken:
            turn += 1
        turns[name] = turn
        taken.add(found)
        made.append(found)
    return tuple(made)
