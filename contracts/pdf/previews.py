"""Contracts set while somebody writes them: in a process of its own, with a time limit, kept by content.

The web process never loads the renderer. It starts one child (`contracts.pdf.preview_worker`) at the first preview,
speaks to it by pipes, and kills it when it answers too late; the next preview starts a new one.
"""

from __future__ import annotations

import hashlib
import json
import select
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from contracts.domain.codec import to_json
from contracts.domain.documents import ContractDocument
from contracts.errors import RenderingError

ROOT = Path(__file__).resolve().parents[2]
WORKER = (sys.executable, "-m", "contracts.pdf.preview_worker")
LIMIT_SECONDS = 30.0
KEPT = 24
"""So many previews are kept, newest used last to go: about 4 MB."""
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Preview:
    """The PDF as it would be issued, its pages, and on which page (from 1) each clause begins."""

    content: bytes
    pages: int
    places: Mapping[str, int]


class PdfPreviews:
    """Sets documents in a child process; safe for threads, which wait for each other."""

    def __init__(
        self, *, command: tuple[str, ...] = WORKER, limit_seconds: float = LIMIT_SECONDS
    ) -> None:
        self._command, self._limit = command, limit_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._kept: OrderedDict[str, Preview] = OrderedDict()
        self._lock = Lock()

    def preview(self, document: ContractDocument) -> Preview:
        """The document as PDF; raises RenderingError, also where the child dies or takes too long."""
        asked = json.dumps(to_json(document), ensure_ascii=False, sort_keys=True).encode()
        key = hashlib.sha256(asked).hexdigest()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._set(document.number, asked)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    pipe.close()
            self._child = None

    def _set(self, number: str, asked: bytes) -> Preview:
        try:
            head, content = self._exchange(asked)
        except (OSError, ValueError, TimeoutError) as error:
            self.close()
            raise _failed(
                number, f"the preview stopped: {error or type(error).__name__}"
            ) from error
        if "error" in head:
            raise _failed(number, str(head["error"]))
        return Preview(content, int(head["pages"]), dict(head["places"]))

    def _exchange(self, asked: bytes) -> tuple[dict[str, Any], bytes]:
        child = self._running()
        if child.stdin is None or child.stdout is None:
            raise OSError("no pipes")
        until = monotonic() + self._limit
        child.stdin.write(asked + b"\n")
        child.stdin.flush()
        read = b""
        while b"\n" not in read:
            read += self._read(child.stdout, until)
        line, _, content = read.partition(b"\n")
        head: dict[str, Any] = json.loads(line)
        while len(content) < head["bytes"]:
            content += self._read(child.stdout, until)
        return head, content

    def _read(self, pipe: Any, until: float) -> bytes:
        ready, _, _ = select.select([pipe], [], [], max(0.0, until - monotonic()))
        if not ready:
            raise TimeoutError(f"no answer within {self._limit:g} seconds")
        got: bytes = pipe.read1(CHUNK)
        if not got:
            raise OSError("the process ended")
        return got

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(  # noqa: S603 - our own module, no words of anybody in the command
                self._command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._child


@lru_cache(maxsize=1)
def open_previews() -> PdfPreviews:
    """The previews of this process, one child at most."""
    return PdfPreviews()


def _failed(number: str, reason: str) -> RenderingError:
    return RenderingError(
        f"contract {number} could not be set: {reason}",
        facts={"number": number, "reason": reason[:500]},
    )
