"""Handing out the books as files: each says how many rows it has, what they add up to, and their SHA-256.

The same three are in the file where its format has room, beside the file, and in the audit chain with who took it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import IO, Any, cast

import xlsxwriter
from django.conf import settings

from checkout.domain.closing import month_named
from checkout.domain.datev import BASE, Batch, export
from checkout.errors import BadExport
from checkout.models import ClosedPeriod
from checkout.queries.exports import Cell, Table, bookings, table
from kernel.audit import record
from kernel.money import Money, exponent
from kernel.text import pick

MOST_ROWS = 1_000_000
"""An XLSX sheet ends soon after so many rows; a longer table is handed out as CSV."""
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the beginning of a formula."""
CONTROL = "CONTROL"


@dataclass(frozen=True, slots=True)
class Control:
    """Rows, sums by currency in minor units, and the SHA-256 of the rows.

    Of the rows as lines of the CSV file, each with its CR LF, without its headings and control rows: the CSV and the XLSX of
    one table in one language bear the same. Of a DATEV batch its bookings as they stand in the file.
    """

    rows: int
    totals: Mapping[str, int]
    sha256: str

    @property
    def sums(self) -> tuple[Money, ...]:
        """The totals as money, by currency."""
        return tuple(Money(minor, currency) for currency, minor in sorted(self.totals.items()))


@dataclass(frozen=True, slots=True)
class Download:
    """A file at its beginning, to be read once; `left_out` entries could not be written in its format.

    `headers` go with the file: Content-Type, Content-Disposition, Content-Digest, and the control values.
    """

    name: str
    content: IO[bytes]
    control: Control
    left_out: int
    headers: Mapping[str, str]


def download(
    *, kind: str, form: str, month: str, language: str, actor: str, now: datetime
) -> Download:
    """The table `kind` of `month` (`2026-11`) as `csv` or `xlsx`, or its journal as `datev`; told in the audit chain.

    Raises BadExport, PeriodNotReady.
    """
    write = _FORMS.get(form)
    if write is None or (form == "datev" and kind != "journal"):
        raise BadExport(
            f"form: one of {', '.join(_FORMS)}; datev is for the journal", facts={"field": "form"}
        )
    file = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - who asked reads and closes it
    control, left_out = write(file, kind, month, language, now)
    digest = _digest(file)
    file.seek(0)
    ending, content_type = _ENDINGS[form]
    name = f"{kind}-{month}.{ending}"
    facts = {
        "form": form,
        "rows": control.rows,
        "totals": dict(control.totals),
        "rows_sha256": control.sha256,
        "file_sha256": digest.hex(),
        "left_out": left_out,
    }
    record(subject=f"export:{kind}:{month}", action="exported", actor=actor, facts=facts, now=now)
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
        "X-Rows": str(control.rows),
        "X-Control-Total": "; ".join(str(amount) for amount in control.sums),
        "X-Rows-SHA256": control.sha256,
        "X-Left-Out": str(left_out),
    }
    return Download(name, file, control, left_out, MappingProxyType(headers))


def _digest(file: IO[bytes]) -> bytes:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]


# ---- Rows ----


class _Counting:
    """Counts rows, their sums and their digest while they are written."""

    def __init__(self, found: Table, language: str) -> None:
        self.table, self.language = found, language
        self.rows, self.totals = 0, Counter[str]()
        self._at = [column.code for column in found.columns].index(found.counted)
        self._sha = hashlib.sha256()

    def __iter__(self) -> Iterator[tuple[tuple[Cell, ...], bytes]]:
        """Each row with its line."""
        for row in self.table.rows:
            line = _line([_written(cell, self.language) for cell in row])
            self.rows += 1
            counted = row[self._at]
            if isinstance(counted, Money):
                self.totals[counted.currency] += counted.minor
            self._sha.update(line)
            yield row, line

    def control(self) -> Control:
        """What was counted."""
        return Control(self.rows, dict(self.totals), self._sha.hexdigest())


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def _written(cell: Cell, language: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return str(cell.decimal)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date | int):
        return str(cell)
    return inert(cell if isinstance(cell, str) else pick(cell, language))


