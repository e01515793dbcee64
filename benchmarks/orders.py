"""Figures of orders: what their page and their moves ask of the database, and what an amendment's preview takes.

A process of its own with a fresh SQLite file answers (`benchmarks.orders_shop`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import Row
from benchmarks.server import ROOT


def rows() -> list[Row]:
    """Every figure of the group; raises RuntimeError where the shop fails."""
    with tempfile.TemporaryDirectory(prefix="forecourt-bench-") as folder:
        names = os.environ | {
            "DJANGO_SETTINGS_MODULE": "storefront.settings.test",
            "TEST_DATABASE_URL": f"sqlite:///{Path(folder) / 'orders.sqlite3'}",
            "FORECOURT_TEST_DATA": folder,
        }
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.orders_shop"],
            cwd=ROOT,
            env=names,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(f"benchmarks.orders_shop failed:\n{done.stderr[-4000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return [
        Row("orders.page_sql", found["page_sql"], "statements", "<= 12"),
        Row("orders.move_sql", found["move_sql"], "statements", "<= 20"),
        Row("orders.amend_preview_ms", found["amend_preview_ms"], "ms", "<= 20"),
    ]


def order_body(quote: Mapping[str, Any], who: str) -> dict[str, Any]:
    """The body of `POST /orders` for a guest named by `who`; the same for every measurement."""
    return {
        "quote": quote["code"],
        "buyer": {
            "kind": "person",
            "name": "王小鹭",
            "email": f"{who}@example.com",
            "address": {"country": "CN", "city": "厦门", "line": "思明区鹭江道 1 号"},
        },
        "terms": {"version": quote["deposit"]["terms_version"], "accepted": True},
        "language": "zh-hans",
    }
