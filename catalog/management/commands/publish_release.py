"""`manage.py publish_release`: check what is live and put it on sale, with the pictures of the release on sale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.errors import NothingOnSale, ReleaseRefused
from catalog.queries.on_sale import on_sale
from catalog.services.releases import publish_release
from kernel.text import pick


class Command(BaseCommand):
    """Publish a release from the command line; new pictures are published from the release desk."""

    help = "Compile, check and publish what is live."

    def add_arguments(self, parser: CommandParser) -> None:
        """A note for the history, and who publishes."""
        parser.add_argument("--note", default="")
        parser.add_argument(
            "--actor", default="command line", help="Who is named in the audit log."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Publishes; exit status 1 and every finding when the checks refuse."""
        try:
            pictures = on_sale().document["pictures"]
        except NothingOnSale:
            pictures = {}
        try:
            made = publish_release(
                now=timezone.now(),
                actor=options["actor"],
                pictures=pictures,
                note=options["note"],
                progress=lambda line: self.stdout.write(f"  {line}"),
            )
        except ReleaseRefused as error:
            for finding in error.facts["findings"]:
                self.stderr.write(_line(finding))
            raise CommandError(f"not published: {error.message}") from None
        for warning in made.findings:
            self.stdout.write(_line(warning.facts()))
        self.stdout.write(
            f"{made.code} is on sale"
            if made.made
            else f"{made.code} stays on sale: nothing changed"
        )


def _line(finding: Mapping[str, Any]) -> str:
    """A finding on one line, in English."""
    return f"{finding['level']}: {pick(finding['where'], 'en')}: {pick(finding['text'], 'en')}"
