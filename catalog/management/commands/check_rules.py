"""`manage.py check_rules [FILE | FOLDER | --demo]`: is anything buildable, how much, and what is wrong with the rules."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog.domain.configuration.foreign.formats import decoded, model_format, read_model
from catalog.domain.configuration.foreign.places import MOST_CHARACTERS
from catalog.domain.configuration.model_report import ModelReport, report
from catalog.errors import CatalogError, ImportRefused
from catalog.queries.on_sale import on_sale
from catalog.services.imports import folder_document
from catalog.services.releases_checking import Checked, check_release

SHOWN = 10
"""So many names of a list are printed; `--all` prints every one."""
GZIP = b"\x1f\x8b"
DEMO = Path("storefront", "demo", "catalogue")
LANGUAGE = "en"


class Command(BaseCommand):
    """Checks a foreign model, a catalogue folder, or the release on sale; changes nothing."""

    help = (
        "Check the rules of a DIMACS, UVL or XCSP 2.1 file (also .gz), of a catalogue folder, or, without FILE, of the"
        " release on sale. Exit status 1 when the file is broken or something that must be buildable is not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to check."""
        parser.add_argument("path", nargs="?", type=Path, metavar="FILE")
        parser.add_argument("--demo", action="store_true", help="Check the demo catalogue.")
        parser.add_argument("--all", action="store_true", help="Print lists in full.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints what was found; raises CommandError with one line, which ends with exit status 1."""
        self.most = None if options["all"] else SHOWN
        self.began = time.perf_counter()
        path: Path | None = options["path"]
        if options["demo"]:
            path = Path(settings.ROOT) / DEMO
        try:
            if path is None:
                self._catalogue("the release on sale", on_sale().document)
            elif path.is_dir():
                self._catalogue(str(path), folder_document(directory=path))
            else:
                self._foreign(path)
        except ImportRefused as error:
            for fault in error.facts["faults"]:
                self.stderr.write(fault)
            raise CommandError(error.message) from None
        except CatalogError as error:
            raise CommandError(f"{path or 'the release on sale'}: {error.message}") from None

    def _seconds(self) -> None:
        self._line("seconds", f"{time.perf_counter() - self.began:.2f}")

    def _line(self, name: str, value: str) -> None:
        self.stdout.write(f"  {name:<14}{value}")

    def _names(self, name: str, names: Iterable[str]) -> None:
        """The number of them, and the first ones below."""
        found = list(names)
        self._line(name, f"{len(found):,}" if found else "none")
        for one in found[: self.most]:
            self.stdout.write(f"    {one}")
        if len(found) > len(found[: self.most]):
            self.stdout.write(f"    and {len(found) - SHOWN:,} more (--all shows them)")

    def _foreign(self, path: Path) -> None:
        content = contents(path)
        text = decoded(content)
        problem = read_model(text, path.name)
        found = report(problem, explained=self.most)
        self.stdout.write(f"{path} ({model_format(text, path.name)})")
        hub = f", hub {found.hub[0]} and {len(found.hub) - 1} more" if found.hub else ""
        self._line("variables", f"{found.variables:,} in {many(found.groups, 'group')}{hub}")
        self._line("rules", rules(found))
        self._line("buildable", buildable(found))
        if found.core:
            self._names("contradiction", found.core)
        else:
            for name, names in findings(found).items():
                self._names(name, names)
        self._seconds()
        if found.core:
            raise CommandError(f"{path}: no car can be built, {len(found.core)} parts contradict")

    def _catalogue(self, name: str, document: Mapping[str, Any]) -> None:
        checked = check_release(document, now=timezone.now())
        self.stdout.write(name)
        for tier in checked.served:
            size = f", {tier.nodes:,} nodes, {tier.kilobytes:,} kB" if tier.nodes else ""
            self.stdout.write(f"  {tier.model} in {tier.market}: {tier.tier}{size}")
            for trim in checked.counts:
                if (trim.model, trim.market) == (tier.model, tier.market):
                    cars = "cannot be counted" if trim.cars is None else many(trim.cars, "car")
                    self.stdout.write(f"    {trim.trim:<20}{cars}")
        errors = self._findings(checked)
        self._seconds()
        if errors:
            raise CommandError(f"{name}: {many(errors, 'error')}")

    def _findings(self, checked: Checked) -> int:
        """Prints every finding, worst first; how many are errors."""
        for one in checked.findings:
            where, text, advice = (part[LANGUAGE] for part in (one.where, one.text, one.advice))
            self.stdout.write(f"  {one.level}: {where}: {text} {advice}".rstrip())
        if not checked.findings:
            self.stdout.write("  nothing is wrong")
        return sum(one.level == "error" for one in checked.findings)


def buildable(found: ModelReport) -> str:
    """Yes or no, and how many."""
    if not found.buildable:
        return "no"
    if found.cars is None:
        return "yes; too many ways to count (the rules do not compile)"
    return f"yes, {many(found.cars, 'car')}"


def many(count: int, what: str) -> str:
    """`1 car`, `1,234 cars`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def rules(found: ModelReport) -> str:
    """How many rules; a format of bare clauses has none that anybody wrote."""
    if not found.rules:
        return f"no authored rule, {found.parts:,} clauses or parts of structure"
    return f"{found.rules:,} authored, {found.parts - found.rules:,} parts of structure"


def findings(found: ModelReport) -> dict[str, tuple[str, ...]]:
    """The lists of names, under what they are called on the screen."""
    dead = tuple(
        f"{name}, because of {'; '.join(found.because[name])}" if name in found.because else name
        for name in found.dead
    )
    options = {"dead": dead, "always": found.constant}
    if not found.rules:
        return options
    return {**options, "redundant": found.redundant, "never fires": found.silent}


def contents(path: Path) -> bytes:
    """The bytes of a file, unpacked if it is gzip; raises CommandError where it cannot be read or is too large.

    No more than the limit is ever unpacked, however much the file would unfold to.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
        opened: Callable[..., Any] = gzip.open if packed else open
        with opened(path, "rb") as file:
            content: bytes = file.read(MOST_CHARACTERS + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CommandError(f"{path}: not a whole gzip file: {error}") from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from None
    if len(content) > MOST_CHARACTERS:
        raise CommandError(f"{path}: more than {MOST_CHARACTERS:,} bytes; split it")
    return content
