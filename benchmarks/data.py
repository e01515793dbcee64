"""Real rule sets from the folder that CONFIGURATOR_DATA names; they are never copied into the repository.

Where they came from and what is known about them stands in docs/rules/configurator.md.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.domain.configuration.foreign.dimacs import read_dimacs
from catalog.domain.configuration.foreign.xcsp import read_xcsp
from catalog.domain.configuration.problem import Problem

VARIABLE = "CONFIGURATOR_DATA"
SKIPPED = f"skipped: set {VARIABLE} to the folder of real rule sets"
FILES: dict[str, tuple[str, Callable[[str], Problem]]] = {
    "renault_small": ("small_contraintes.xml.gz", read_xcsp),
    "renault_medium": ("medium_contraintes.xml.gz", read_xcsp),
    "C168_FW": ("C168_FW.cnf.gz", read_dimacs),
    "C210_FVF": ("C210_FVF.cnf.gz", read_dimacs),
    "C211_FW": ("C211_FW.cnf.gz", read_dimacs),
    "automotive01": ("automotive01.dimacs.gz", read_dimacs),
    "financial_services": ("financial_services.dimacs.gz", read_dimacs),
}
HISTORIES = {"renault_small": "small_brut.csv.gz", "renault_medium": "medium_brut.csv.gz"}


@dataclass(frozen=True, slots=True)
class Sale:
    """A row of a sales history: the options sold, and values that the rule set does not know, as `v12=7`."""

    options: tuple[int, ...]
    unknown: tuple[str, ...]


def folder() -> Path | None:
    """The folder of real rule sets, if the variable is set; raises FileNotFoundError where it is no folder."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    found = Path(named)
    if not found.is_dir():
        raise FileNotFoundError(f"{VARIABLE} names {named}, which is no folder")
    return found


def has(name: str) -> bool:
    """Whether the rule set `name` is at hand."""
    found = folder()
    return found is not None and (found / FILES[name][0]).is_file()


def load(name: str) -> Problem:
    """The rule set `name`; raises FileNotFoundError, ModelFileError."""
    file, read = FILES[name]
    return read(_text(file))


def sales(name: str, problem: Problem) -> Iterator[Sale]:
    """The rows of the sales history of `name`; the first column counts, each other one is a group of the problem."""
    number = {code: place for place, code in enumerate(problem.names) if code}
    header, *rows = csv.reader(io.StringIO(_text(HISTORIES[name])))
    for row in rows:
        codes = [f"{group}={value}" for group, value in zip(header[1:], row[1:], strict=True)]
        yield Sale(
            options=tuple(number[code] for code in codes if code in number),
            unknown=tuple(code for code in codes if code not in number),
        )


def _text(file: str) -> str:
    found = folder()
    if found is None:
        raise FileNotFoundError(SKIPPED)
    return gzip.decompress((found / file).read_bytes()).decode()
