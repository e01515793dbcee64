"""A PostgreSQL server of our own for one test run: loopback only, no fsync, thrown away afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, or None where PostgreSQL is not installed."""
    given = os.environ.get("POSTGRES_BIN")
    candidates = [Path(given)] if given else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    candidates += sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True)
    found = shutil.which("postgres")
    if found:
        candidates.append(Path(found).resolve().parent)
    return next(
        (c for c in candidates if (c / "initdb").exists() and (c / "postgres").exists()), None
    )


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A running server; `url` names its maintenance database."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self.home = Path(tempfile.mkdtemp(prefix="forecourt-pg-"))
        self.log = self.home / "log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """`postgres://...` of the maintenance database."""
        return f"postgres://forecourt@127.0.0.1:{self.port}/postgres"

    def _as_user(self) -> list[str]:
        # PostgreSQL refuses to run as root, so a run as root borrows an unprivileged user.
        if os.geteuid() != 0:
            return []
        user = (
            "postgres"
            if subprocess.run(["id", "postgres"], capture_output=True).returncode == 0
            else "nobody"
        )
        shutil.chown(self.home, user)
        return ["setpriv", f"--reuid={user}", "--clear-groups", "--"]

    def start(self) -> None:
        """Make the cluster and wait until it answers; raises RuntimeError with the server's words."""
        prefix = self._as_user()
        data = self.home / "data"
        subprocess.run(
            [
                *prefix,
                str(self.binaries / "initdb"),
                "-D",
                str(data),
                "-U",
                "forecourt",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            ],
            check=True,
            capture_output=True,
            cwd="/",
        )
        self.process = subprocess.Popen(
            [
                *prefix,
                str(self.binaries / "postgres"),
                "-D",
                str(data),
                "-p",
                str(self.port),
                "-h",
                "127.0.0.1",
                "-k",
                "",
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
                "-c",
                "max_connections=200",
                "-c",
                "jit=off",
                "-c",
                "autovacuum=off",
            ],
            stdout=subprocess.DEVNULL,
            stderr=self.log.open(
                "wb"
            ),  # a pipe that nobody reads would fill up and stop the server
            cwd="/",
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"postgres ended: {self.log.read_text()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError("postgres did not answer within a minute")

    def stop(self) -> None:
        """End the server and remove its files."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.home, ignore_errors=True)
