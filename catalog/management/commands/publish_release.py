"""`manage.py publish_release`: check what is live and put it on sale, with the pictures of the release on sale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.domain.catalogue import Catalogue
from catalog.errors import NothingOnSale, ReleaseRefused
from catalog.queries.on_sale import OnSale, on_sale
from catalog.queries.saved_cars import CARS, saved_cars
from catalog.services.releases import publish_release
from catalog.services.releases_checking_counts import tally
from catalog.services.releases_difference import compare_releases
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
        before = _selling()
        now = timezone.now()
        try:
            made = publish_release(
                now=now,
                actor=options["actor"],
                pictures=before.document["pictures"] if before else {},
                note=options["note"],
                progress=lambda line: self.stdout.write(f"  {line}"),
            )
        except ReleaseRefused as error:
            for finding in error.facts["findings"]:
                self.stderr.write(_line(finding))
            raise CommandError(f"not published: {error.message}") from None
        for warning in made.findings:
            self.stdout.write(_line(warning.facts()))
        if not made.made:
            self.stdout.write(f"{made.code} stays on sale: nothing changed")
            return
        self.stdout.write(f"{made.code} is on sale")
        after = on_sale()
        for line in (*counted(after.catalogue, now), *changed(before, after, now)):
            self.stdout.write(line)


def _selling() -> OnSale | None:
    try:
        return on_sale()
    except NothingOnSale:
        return None


def counted(catalogue: Catalogue, now: datetime) -> Iterator[str]:
    """How many cars each trim has, a line for each model and market."""
    for served, trims in tally(catalogue, now):
        cars = "; ".join(
            f"{pick(trim.name, 'en')} {'too many rules to count' if trim.cars is None else f'{trim.cars:,}'}"
            for trim in trims
        )
        size = f", {served.nodes:,} nodes, {served.kilobytes:,} kB" if served.nodes else ""
        yield f"  {pick(served.name, 'en')} in {served.market}: {cars} cars ({served.tier}{size})"


def changed(before: OnSale | None, after: OnSale, now: datetime) -> Iterator[str]:
    """What buyers notice, in short; the release desk shows it in full, open quotes among it."""
    if before is None:
        return
    found = compare_releases(
        before=before.catalogue,
        after=after.catalogue,
        builds=saved_cars(limit=CARS),
        quotes=([], 0),
        now=now,
    )
    parts = [
        f"{len(rows)} {what}"
        for what, rows in (
            ("models, trims or options came or went", found.things),
            ("became buildable or unbuildable", found.buildable),
            ("rules", found.rules),
            ("prices", found.prices),
            ("reference cars", found.references),
        )
        if rows
    ]
    yield f"  since {before.code}: {'; '.join(parts) or 'nothing that buyers notice'}"
    builds = found.builds
    yield (
        f"  of {builds.checked:,} saved builds {builds.broken_count:,} cannot be built any more, "
        f"{builds.repriced_count:,} cost something else"
    )
    for change in builds.broken:
        yield f"    {', '.join(change.cars.codes)} {pick(change.name, 'en')}: {pick(change.after.why, 'en')}"


def _line(finding: Mapping[str, Any]) -> str:
    """A finding on one line, in English."""
    return f"{finding['level']}: {pick(finding['where'], 'en')}: {pick(finding['text'], 'en')}"
