"""Web and worker as real processes on the database of the running test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.integration.kernel.conftest import database_url
from tests.support.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
Process = subprocess.Popen[bytes]


def wait_until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    """Return when `true()` is; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.05)


@dataclass
class Processes:
    """A shop of several processes whose files are in `folder`; `stop` ends whatever still runs."""

    folder: Path
    settings: str
    port: int = field(default_factory=free_port)
    environment: Mapping[str, str] = field(default_factory=dict)
    started: list[Process] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the web process listens."""
        return f"http://127.0.0.1:{self.port}"

    def web(self) -> Process:
        """A web process, answering."""
        process = self._start(
            "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", "1", "--blocking-threads", "4", "--http", "1", "--no-ws", "--log-level", "error",
            "storefront.wsgi:application",
        )  # fmt: skip
        wait_until(self._healthy, seconds=180)
        return process

    def worker(self, *options: str) -> Process:
        """A worker process."""
        return self._start("manage.py", "worker", *options)

    def kill(self, process: Process) -> None:
        """SIGKILL to it and all it started: no handler runs, no file is closed."""
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        process.send_signal(signal.SIGKILL)
        process.wait(20)

    def stop(self) -> None:
        """End every process."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill(process)

    def log(self) -> str:
        """Everything the processes printed so far."""
        return (self.folder / "processes.log").read_text(errors="replace")

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def _start(self, *arguments: str) -> Process:
        self.folder.mkdir(parents=True, exist_ok=True)
        names = {
            "TEST_DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": self.settings,
            "FORECOURT_TEST_DATA": str(self.folder),
            "FORECOURT_BASE_URL": self.address,
        }
        with (self.folder / "processes.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=os.environ | names | dict(self.environment),
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process
