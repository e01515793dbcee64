"""`manage.py make_authority [FOLDER]`: the demo's certificate authority, NOT REAL, for the demo and for trying things."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from contracts.signing.authority import make_authority


class Command(BaseCommand):
    """Makes keys and certificates where there are none; says where they are and what they are not."""

    help = "Make the demo's certificate authority (NOT REAL): keys of buyer, seller and time-stamping, root and CRL."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to; without it the folder that the demo signs with."""
        parser.add_argument("folder", nargs="?", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the folder; one that exists stays as it is."""
        path = options["folder"] or Path(settings.SIGNING_DIR) / "NOT-REAL"
        folder = make_authority(path, now=timezone.now())
        self.stdout.write(f"{folder.path}: keys and certificates of a demo, NOT REAL")
        self.stdout.write(f"believe it, where you try things: {folder.path / 'root.pem'}")
