"""The feature tree of a UVL file, read by indentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from catalog.domain.configuration.foreign.places import MOST_VARIABLES, shown
from catalog.domain.configuration.foreign.uvl_lines import Line, Word

TYPES = ("Boolean", "Integer", "Real", "String")
KINDS = ("mandatory", "optional", "alternative", "or")


@dataclass(slots=True)
class Group:
    """Features under `parent`: with it at least `least`, at most `most` of `members`; `separate`: no joint count."""

    parent: int
    least: int
    most: int | None
    word: Word
    members: list[int] = field(default_factory=list)
    separate: bool = False


@dataclass(slots=True)
class Tree:
    """Features from 1 in the order of the file (`words[0]` is feature 1) and their groups."""

    words: list[Word]
    groups: list[Group]


@dataclass(slots=True)
class _Open:
    """A line whose indented lines are being read: a feature, or a group when `group` is there."""

    indent: int
    feature: int
    group: Group | None
    inner: int | None = None


class _Reader:
    def __init__(self) -> None:
        self.words: list[Word] = []
        self.known: set[str] = set()
        self.groups: list[Group] = []
        self.open: list[_Open] = []
        self.root_indent: int | None = None

    def line(self, line: Line) -> None:
        while self.open and self.open[-1].indent >= line.indent:
            self.open.pop()
        around = self.open[-1] if self.open else None
        if around is None:
            self.root(line)
            return
        if around.inner not in (None, line.indent):
            raise line.words[0].wrong(
                "this indentation fits no line above", "align it with its neighbours"
            )
        around.inner = line.indent
        if around.group is None:
            self.group(line, around.feature)
        else:
            around.group.members.append(self.feature(line))

    def root(self, line: Line) -> None:
        if self.words:
            raise line.words[0].wrong(
                "a second root feature", "indent it under a group of the first"
            )
        self.feature(line)

    def feature(self, line: Line) -> int:
        """Reads `[Boolean] name [{attributes}]`; its number."""
        words = list(line.words)
        if len(words) > 1 and words[0].says(*TYPES) and words[1].kind == "name":
            if not words[0].says("Boolean"):
                raise words[0].wrong(
                    f"a feature of type {words[0].text}", "only Boolean features are read"
                )
            words.pop(0)
        name = words[0]
        if name.kind != "name" or name.says(*KINDS):
            raise name.wrong(
                f"{shown(name.text)} stands where a feature should",
                'write its name, in "quotes" if it is a word of the language',
            )
        _check_rest(words[1:])
        if name.text in self.known:
            raise name.wrong(f"a second feature {shown(name.text)}", "give each its own name")
        if len(self.words) == MOST_VARIABLES:
            raise name.wrong("too many features", f"at most {MOST_VARIABLES:,} are read")
        self.known.add(name.text)
        self.words.append(name)
        self.open.append(_Open(line.indent, len(self.words), None))
        return len(self.words)

    def group(self, line: Line, parent: int) -> None:
        word, *rest = line.words
        if word.is_sign("["):
            least, most = _bounds(line.words)
            group = Group(parent, least, most, word)
        elif word.says(*KINDS) and not rest:
            group = _group(word, parent)
        else:
            raise word.wrong(
                f"{shown(word.text)} stands where a group should",
                "write 'mandatory', 'optional', 'alternative', 'or' or [1..2] above the features",
            )
        self.groups.append(group)
        self.open.append(_Open(line.indent, parent, group))


def _group(word: Word, parent: int) -> Group:
    if word.says("mandatory"):
        return Group(parent, 1, None, word, separate=True)
    if word.says("optional"):
        return Group(parent, 0, None, word, separate=True)
    return Group(parent, 1, 1 if word.says("alternative") else None, word)


def _check_rest(words: Sequence[Word]) -> None:
    """What may follow a name: attributes in braces. They are skipped, but a constraint among them would be a lie."""
    if not words:
        return
    if words[0].says("cardinality"):
        raise words[0].wrong(
            "a feature that can be there several times",
            "only features that are there or not are read",
        )
    if not words[0].is_sign("{"):
        raise words[0].wrong(
            f"{shown(words[0].text)} after a feature's name",
            'put a name of several words in "quotes"',
        )
    for word in words:
        if word.says("constraint", "constraints"):
            raise word.wrong("a constraint among attributes", "move it under 'constraints'")
    depth = 0
    for place, word in enumerate(words):
        depth += word.is_sign("{", "[", "(") - word.is_sign("}", "]", ")")
        if not depth and place + 1 < len(words):
            extra = words[place + 1]
            raise extra.wrong(f"{shown(extra.text)} after the attributes", "remove it")


def _bounds(words: Sequence[Word]) -> tuple[int, int | None]:
    """`[2]`, `[1..3]` or `[1..*]`."""
    shape = [word.kind if word.kind == "number" else word.text for word in words]
    numbers = [
        int(w.text)
        for w in words
        if w.kind == "number" and w.text.isascii() and w.text.isdigit() and len(w.text) < 7
    ]
    if shape == ["[", "number", "]"] and len(numbers) == 1:
        return numbers[0], numbers[0]
    if shape == ["[", "number", "..", "*", "]"] and len(numbers) == 1:
        return numbers[0], None
    if shape == ["[", "number", "..", "number", "]"] and len(numbers) == 2:
        return numbers[0], numbers[1]
    raise words[0].wrong("a cardinality that cannot be read", "write [2], [1..3] or [1..*]")


def read_tree(lines: Iterable[Line]) -> Tree:
    """The tree of the lines under `features`; raises ModelFileError."""
    reader = _Reader()
    for line in lines:
        reader.line(line)
    for group in reader.groups:
        if not group.members:
            raise group.word.wrong(
                "a group without features", "indent its features under it, or remove it"
            )
    return Tree(reader.words, reader.groups)
