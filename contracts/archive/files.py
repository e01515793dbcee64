"""The archive on a file system: `sha256/ab/cd/abcd…`, read-only files, fsync before and after the rename."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from contracts.errors import ArchiveDamaged, NotInArchive

FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)


class FileArchive:
    """Keeps bytes below `root`; safe for several processes and across a power cut."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Keep `content`; see the port."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if not path.exists():
            self._write(path, content)
        self.get(sha256)  # reads back what the disk really holds, also after another writer won
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes kept under `sha256`; see the port."""
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotInArchive(
                f"the archive holds nothing under {sha256[:64]}", facts={"sha256": sha256[:64]}
            ) from None
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ArchiveDamaged(
                f"the archive holds other bytes under {sha256}: {found}",
                facts={"sha256": sha256, "found": found},
            )
        return content

    def holds(self, sha256: str) -> bool:
        """Whether a file stands under `sha256`; see the port."""
        try:
            return self._path(sha256).is_file()
        except NotInArchive:
            return False

    def _path(self, sha256: str) -> Path:
        # The fingerprint becomes a path: anything but 64 hex digits must never reach the file system.
        if not FINGERPRINT.fullmatch(sha256):
            raise NotInArchive(
                "sha256: 64 lower-case hexadecimal digits", facts={"sha256": sha256[:64]}
            )
        return self.root / "sha256" / sha256[:2] / sha256[2:4] / sha256

    def _write(self, path: Path, content: bytes) -> None:
        """Write beside the place, then link: a reader sees all bytes or none, a second writer loses quietly."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(part, path)
            except FileExistsError:
                return
        finally:
            part.unlink(missing_ok=True)
        for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
            _sync(folder)


def _sync(folder: Path) -> None:
    """Make a new name in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