def inert(text: str) -> str:
    """The text, quoted where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(RUNS) else text


def _headings(found: Table, language: str) -> list[str]:
    return [pick(column.heading, language) for column in found.columns]


# ---- Formats ----

_Written = tuple[Control, int]


def _csv(file: IO[bytes], kind: str, month: str, language: str, now: datetime) -> _Written:
    counting = _Counting(table(kind, month=month), language)
    file.write("\ufeff".encode())
    file.write(_line(_headings(counting.table, language)))
    for _, line in counting:
        file.write(line)
    control = counting.control()
    for row in _control_rows(control):
        file.write(_line([CONTROL, *row]))
    return control, 0


def _control_rows(control: Control) -> Iterator[tuple[str, str, str]]:
    yield "rows", str(control.rows), ""
    for amount in control.sums:
        yield "total", str(amount.decimal), amount.currency
    yield "sha256", control.sha256, ""


def _xlsx(file: IO[bytes], kind: str, month: str, language: str, now: datetime) -> _Written:
    counting = _Counting(table(kind, month=month), language)
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, {"constant_memory": True, **safe})
    book.set_properties({"created": now.replace(tzinfo=None)})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(pick(counting.table.title, language)[:31])
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(counting.table.columns) - 1, 16)
    for at, heading in enumerate(_headings(counting.table, language)):
        sheet.write_string(0, at, heading, bold)
    formats = _Formats(book)
    for number, (row, _) in enumerate(counting, start=1):
        if number > MOST_ROWS:
            raise BadExport(f"form: more than {MOST_ROWS} rows; take csv", facts={"field": "form"})
        for at, cell in enumerate(row):
            _put(sheet, number, at, cell, formats, language)
    control = counting.control()
    last = book.add_worksheet(CONTROL)
    last.set_column(0, 2, 20)
    for number, (name, value, currency) in enumerate(_control_rows(control)):
        for at, text in enumerate((name, value, currency)):
            last.write_string(number, at, text)
    book.close()
    return control, 0


class _Formats:
    """How numbers of each currency, days and moments are shown; made when first needed."""

    def __init__(self, book: Any) -> None:
        self._book, self._known = book, dict[str, Any]()

    def of(self, pattern: str) -> Any:
        """The format of a pattern."""
        if pattern not in self._known:
            self._known[pattern] = self._book.add_format({"num_format": pattern})
        return self._known[pattern]

    def money(self, currency: str) -> Any:
        """With as many decimals as the currency has."""
        digits = exponent(currency)
        return self.of(f"#,##0.{'0' * digits}" if digits else "#,##0")


def _put(sheet: Any, row: int, at: int, cell: Cell, formats: _Formats, language: str) -> None:
    """One cell: sums, whole numbers, days and moments as such, everything else as text that is never run."""
    if cell is None or cell == "":
        return
    if isinstance(cell, Money):
        # A spreadsheet knows no other number than this; sums of this size are exact in it.
        sheet.write_number(row, at, float(cell.decimal), formats.money(cell.currency))
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, at, cell.replace(tzinfo=None), formats.of("yyyy-mm-dd hh:mm:ss"))
    elif isinstance(cell, date):
        sheet.write_datetime(row, at, cell, formats.of("yyyy-mm-dd"))
    elif isinstance(cell, int):
        sheet.write_number(row, at, cell)
    else:
        sheet.write_string(row, at, cell if isinstance(cell, str) else pick(cell, language))


def _datev(file: IO[bytes], kind: str, month: str, language: str, now: datetime) -> _Written:
    whose: Mapping[str, Any] = settings.DATEV
    if not {"consultant", "client"} <= whose.keys():
        raise BadExport(
            "FORECOURT_DATEV: say the numbers of consultant and client",
            facts={
                "field": "FORECOURT_DATEV",
                "text": {
                    "zh-hans": "请先在设置 FORECOURT_DATEV 中填写税务顾问编号和客户编号。",
                    "en": "Set the numbers of consultant and client in FORECOURT_DATEV first.",
                },
            },
        )
    period = month_named(month)
    found, left_out = bookings(month, BASE)
    batch = Batch(
        consultant=int(whose["consultant"]),
        client=int(whose["client"]),
        year_starts=period.first.replace(month=1),
        first=period.first,
        last=period.last,
        created=now,
        name=f"Forecourt {period.name}",
        account_length=int(whose.get("account_length", 4)),
        locked=ClosedPeriod.objects.filter(name=period.name).exists(),
    )
    chart = whose.get("chart")
    made = export(batch, found, chart) if chart else export(batch, found)
    file.write(made.body)
    lines = made.body.split(b"\r\n", 2)[2]
    sums = {made.total.currency: made.total.minor}
    return Control(made.rows, sums, hashlib.sha256(lines).hexdigest()), left_out


_FORMS: Mapping[str, Callable[[IO[bytes], str, str, str, datetime], _Written]] = MappingProxyType(
    {"csv": _csv, "xlsx": _xlsx, "datev": _datev}
)
FORMS = tuple(_FORMS)
"""Every format by its code."""
_ENDINGS = MappingProxyType(
    {
        "csv": ("csv", "text/csv; charset=utf-8"),
        "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        # DATEV looks for files of this name in Windows-1252.
        "datev": ("datev.csv", "text/csv; charset=windows-1252"),
    }
)
