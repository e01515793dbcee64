"""What an archive promises: bytes kept under their SHA-256, written once, given back only unharmed."""

from __future__ import annotations

from typing import Protocol


class Archive(Protocol):
    """Content-addressed and write-once; every implementation passes `tests/doors/test_archive.py`.

    A fingerprint is SHA-256 in 64 lower-case hexadecimal digits.
    """

    def put(self, content: bytes) -> str:
        """Keep `content` durably and give its fingerprint; keeping the same bytes twice is one.

        Raises ArchiveDamaged when other bytes stand under that fingerprint; they are left as found.
        """
        ...

    def get(self, sha256: str) -> bytes:
        """The bytes, compared with their fingerprint on the way out; raises NotInArchive, ArchiveDamaged."""
        ...

    def holds(self, sha256: str) -> bool:
        """Whether anything is kept under the fingerprint, without reading it."""
        ...
