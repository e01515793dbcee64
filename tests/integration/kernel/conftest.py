"""Real worker processes on the database of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
StartWorker = Callable[..., subprocess.Popen[str]]


def database_url() -> str:
    """The database of the running test, as a worker process is told it."""
    settings: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    host = f"{settings['HOST']}:{settings['PORT']}"
    return f"postgres://{settings['USER']}:{settings['PASSWORD']}@{host}/{settings['NAME']}"


@pytest.fixture
def start_worker() -> Iterator[StartWorker]:
    """Starts `manage.py worker` processes; ends them after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "worker", *options],
            env=os.environ
            | {
                "TEST_DATABASE_URL": database_url(),
                "DJANGO_SETTINGS_MODULE": "tests.integration.kernel.worker_settings",
            }
            | (environment or {}),
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
