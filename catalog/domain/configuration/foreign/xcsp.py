"""XCSP 2.1 instances of extension relations as a problem: `v0=3` is the option "variable v0 has value 3".

Each variable is a group of its values, each constraint a rule with its table. A relation of `conflicts` becomes the
table of all other rows where that is small, else one clause a row. A row with a value outside the domain can never be
used and is passed over. The hub is the variable most constraints name, of those the one with the most values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.domain.configuration.foreign.hub import central
from catalog.domain.configuration.foreign.places import (
    MOST_CLAUSES,
    MOST_VARIABLES,
    check_size,
    distinct,
    fault,
    shown,
)
from catalog.domain.configuration.foreign.tables import (
    PAIRS,
    allowed,
    exactly_one,
    forbidding,
    table_clauses,
)
from catalog.domain.configuration.foreign.xcsp_elements import Element, elements
from catalog.domain.configuration.problem import Part, Problem, Table

MOST_CELLS = 8_000_000
"""Of all tables together, each counted as often as a constraint uses it."""
_WORD = re.compile(r"[^\s|]+")
_VALUES = re.compile(r"(-?[0-9]{1,9})(?:\.\.(-?[0-9]{1,9}))?")
_TUPLES = re.compile(r"[-0-9\s|]*")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Relation:
    """A named list of rows: the allowed ones (`supports`) or the forbidden ones."""

    width: int
    supports: bool
    rows: tuple[Row, ...]


def _bad(element: Element, what: str, mend: str) -> Exception:
    return fault(what, mend, line=element.line, column=element.column)


def _at(element: Element, offset: int, what: str, mend: str) -> Exception:
    """The error for a character of the element's text."""
    line, column = element.place(offset)
    return fault(what, mend, line=line, column=column)


def _count(element: Element, name: str, found: int, what: str) -> None:
    """Compares what an optional attribute announces with what is there."""
    said = element.attributes.get(name, "").strip()
    if said and said != str(found):
        raise _bad(
            element,
            f"{shown(element.attributes.get('name', element.tag))} announces {shown(said)} {what}, {found} are there",
            f"mend {name!r} or the list",
        )


