"""Rows of a benchmark run, as a table for people and JSON for machines."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "build" / "bench.json"
COMPARE = {"<=": operator.le, ">=": operator.ge, "=": operator.eq}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside its target, e.g. `Row("api.order.sql_statements", 21, "statements", "<= 25")`."""

    name: str
    value: float
    unit: str
    target: str

    @property
    def ok(self) -> bool:
        """Whether the value meets the target."""
        sign, _, limit = self.target.partition(" ")
        return bool(COMPARE[sign](self.value, float(limit)))


def print_table(rows: list[Row]) -> None:
    """Name, value, unit, target and verdict, aligned."""
    width = max((len(row.name) for row in rows), default=4)
    for row in rows:
        verdict = "ok" if row.ok else "MISSED"
        print(f"{row.name:<{width}}  {row.value:>10.3f}  {row.unit:<11} {row.target:>8}  {verdict}")


def write_json(rows: list[Row]) -> None:
    """`build/bench.json`: a list of `{name, value, unit, target, ok}`."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    listed = [
        {"name": r.name, "value": r.value, "unit": r.unit, "target": r.target, "ok": r.ok}
        for r in rows
    ]
    OUT.write_text(json.dumps(listed, indent=1))
