"""A shop to measure: PostgreSQL and granian of our own on loopback, the demo store loaded."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.support.postgres import Postgres, find_binaries, free_port

ROOT = Path(__file__).resolve().parents[1]
COMPILE = (
    "import django; django.setup(); from django.utils import timezone;"
    "from catalog.queries.warming import warm; warm(timezone.now())"
)


@dataclass(frozen=True, slots=True)
class Shop:
    """Where the measured shop listens and which process serves it."""

    port: int
    environment: dict[str, str]
    process: psutil.Process

    @property
    def base(self) -> str:
        """The address up to and including the API's version."""
        return f"http://127.0.0.1:{self.port}/api/v1"

    def cpu_seconds(self) -> float:
        """CPU time of the web processes so far."""
        return float(sum(sum(p.cpu_times()[:2]) for p in self._web()))

    def rss_mb(self) -> float:
        """Resident memory of the largest web process."""
        return float(max(p.memory_info().rss for p in self._web()) / 1e6)

    def _web(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def environment(database_url: str, folder: str) -> dict[str, str]:
    """What the shop's processes inherit."""
    return os.environ | {
        "DATABASE_URL": database_url,
        "FORECOURT_DATA": folder,
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running_shop(*, workers: int = 1, threads: int = 1) -> Iterator[Shop]:
    """A loaded shop on PostgreSQL; raises RuntimeError where PostgreSQL is not installed."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("the figures are measured on PostgreSQL: apt-get install postgresql")
    database = Postgres(binaries)
    database.start()
    try:
        with tempfile.TemporaryDirectory(prefix="forecourt-bench-") as folder:
            names = environment(database.url, folder)
            manage = [sys.executable, "manage.py"]
            for command in (["migrate", "--verbosity", "0"], ["load_demo", "--no-users"]):
                subprocess.run(
                    [*manage, *command], env=names, cwd=ROOT, check=True, stdout=subprocess.DEVNULL
                )
            # kernels come from numba's cache, as they do in every process but the first after an installation
            subprocess.run(
                [sys.executable, "-c", COMPILE],
                env=names,
                cwd=ROOT,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            port = free_port()
            web = subprocess.Popen(
                [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
                 "--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads),
                 "--http", "1", "--no-ws", "--log-level", "error", "storefront.wsgi:application"],
                env=names, cwd=ROOT,
            )  # fmt: skip
            try:
                wait_until_healthy(port)
                yield Shop(port, names, psutil.Process(web.pid))
            finally:
                web.terminate()
                web.wait(20)
    finally:
        database.stop()


def wait_until_healthy(port: int) -> None:
    """Return when `/healthz` answers 200; raises RuntimeError after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the shop did not become healthy")
