"""The elements of an XCSP 2.1 file with their places, read by a parser that follows no entity and no address.

Expat of the standard library, with every document type refused: so nothing is fetched, and no text unfolds to
gigabytes. Only the elements of extension models are let through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from catalog.domain.configuration.foreign.places import fault, shown

MOST_ELEMENTS = 400_000
INSIDE: Mapping[str, str] = {
    "instance": "",
    "presentation": "instance",
    "domains": "instance",
    "variables": "instance",
    "relations": "instance",
    "constraints": "instance",
    "domain": "domains",
    "variable": "variables",
    "relation": "relations",
    "constraint": "constraints",
}
"""Every element read, and the one it stands in."""


@dataclass(slots=True)
class Element:
    """One element: `line`, `column` of its tag, `text` and the place where the text begins, all from 1."""

    tag: str
    attributes: Mapping[str, str]
    line: int
    column: int
    pieces: list[str] = field(default_factory=list)
    text_line: int = 1
    text_column: int = 1

    @property
    def text(self) -> str:
        """What stands in it."""
        return "".join(self.pieces)

    def wanted(self, name: str) -> str:
        """An attribute; raises ModelFileError where it is missing."""
        value = self.attributes.get(name, "").strip()
        if not value:
            raise fault(
                f"<{self.tag}> has no {name!r}",
                f'write <{self.tag} {name}="...">',
                line=self.line,
                column=self.column,
            )
        return value

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of the character of the text at `offset`."""
        before = self.text[:offset]
        line = before.count("\n")
        if line:
            return self.text_line + line, offset - before.rfind("\n")
        return self.text_line, self.text_column + offset


class _Reader:
    """Takes what the parser reports."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = False  # else a text is reported only at its end
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def here(self) -> tuple[int, int]:
        return self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1

    def doctype(self, _name: str, _system: str | None, _public: str | None, _own: int) -> None:
        line, column = self.here()
        raise fault(
            "a document type", "remove <!DOCTYPE ...>, no entity is read", line=line, column=column
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line, column = self.here()
        around = self.open[-1].tag if self.open else ""
        if INSIDE.get(tag) != around:
            raise fault(
                f"<{shown(tag)[1:-1]}> has no meaning inside {f'<{around}>' if around else 'the file'}",
                "only XCSP 2.1 models of domains, variables, extension relations and constraints are read",
                line=line,
                column=column,
            )
        if len(self.elements) == MOST_ELEMENTS:
            raise fault("too many elements", f"at most {MOST_ELEMENTS:,} are read", line=line)
        element = Element(tag, attributes, line, column)
        self.elements.append(element)
        self.open.append(element)

    def end(self, _tag: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        element = self.open[-1]
        if not element.pieces:
            element.text_line, element.text_column = self.here()
        element.pieces.append(text)


def elements(text: str) -> Iterator[Element]:
    """Every element in the order of the file; raises ModelFileError where it is no such XML."""
    reader = _Reader()
    try:
        reader.parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        raise fault(
            f"the XML is broken: {expat.ErrorString(error.code)}",
            "mend it here or just before",
            line=error.lineno,
            column=error.offset + 1,
        ) from None
    return iter(reader.elements)
