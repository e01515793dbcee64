"""Figures of contracts: what setting them costs, and what signing and verifying them costs.

Each half is a module with `rows()`: `contracts_rendering` and `contracts_signing`.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from benchmarks.report import Row

PARTS = ("benchmarks.contracts_rendering", "benchmarks.contracts_signing")


def rows() -> list[Row]:
    """The rows of every part that exists."""
    present = [name for name in PARTS if find_spec(name)]
    return [row for name in present for row in importlib.import_module(name).rows()]
