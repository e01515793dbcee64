"""Worked tables of docs/rules: tests read the same rows that people read."""

from __future__ import annotations

from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "docs" / "rules"


def table(page: str, name: str) -> list[dict[str, str]]:
    """The rows of the table after `<!-- table: NAME -->` on a page, by column; raises KeyError."""
    text = (RULES / page).read_text("utf-8")
    mark = f"<!-- table: {name} -->"
    if mark not in text:
        raise KeyError(f"{page} has no table {name}")
    lines = text.split(mark, 1)[1].strip().splitlines()
    cells = [[cell.strip() for cell in line.split("|")] for line in table_lines(lines)]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def table_lines(lines: list[str]) -> list[str]:
    """The first lines that belong to a table."""
    found: list[str] = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append(line.strip().removeprefix("|").removesuffix("|"))
    return found
