"""`manage.py import_catalogue DIR [--dry-run]`: a folder of YAML and CSV becomes the live catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.services.imports import ImportReport, import_catalogue


class Command(BaseCommand):
    """Import a catalogue folder, or say everything that is wrong with it and change nothing."""

    help = (
        "Import a catalogue folder (docs/rules/catalogue-format.md); with a fault nothing changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, and whether to look only."""
        parser.add_argument("directory", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="Check and count, write nothing."
        )
        parser.add_argument(
            "--actor", default="command line", help="Who is named in the audit log."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the import; exit status 1 when there are faults."""
        directory: Path = options["directory"]
        if not directory.is_dir():
            raise CommandError(f"{directory} is no folder")
        report = import_catalogue(
            directory=directory,
            dry_run=options["dry_run"],
            now=timezone.now(),
            actor=options["actor"],
            progress=lambda line: self.stdout.write(f"  {line}"),
        )
        if report.faults:
            for fault in report.faults:
                self.stderr.write(str(fault))
            raise CommandError(f"{len(report.faults)} faults; nothing was changed")
        self.stdout.write(summary(report))


def summary(report: ImportReport) -> str:
    """One line: what was, or would be, created, changed, withdrawn and found unchanged."""
    counts = ", ".join(
        f"{sum(number.values())} {what}"
        for what, number in (
            ("created", report.created),
            ("changed", report.changed),
            ("withdrawn", report.withdrawn),
            ("unchanged", report.unchanged),
        )
    )
    return f"{'would be: ' if report.dry_run else ''}{counts}"
