"""Sheets as CSV that a spreadsheet opens with Chinese intact, and runs no formula of."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse


def download(rows: Iterable[Sequence[str]], name: str) -> HttpResponse:
    """The rows as a file `name`."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.write("\ufeff")
    csv.writer(answer).writerows([[inert(cell) for cell in row] for row in rows])
    return answer


def inert(cell: str) -> str:
    """The cell, quoted where a spreadsheet would run it."""
    number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} and not number else cell
