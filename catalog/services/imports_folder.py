"""What a catalogue folder says: rows per table with their places, and what is known to be in it.

Readers of the single files add rows; a row with a fault is known (so that nothing else complains about
its code) but not kept. Where a whole file could not be read, everything in it counts as known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field

from catalog.services.imports_fields import Fields
from catalog.services.imports_reading import Faults, Line, read_csv, read_yaml
from catalog.services.releases_tables import TABLES, Row, Table


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row as a file says it."""

    file: str
    line: int
    row: Row


class Folder:
    """The folder while it is read."""

    def __init__(self, directory: Path, faults: Faults) -> None:
        self.directory = directory
        self.faults = faults
        self.rows: dict[str, list[FileRow]] = {name: [] for name in TABLES}
        self.said: set[tuple[str, str | None]] = set()
        """Tables (and models) that a file spoke about: rows missing there are withdrawn."""
        self.currencies: dict[str, str | None] = {}
        self.lines: dict[tuple[str, tuple[Any, ...]], tuple[str, int]] = {}
        self._unreadable: set[tuple[str, str | None]] = set()

    def exists(self, file: str) -> bool:
        """Whether the folder has that file."""
        return (self.directory / file).is_file()

    def yaml(self, file: str, what: str, *tables: str, model: str | None = None) -> Fields | None:
        """The top mapping of a YAML file; unreadable: its tables count as known."""
        self._say(tables, model)
        top = read_yaml(self.directory / file, file, self.faults)
        if top is None:
            self._unreadable.update((table, model) for table in tables)
            return None
        return Fields(top, file=file, faults=self.faults, what=what)

    def csv(
        self,
        file: str,
        columns: str,
        *tables: str,
        model: str | None = None,
        more: bool = False,
    ) -> list[Line]:
        """The rows of a CSV file that could be read; unless all could, its tables count as known."""
        self._say(tables, model)
        before = len(self.faults)
        lines = read_csv(self.directory / file, file, columns.split(","), self.faults, more=more)
        if lines is None or len(self.faults) > before:
            self._unreadable.update((table, model) for table in tables)
        return lines or []

    def unreadable(self, table: str) -> None:
        """Everything of `table` counts as known: nobody can say what it holds."""
        self._unreadable.add((table, None))

    def _say(self, tables: tuple[str, ...], model: str | None) -> None:
        self.said.update((table, model) for table in tables)

    def fields(self, line: Line, file: str, what: str) -> Fields:
        """A row of a table as fields."""
        return Fields.of_line(line, file=file, faults=self.faults, what=what)

    def knows(self, table: str, *key: Any, model: str | None = None) -> bool:
        """Whether that row is in the folder, or might be in a file that could not be read."""
        return (
            (table, key) in self.lines
            or (table, model) in self._unreadable
            or (table, None) in self._unreadable
        )

    def need(
        self, fields: Fields, name: str, value: str | None, table: str, thing: str
    ) -> str | None:
        """`value` again when that row exists, else a fault; None stays None."""
        if value and not self.knows(table, value):
            fields.fault(f"`{name}`: there is no {thing} `{value}`", fields.line_of(name))
        return value or None

    def currency(self, market: str | None) -> str | None:
        """The currency of a market, None when unknown."""
        return self.currencies.get(market or "")

    def add(
        self, table: str, fields: Fields, row: Mapping[str, Any], *, exact: bool = True
    ) -> None:
        """Close `fields` and keep its row; faults a key that is there twice and values a column cannot hold.

        `exact` is false where several rows come from one mapping, closed by the caller.
        """
        if exact:
            fields.close()
        spec = TABLES[table]
        key = spec.key_of(row)
        self._remember(spec, key, fields)
        if not fields.broken:
            self._check_columns(spec, fields, row)
        if not fields.broken:
            self.rows[table].append(FileRow(fields.file, fields.line, dict(row)))

    def _remember(self, spec: Table, key: tuple[Any, ...], fields: Fields) -> None:
        if any(part is None for part, name in zip(key, spec.key, strict=True) if name == "code"):
            return
        here = (fields.file, fields.line)
        first = self.lines.setdefault((spec.name, key), here)
        if first != here and not fields.broken:
            shown = " ".join(str(part) for part in key if part)
            place = f"{first[0]}:{first[1]}" if first[0] != fields.file else f"line {first[1]}"
            fields.fault(f"{fields.what} `{shown}` is there twice, first in {place}")

    def _check_columns(self, spec: Table, fields: Fields, row: Mapping[str, Any]) -> None:
        for column in spec.columns:
            field = spec.model._meta.get_field(column)
            if column in spec.links or row[column] is None or not isinstance(field, Field):
                continue
            try:
                field.run_validators(field.to_python(row[column]))
            except ValidationError as error:
                fields.fault(f"`{column}`: {' '.join(error.messages)}", fields.line_of(column))
