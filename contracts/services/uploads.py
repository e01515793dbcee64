"""Looking at a file that a stranger uploads: bounded while it is read, never stored, opened in a process of its own.

The web process loads neither pyHanko nor pikepdf for it, and whatever the file does to its reader happens to a process
that has no secrets and is gone a moment later.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from contracts.domain.proofs import Expected, Report, read_report, unreadable
from contracts.errors import VerifierBusy
from contracts.signing.ports import Trust
from contracts.signing.questions import question

LARGEST = 5_000_000
"""Bytes of an upload; a signed contract has a tenth of them."""
CHUNK = 64 * 1024
WORKER = "contracts.signing.upload_worker"
SECONDS = 4.5
"""On the clock until the worker is ended, so that the answer comes within five."""
AT_ONCE = BoundedSemaphore(2)
"""How many files this process has looked at at the same time; everybody else is told to try again."""
PATIENCE = 2.0
ROOT = Path(__file__).resolve().parents[2]


def verify_upload(
    *, upload: BinaryIO, trust: Trust, now: datetime, expected: Expected | None = None
) -> Report:
    """What an uploaded file proves at the moment `now`.

    Reads at most LARGEST bytes of `upload`. Reasons of a file that cannot be read: `too-large`, `no-pdf`, `encrypted`,
    `not-readable`, `too-costly` (it asked for more time or memory than a contract can need). Raises VerifierBusy.
    """
    content, whole = _read(upload)
    if not whole:
        return unreadable(sha256="", size=len(content), reason="too-large")
    sha256 = hashlib.sha256(content).hexdigest()
    if not content.startswith(b"%PDF-"):
        return unreadable(sha256=sha256, size=len(content), reason="no-pdf")
    if not AT_ONCE.acquire(timeout=PATIENCE):
        raise VerifierBusy("other files are being looked at; send yours again in a moment")
    try:
        return _looked_at(content, sha256, question(trust, expected or Expected(), now))
    finally:
        AT_ONCE.release()


def _read(upload: BinaryIO) -> tuple[bytes, bool]:
    """The bytes and whether they are all; the first byte too many ends the reading."""
    parts, size = [], 0
    while part := upload.read(CHUNK):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            return b"".join(parts), False
    return b"".join(parts), True


def _looked_at(content: bytes, sha256: str, asked: bytes) -> Report:
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no words of a stranger
            [sys.executable, "-m", WORKER],
            input=asked + content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=ROOT,
            timeout=SECONDS,
            check=True,
        )
        report = read_report(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        # Its processor time is limited below this: the machine is slow, which says nothing about the file.
        raise VerifierBusy("the machine is busy; send the file again in a moment") from None
    except (subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return unreadable(sha256=sha256, size=len(content), reason="too-costly")
    return report


def _environment() -> dict[str, str]:
    """No secrets: only what the interpreter needs to find its libraries, and one arena for memory to be counted in."""
    kept = {
        name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV", "HOME") if name in os.environ
    }
    return kept | {"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "1", "LANG": "C.UTF-8"}
