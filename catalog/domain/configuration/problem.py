"""What is buildable, as numbers: the form in which every engine takes a model, ours or a foreign one.

Variables are 1, 2, 3 ...; a literal is a variable or its negative. The first `count` variables are what a buyer can
see (options, trims); later ones help to write clauses. A *part* is one authored rule or one piece of structure, so
that a conflict can name it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """The rows a rule allows: `scope` is one tuple of variables a column, `rows` give a place in each column.

    In each column exactly one variable is true; a row `(2, 0)` means the third of the first and the first of the
    second column.
    """

    scope: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The clauses of one authored rule (`is_rule`) or of one piece of structure.

    Helping variables of a part occur in no other part. With `table` the clauses say the same as the table.
    """

    name: str
    is_rule: bool
    clauses: tuple[tuple[int, ...], ...]
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Names, groups and parts of one model.

    `names[v]` names variable v of 1..`count` (`names[0]` is empty). `groups` are disjoint tuples of visible variables
    of which exactly one is true (a part says so as well). `hub` is the place in `groups` of the version or trim:
    engines split on it. `top` is the highest variable in use.
    """

    names: tuple[str, ...]
    count: int
    top: int
    groups: tuple[tuple[int, ...], ...]
    parts: tuple[Part, ...]
    hub: int | None = None
