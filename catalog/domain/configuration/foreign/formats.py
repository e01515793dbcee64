"""One door for foreign models: which of the formats a file is, by the end of its name or else by how it begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from catalog.domain.configuration.foreign.dimacs import read_dimacs
from catalog.domain.configuration.foreign.places import MOST_CHARACTERS, fault
from catalog.domain.configuration.foreign.uvl import read_uvl
from catalog.domain.configuration.foreign.xcsp import read_xcsp
from catalog.domain.configuration.problem import Problem

Reader = Callable[[str], Problem]
FORMATS: Mapping[str, Reader] = {"DIMACS": read_dimacs, "UVL": read_uvl, "XCSP 2.1": read_xcsp}
ENDINGS: Mapping[str, str] = {
    ".dimacs": "DIMACS",
    ".cnf": "DIMACS",
    ".uvl": "UVL",
    ".xml": "XCSP 2.1",
    ".xcsp": "XCSP 2.1",
}
_BEGINNINGS = (
    (re.compile(r"\s*<"), "XCSP 2.1"),
    (re.compile(r"(?:c[^\n]*\n|\s)*p\s+cnf\b"), "DIMACS"),
    (re.compile(r"(?:[^\n]*\n)*?(?:features|namespace|include|imports)\b"), "UVL"),
)


def model_format(text: str, name: str) -> str:
    """A key of FORMATS; raises ModelFileError where neither the name nor the text says which."""
    for ending, found in ENDINGS.items():
        if name.lower().removesuffix(".gz").endswith(ending):
            return found
    for beginning, found in _BEGINNINGS:
        if beginning.match(text.removeprefix("\ufeff")[:100_000]):
            return found
    raise fault(
        "this is none of " + ", ".join(FORMATS),
        f"name the file with one of {' '.join(ENDINGS)}",
        line=1,
    )


def decoded(data: bytes) -> str:
    """The text of a file; raises ModelFileError where it is too large or not UTF-8."""
    if len(data) > MOST_CHARACTERS:
        raise fault(
            f"the file has {len(data):,} bytes",
            f"split it, {MOST_CHARACTERS:,} are the most",
            line=1,
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise fault(
            f"byte {data[error.start]:#04x} is not UTF-8",
            "save the file as UTF-8",
            line=before.count(b"\n") + 1,
            column=error.start - before.rfind(b"\n"),
        ) from None


def read_model(content: str | bytes, name: str) -> Problem:
    """The problem of a model file called `name`, unpacked; raises ModelFileError."""
    text = decoded(content) if isinstance(content, bytes) else content
    return FORMATS[model_format(text, name)](text)
