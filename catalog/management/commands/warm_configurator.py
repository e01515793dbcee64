"""`manage.py warm_configurator`: compiles the configurator's kernels into their cache before a server starts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from catalog.domain.configuration.jit import FAST
from catalog.queries.warming import warm


class Command(BaseCommand):
    """Answers one question about every model on sale, as each web process does when it starts."""

    help = "Compiles the configurator's kernels (extra `fast`) and asks every model on sale once."

    def handle(self, *args: Any, **options: Any) -> None:
        """Says how many models answered."""
        asked = warm(timezone.now())
        how = "compiled kernels" if FAST else "plain kernels: the extra `fast` is not installed"
        self.stdout.write(f"{asked} configurators answered, {how}")
