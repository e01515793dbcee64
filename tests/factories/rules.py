"""Tables of docs/rules as tests read them."""

from __future__ import annotations

from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "docs" / "rules"


def rule_table(page: str, heading: str) -> list[dict[str, str]]:
    """The first table under a heading of `docs/rules/<page>.md`, a mapping per row; raises LookupError."""
    text = (RULES / f"{page}.md").read_text(encoding="utf-8")
    _, found, rest = text.partition(f"\n## {heading}\n")
    if not found:
        raise LookupError(f"docs/rules/{page}.md has no heading {heading!r}")
    section = rest.partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    if len(lines) < 3:
        raise LookupError(f"docs/rules/{page}.md has no table under {heading!r}")
    header, *rows = (_cells(line) for line in [lines[0], *lines[2:]])
    return [dict(zip(header, row, strict=True)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
