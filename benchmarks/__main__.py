"""Run the benchmark groups: prints a table and writes `build/bench.json`."""

from __future__ import annotations

import importlib
import sys

from benchmarks.report import Row, print_table, write_json

GROUPS = ("api", "configurator", "contracts", "money", "offers", "orders")
"""Groups that exist; each is a module with `rows() -> list[Row]`."""


def main(arguments: list[str]) -> int:
    """Measure the groups named (default: all); the exit code says whether every target was met."""
    unknown = [name for name in arguments if name not in GROUPS]
    if unknown:
        print(f"unknown group {', '.join(unknown)}; there are: {' '.join(GROUPS)}")
        return 2
    rows: list[Row] = []
    for name in arguments or GROUPS:
        rows += importlib.import_module(f"benchmarks.{name}").rows()
    print_table(rows)
    write_json(rows)
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
