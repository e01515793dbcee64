"""The archive door: where issued PDFs are kept by their fingerprint; opened in one place, from settings."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from contracts.archive.files import FileArchive
from contracts.archive.ports import Archive

__all__ = ["Archive", "FileArchive", "open_archive"]


def open_archive() -> Archive:
    """The archive of this installation: files below `settings.ARCHIVE_DIR`."""
    return FileArchive(Path(settings.ARCHIVE_DIR))
