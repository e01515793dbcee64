"""Files of a catalogue folder, read with line numbers and without trust.

YAML is built from the parser's events, never constructed: no anchors, no tags, no deep nesting, scalars
stay text until a field says what it wants. So `no` is a code, `0.10` keeps its digits and nothing a file
can say runs code or recurses.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

LARGEST = 20_000_000
"""Bytes a file may have."""
DEEPEST = 20
"""Levels of mappings and lists a YAML file may have."""
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Control characters, half characters and non-characters: no text, and PostgreSQL refuses some."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong, where: `file` is relative to the folder, `line` counts from 1 (0: the whole file)."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.reason}"
            if self.line
            else f"{self.file}: {self.reason}"
        )


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word as it stands in the file; `plain` is false when it was quoted."""

    text: str
    plain: bool
    line: int


@dataclass(slots=True)
class Mapped:
    """A mapping with the line of each key."""

    line: int
    items: dict[str, Scalar | Mapped | Listed] = field(default_factory=dict)


@dataclass(slots=True)
class Listed:
    """A list."""

    line: int
    items: list[Scalar | Mapped | Listed] = field(default_factory=list)


Item = Scalar | Mapped | Listed


class UnreadableError(ValueError):
    """A file that cannot be read at all."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class Faults:
    """Collects faults, each once, in the order of file and line when asked."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}

    def add(self, file: str, line: int, reason: str) -> None:
        """Note one fault."""
        self._found.setdefault(Fault(file, line, reason))

    def __iter__(self) -> Iterator[Fault]:
        return iter(sorted(self._found))

    def __len__(self) -> int:
        return len(self._found)


def read_text(path: Path) -> str:
    """The text of a file; raises UnreadableError naming the line where it stops being UTF-8."""
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableError(0, f"larger than {LARGEST // 1_000_000} MB")
        data = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableError(0, "the file is missing") from None
    except OSError as error:
        raise UnreadableError(0, f"cannot be read: {error.strerror or error}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, "not UTF-8; save the file as UTF-8") from None
    bad = FORBIDDEN.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        raise UnreadableError(line, f"holds the control character U+{ord(bad.group()):04X}")
    return text


def read_yaml(path: Path, file: str, faults: Faults) -> Mapped | None:
    """The mapping a YAML file holds, or None with a fault."""
    try:
        builder = _Builder(file, faults)
        top = builder.build(read_text(path))
    except UnreadableError as error:
        faults.add(file, error.line, error.reason)
        return None
    if not isinstance(top, Mapped):
        faults.add(file, 1, "the file must be a mapping of names to values")
        return None
    return top


class _Builder:
    """Items from the events of one YAML document."""

    def __init__(self, file: str, faults: Faults) -> None:
        self.file = file
        self.faults = faults
        self.open: list[tuple[Mapped | Listed, Scalar | None]] = []
        self.top: Item | None = None
        self.documents = 0

    def build(self, text: str) -> Item | None:
        """The one document of `text`; raises UnreadableError."""
        try:
            for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = error.problem or error.context or "no YAML"
            raise UnreadableError(mark.line + 1 if mark else 0, f"no YAML: {said}") from None
        except yaml.YAMLError as error:
            raise UnreadableError(0, f"no YAML: {error}") from None
        return self.top

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise UnreadableError(line, "a second document begins; a file holds one")
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()

    def _node(self, event: yaml.NodeEvent, line: int) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise UnreadableError(
                line, "anchors and aliases are not used here; write the value out"
            )
        if isinstance(event, yaml.ScalarEvent):
            if event.tag is not None and event.tag != "!":
                raise UnreadableError(line, f"the tag {event.tag} is not used here")
            self._place(Scalar(event.value, event.implicit[0], line))
            return
        if len(self.open) >= DEEPEST:
            raise UnreadableError(line, f"nested deeper than {DEEPEST} levels")
        mapped = isinstance(event, yaml.MappingStartEvent)
        self.open.append((Mapped(line) if mapped else Listed(line), None))

    def _close(self) -> None:
        item, _key = self.open.pop()
        self._place(item)

    def _place(self, item: Item) -> None:
        if not self.open:
            self.top = item
            return
        parent, key = self.open[-1]
        if isinstance(parent, Listed):
            parent.items.append(item)
        elif key is None:
            if not isinstance(item, Scalar):
                raise UnreadableError(item.line, "a name is a word, not a list or mapping")
            self.open[-1] = (parent, item)
        else:
            if key.text in parent.items:
                self.faults.add(self.file, key.line, f"`{key.text}` is said twice")
            parent.items[key.text] = item
            self.open[-1] = (parent, None)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its cells by column, and where it stands."""

    number: int
    cells: dict[str, str]


def read_csv(
    path: Path, file: str, columns: Iterable[str], faults: Faults, *, more: bool = False
) -> list[Line] | None:
    """The rows of a CSV file with exactly these columns (and, with `more`, others after them).

    Rows of a wrong width become faults and are left out; None when the file or its header is unreadable.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        faults.add(file, error.line, error.reason)
        return None
    records = _records(text, file, faults)
    if records is None:
        return None
    if not records:
        faults.add(file, 1, f"the header line is missing: {','.join(columns)}")
        return None
    header = [cell.strip() for cell in records[0][1]]
    if not _good_header(header, list(columns), more, file, faults):
        return None
    return [
        Line(number, {name: cell.strip() for name, cell in zip(header, cells, strict=True)})
        for number, cells in records[1:]
        if _good_width(cells, header, number, file, faults)
    ]


def _records(text: str, file: str, faults: Faults) -> list[tuple[int, list[str]]] | None:
    """Every record that is not an empty line, with the line it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            faults.add(file, number, f"no CSV: {error}")
            return None
        if cells is None:
            return found
        if cells:
            found.append((number, cells))


def _good_header(
    header: list[str], columns: list[str], more: bool, file: str, faults: Faults
) -> bool:
    start = header[: len(columns)] if more else header
    if start != columns or len(set(header)) != len(header):
        wanted = ",".join(columns) + (",..." if more else "")
        faults.add(file, 1, f"the header must be {wanted}, each column once")
        return False
    return True


def _good_width(
    cells: list[str], header: list[str], number: int, file: str, faults: Faults
) -> bool:
    if len(cells) != len(header):
        faults.add(file, number, f"has {len(cells)} cells, the header has {len(header)}")
        return False
    return True
