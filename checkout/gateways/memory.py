"""What a made-up vendor keeps: one JSON file a thing in a folder, written under a lock that every process sees.

The worlds of the sandboxes stand on it. NOT REAL: nothing outside this machine hears of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A webhook ready to post: raw body and headers."""

    body: bytes
    headers: Mapping[str, str]


def wall_clock() -> datetime:
    """The vendor's own clock, which is not ours to set."""
    return datetime.now(UTC)  # noqa: TID251 - plays an outside party


class VendorMemory:
    """A vendor's folder; what it holds lives until the folder is deleted."""

    def __init__(self, directory: Path, *, clock: Callable[[], datetime] = wall_clock) -> None:
        """`directory` is made at the first use; `clock` gives aware moments."""
        self.directory = directory
        self.clock = clock

    @property
    def secret(self) -> str:
        """What messages are signed with; made at the first use, the same for every process."""
        with self._locked():
            return self._kept("secret")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _kept(self, name: str) -> str:
        path = self.directory / name
        if not path.exists():
            path.write_text(secrets.token_hex(24))
            path.chmod(0o600)
        return path.read_text()

    def _digest(self, text: str) -> str:
        return hmac.new(self._kept("secret").encode(), text.encode(), hashlib.sha256).hexdigest()

    def _file(self, name: str) -> Path:
        plain = name if name.replace("_", "").isalnum() else "none"
        return self.directory / f"{plain}.json"

    def _store(self, name: str, found: Document) -> None:
        part = self.directory / f"{name}.{os.getpid()}.part"
        part.write_text(json.dumps(found))
        part.replace(self._file(name))
