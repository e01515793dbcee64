"""`manage.py load_demo`: the catalogue, pages, contract template and logins of the demo store."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from storefront.demo.loading import already_loaded, load_store, make_people

CATALOGUE = Path(__file__).resolve().parents[2] / "catalogue"


class Command(BaseCommand):
    """Load the demo store once; a second call changes nothing."""

    help = "Load the demo store of the fictional brand Egretta and publish its first release."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--no-users` leaves out the logins whose passwords are public."""
        parser.add_argument("--no-users", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load what is missing; each long step says so."""
        if not already_loaded():
            load_store(directory=CATALOGUE, now=timezone.now(), say=self._say)
        if not options["no_users"]:
            make_people()

    def _say(self, line: str) -> None:
        self.stdout.write(f"forecourt: {line}")
        self.stdout.flush()