class _Reader:
    """Takes the elements one by one and grows the problem."""

    def __init__(self) -> None:
        self.domains: dict[str, tuple[int, ...]] = {}
        self.relations: dict[str, _Relation] = {}
        self.columns: dict[str, tuple[int, ...]] = {}
        self.places: dict[str, dict[int, int]] = {}
        self.names: list[str] = []
        self.constraints: list[tuple[Element, list[str], str]] = []
        self.uses: Counter[str] = Counter()
        self.cells = 0
        self.clauses = 0
        self.top = 0

    def take(self, element: Element) -> None:
        """One element."""
        read = {
            "domain": self.domain,
            "variable": self.variable,
            "relation": self.relation,
            "constraint": self.constraint,
        }.get(element.tag)
        if read is not None:
            read(element)
        elif element.tag == "presentation":
            self.presentation(element)

    def presentation(self, element: Element) -> None:
        form = element.attributes.get("format", "XCSP 2.1")
        if form.split() not in (["XCSP", "2.1"], ["XCSP", "2.0"]):
            raise _bad(element, f"the format is {shown(form)}", "only XCSP 2.1 is read")

    def unused(self, element: Element, known: Mapping[str, object]) -> str:
        name = element.wanted("name")
        if name in known:
            raise _bad(element, f"a second {element.tag} {shown(name)}", "give each its own name")
        return name

    def domain(self, element: Element) -> None:
        name = self.unused(element, self.domains)
        values: dict[int, None] = {}
        for word in _WORD.finditer(element.text):
            match = _VALUES.fullmatch(word[0])
            if match is None:
                raise _at(
                    element,
                    word.start(),
                    f"{shown(word[0])} is no value of a domain",
                    "write numbers or ranges such as 0..3",
                )
            first, last = int(match[1]), int(match[2] or match[1])
            if last - first > MOST_VARIABLES or len(values) > MOST_VARIABLES:
                raise _at(
                    element,
                    word.start(),
                    f"domain {shown(name)} has too many values",
                    f"at most {MOST_VARIABLES:,} are read",
                )
            values.update(dict.fromkeys(range(first, last + 1)))
        if not values:
            raise _bad(element, f"domain {shown(name)} has no value", "write at least one")
        _count(element, "nbValues", len(values), "values")
        self.domains[name] = tuple(values)

    def variable(self, element: Element) -> None:
        name = self.unused(element, self.columns)
        domain = self.domains.get(element.wanted("domain"))
        if domain is None:
            raise _bad(
                element,
                f"variable {shown(name)} is of an unknown domain {shown(element.wanted('domain'))}",
                "name a domain that stands above",
            )
        first = self.top + 1
        self.top += len(domain)
        if self.top > MOST_VARIABLES:
            raise _bad(element, "too many values in all", f"at most {MOST_VARIABLES:,} are read")
        self.columns[name] = tuple(range(first, self.top + 1))
        self.places[name] = {value: place for place, value in enumerate(domain)}
        self.add(element, len(domain) * min(len(domain), PAIRS) // 2)
        self.names += [f"{name}={value}" for value in domain]

    def relation(self, element: Element) -> None:
        name = self.unused(element, self.relations)
        semantics = element.wanted("semantics")
        if semantics not in ("supports", "conflicts"):
            raise _bad(
                element,
                f"semantics {shown(semantics)} of relation {shown(name)}",
                "write 'supports' or 'conflicts'",
            )
        rows = _rows(element)
        said = element.attributes.get("arity", "").strip()
        width = len(rows[0]) if rows else 0
        if said and _NUMBER.fullmatch(said):
            width = int(said)
        _check_width(element, rows, width)
        _count(element, "nbTuples", len(rows), "tuples")
        self.relations[name] = _Relation(width, semantics == "supports", tuple(rows))

    def constraint(self, element: Element) -> None:
        scope = element.wanted("scope").split()
        for name in scope:
            if name not in self.columns:
                raise _bad(element, f"unknown variable {shown(name)}", "mend the scope")
        if len(set(scope)) < len(scope):
            raise _bad(element, "a variable stands twice in the scope", "name each once")
        reference = element.wanted("reference")
        if reference not in self.relations:
            raise _bad(
                element,
                f"unknown relation {shown(reference)}",
                "only extension relations are read; state it as one",
            )
        relation = self.relations[reference]
        if relation.rows and relation.width != len(scope):
            raise _bad(
                element,
                f"{len(scope)} variables in the scope, {relation.width} columns in the relation",
                "mend the scope or the relation",
            )
        _count(element, "arity", len(scope), "variables")
        self.cells += len(relation.rows) * relation.width
        if self.cells > MOST_CELLS:
            raise _bad(element, "too many tuples in all", f"at most {MOST_CELLS:,} cells are read")
        self.constraints.append((element, scope, reference))
        self.uses.update(scope)

    def fresh(self) -> int:
        """A helping variable."""
        self.top += 1
        return self.top

    def part(self, element: Element, scope: list[str], reference: str) -> Part:
        """One constraint as a rule."""
        relation = self.relations[reference]
        columns = tuple(self.columns[name] for name in scope)
        maps = [self.places[name] for name in scope]
        known: list[Row] = []
        for row in relation.rows:
            try:
                known.append(tuple(cells[value] for cells, value in zip(maps, row, strict=True)))
            except KeyError:  # a value outside the domain: no car ever meets this row
                continue
        if relation.supports:
            table: Table | None = Table(columns, tuple(dict.fromkeys(known)))
        else:
            table = allowed(columns, known)
        clauses = forbidding(columns, known) if table is None else table_clauses(table, self.fresh)
        self.add(element, len(clauses))
        return Part(element.attributes.get("name") or reference, True, clauses, table)

    def add(self, element: Element, clauses: int) -> None:
        """Counts clauses and helping variables against the limit."""
        self.clauses += clauses
        if self.clauses > MOST_CLAUSES or self.top > MOST_CLAUSES:
            raise _bad(element, "too many clauses in all", f"at most {MOST_CLAUSES:,} are made")

    def problem(self) -> Problem:
        """What was read."""
        count = self.top
        groups = tuple(self.columns.values())
        structure = [
            Part(f"domain:{name}", False, tuple(exactly_one(column, self.fresh)))
            for name, column in self.columns.items()
        ]
        rules = [self.part(*constraint) for constraint in self.constraints]
        parts = (*structure, *rules)
        names = distinct([part.name for part in parts])
        return Problem(
            names=("", *self.names),
            count=count,
            top=self.top,
            groups=groups,
            parts=tuple(
                part if part.name == name else Part(name, part.is_rule, part.clauses, part.table)
                for part, name in zip(parts, names, strict=True)
            ),
            hub=central(groups, [self.uses[name] for name in self.columns], len(rules)),
        )


def _rows(element: Element) -> list[Row]:
    """The tuples of a relation: numbers, rows parted by `|`."""
    text = element.text
    if not text.strip():
        return []
    try:
        if _TUPLES.fullmatch(text):
            return [tuple(map(int, row.split())) for row in text.split("|")]
    except ValueError:
        pass  # such as 3-4, or far too many digits
    raise _bad_word(element, text)


def _bad_word(element: Element, text: str) -> Exception:
    word, start = next(
        (match[0], match.start())
        for match in _WORD.finditer(text)
        if _NUMBER.fullmatch(match[0]) is None
    )
    mend = "write whole numbers, rows parted by |"
    return _at(element, start, f"{shown(word)} is no value", mend)


def _check_width(element: Element, rows: list[Row], width: int) -> None:
    for number, row in enumerate(rows):
        if len(row) != width or not row:
            raise _at(
                element,
                _start(element.text, number),
                f"a tuple of {len(row)} values in a relation of {width} columns",
                "mend the tuple or the arity",
            )


def _start(text: str, number: int) -> int:
    """Where the tuple of that number, from 0, starts."""
    offset = 0
    for _ in range(number):
        offset = text.index("|", offset) + 1
    rest = text[offset:]
    return offset + len(rest) - len(rest.lstrip())


def read_xcsp(text: str) -> Problem:
    """The problem of an XCSP 2.1 instance; raises ModelFileError with line, column and what to mend."""
    check_size(text)
    reader = _Reader()
    for element in elements(text):
        reader.take(element)
    if not reader.columns:
        raise fault("the file names no variable", "write <variables>", line=1)
    return reader.problem()
