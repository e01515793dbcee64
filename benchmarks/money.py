"""Figures of money under faults: the storm at full size, bank lines by the thousand, and seeded breakages.

PostgreSQL, the Stripe stand-in, a web process and two workers share this machine with the messages that come in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.report import Row
from benchmarks.server import ROOT
from tests.support.postgres import Postgres, find_binaries


def rows() -> list[Row]:
    """Every figure of the group."""
    found = measured()
    return [
        Row("money.intake.p95_ms", found["p95_ms"], "ms", "<= 150"),
        Row("money.drain_s", found["drain_s"], "s", "<= 300"),
        Row("money.deliveries", found["deliveries"], "messages", ">= 10000"),
        Row("money.duplicates", found["duplicates"], "share", ">= 0.3"),
        Row("money.hostile", found["hostile"], "share", ">= 0.05"),
        Row("money.kills", found["kills"], "processes", ">= 3"),
        Row("money.ledger_minus_stripe", found["ledger_minus_stripe"], "minor units", "= 0"),
        Row("money.double_moves", found["double_moves"], "moves", "= 0"),
        Row("money.hostile_accepted", found["hostile_accepted"], "messages", "= 0"),
        Row("money.state_differences", found["state_differences"], "payments", "= 0"),
        Row("money.bank_lines_10k_s", found["bank_lines_s"], "s", "<= 60"),
        Row("money.wrong_auto_matches", found["wrong_auto_matches"], "lines", "= 0"),
        Row("money.seeded_breakages", found["breakages"], "breakages", ">= 60"),
        Row("money.seeded_breakages_missed", found["breakages_missed"], "breakages", "= 0"),
    ]


def measured() -> dict[str, Any]:
    """What `benchmarks.money_shop` found on a database of its own; raises RuntimeError where PostgreSQL is missing."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("money is measured on PostgreSQL: apt-get install postgresql")
    database = Postgres(binaries)
    database.start()
    try:
        with tempfile.TemporaryDirectory(prefix="forecourt-bench-") as folder:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.money_shop", folder],
                env=os.environ
                | {
                    "TEST_DATABASE_URL": database.url,
                    "FORECOURT_TEST_DATA": folder,
                    "DJANGO_SETTINGS_MODULE": "tests.faults.storm_settings",
                },
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
    finally:
        database.stop()
    if done.returncode:
        raise RuntimeError("the storm did not come to rest; its words stand above")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
