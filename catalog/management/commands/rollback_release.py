"""`manage.py rollback_release CODE`: put an earlier release on sale again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.errors import UnknownRelease
from catalog.services.releases import roll_back


class Command(BaseCommand):
    """Roll back in one call; the release was checked when it was published."""

    help = "Put an earlier release on sale again."

    def add_arguments(self, parser: CommandParser) -> None:
        """The code of the release, and who rolls back."""
        parser.add_argument("code", help="For example R000001.")
        parser.add_argument(
            "--actor", default="command line", help="Who is named in the audit log."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Moves the pointer."""
        try:
            facts = roll_back(to_code=options["code"], now=timezone.now(), actor=options["actor"])
        except UnknownRelease as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{facts.code} is on sale{'' if facts.made else ' already'}")
