"""A folder of YAML and CSV becomes the live rows of the catalog (docs/rules/catalogue-format.md).

All or nothing: one fault in row 700 of stock.csv and not a row is written, but every fault is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.domain.catalogue import read_catalogue
from catalog.errors import CatalogError, ImportRefused
from catalog.services.imports_folder import FileRow, Folder
from catalog.services.imports_law import read_law
from catalog.services.imports_markets import read_brand, read_markets, read_places, read_price_books
from catalog.services.imports_models import read_model, read_reference_cars
from catalog.services.imports_offers import (
    read_deposits,
    read_finance,
    read_incentives,
    read_insurance,
    read_services,
)
from catalog.services.imports_orders import read_order_policies
from catalog.services.imports_paying import read_payment_methods
from catalog.services.imports_reading import Fault, Faults, read_yaml
from catalog.services.imports_rules import read_prices, read_rules
from catalog.services.imports_stock import freeze, read_stock
from catalog.services.imports_writing import (
    Counts,
    Plan,
    Writer,
    plan,
    published_books,
    write_stock,
)
from catalog.services.releases_compiling import assemble
from catalog.services.releases_tables import TABLES, connected
from kernel import audit

OPTIONAL: Mapping[str, Callable[[Folder], None]] = {
    "finance.yaml": read_finance,
    "insurance.yaml": read_insurance,
    "services.yaml": read_services,
    "deposits.yaml": read_deposits,
    "order-policies.yaml": read_order_policies,
    "payment-methods.yaml": read_payment_methods,
    "incentives.yaml": read_incentives,
    "law.yaml": read_law,
    "places.yaml": read_places,
}
"""Files a folder may leave out; what they would say then stays as it is in the database."""
TOP = {
    "brand.yaml",
    "markets.yaml",
    "price_books.csv",
    "insurance_premiums.csv",
    "stock.csv",
    *OPTIONAL,
}
OF_MODEL = {
    "model.yaml",
    "options.yaml",
    "availability.csv",
    "rules.yaml",
    "prices.csv",
    "lead_times.csv",
    "reference_cars.yaml",
    "blocked_clicks.yaml",
}
OTHERS = ("content", "contracts")
"""Folders other packages read; only their YAML is checked here."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do: rows per table, or every fault and then nothing was changed."""

    dry_run: bool
    created: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    withdrawn: Mapping[str, int] = field(default_factory=dict)
    unchanged: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def touched(self) -> int:
        """How many rows were, or would be, written."""
        return sum(sum(counts.values()) for counts in (self.created, self.changed, self.withdrawn))


def _silent(_line: str) -> None:
    """Nobody watches."""


def import_catalogue(
    *,
    directory: Path,
    dry_run: bool,
    now: datetime,
    actor: str,
    progress: Callable[[str], None] = _silent,
) -> ImportReport:
    """Make the live rows equal to what the folder says; with a fault, or `dry_run`, change nothing.

    A second import of the same folder finds everything unchanged. `progress` is told a line after each
    long step.
    """
    faults = Faults()
    folder = Folder(directory, faults)
    stock = _read(folder, progress)
    if stock and not any(fault.file != "stock.csv" for fault in faults):
        stock = _freeze(folder, stock, faults, progress)
    if faults:
        return ImportReport(dry_run=dry_run, faults=tuple(faults))
    with transaction.atomic():
        counts = _write(folder, stock or [], faults, dry_run, now, progress)
        if faults:
            transaction.set_rollback(True)
            return ImportReport(dry_run=dry_run, faults=tuple(faults))
        report = ImportReport(
            dry_run, counts.created, counts.changed, counts.withdrawn, counts.unchanged
        )
        if report.touched and not dry_run:
            audit.record(
                subject="catalogue",
                action="import",
                actor=actor,
                facts={
                    "created": report.created,
                    "changed": report.changed,
                    "withdrawn": report.withdrawn,
                },
                now=now,
            )
    return report


def folder_document(
    *, directory: Path, progress: Callable[[str], None] = _silent
) -> dict[str, Any]:
    """The release document the folder alone would make, nothing written; raises ImportRefused with `facts.faults`."""
    faults = Faults()
    folder = Folder(directory, faults)
    _read(folder, progress)
    if faults:
        listed = [str(fault) for fault in faults]
        raise ImportRefused(f"{len(listed)} faults in {directory}", facts={"faults": listed})
    return _document(folder)


def _document(folder: Folder) -> dict[str, Any]:
    rows = connected({name: [item.row for item in items] for name, items in folder.rows.items()})
    return assemble(rows, pictures={})


def _read(folder: Folder, progress: Callable[[str], None]) -> list[FileRow] | None:
    _only_known_files(folder)
    named = read_brand(folder)
    models = named or []
    read_markets(folder)
    read_price_books(folder)
    if named is None:
        folder.unreadable("models")
    else:
        _model_folders(folder, models)
    folder.said.add(("models", None))
    for code in models:
        read_model(folder, code)
    for code in models:
        read_rules(folder, code)
        read_prices(folder, code)
        read_reference_cars(folder, code)
        progress(f"model {code} read")
    for file, read in OPTIONAL.items():
        if folder.exists(file):
            read(folder)
    stock = read_stock(folder)
    progress(f"{len(stock or [])} stock vehicles read")
    return stock


def _only_known_files(folder: Folder) -> None:
    """A file whose name is misspelt would be passed over in silence: fault it."""
    for path in sorted(folder.directory.rglob("*")):
        if path.suffix not in {".yaml", ".yml", ".csv"} or not path.is_file():
            continue
        file = path.relative_to(folder.directory).as_posix()
        parts = file.split("/")
        if parts[0] in OTHERS:
            read_yaml(path, file, folder.faults)
        elif not (
            file in TOP or (len(parts) == 3 and parts[0] == "models" and parts[2] in OF_MODEL)
        ):
            folder.faults.add(file, 0, "no file of a catalogue has this name")


def _model_folders(folder: Folder, models: list[str]) -> None:
    path = folder.directory / "models"
    there = {item.name for item in path.iterdir() if item.is_dir()} if path.is_dir() else set()
    for code in sorted(there - set(models)):
        folder.faults.add(
            "brand.yaml", 0, f"the folder models/{code} is there, but `models` does not name it"
        )


def _freeze(
    folder: Folder, stock: list[FileRow], faults: Faults, progress: Callable[[str], None]
) -> list[FileRow]:
    try:
        catalogue = read_catalogue(_document(folder), code="", fingerprint="")
        return freeze(stock, catalogue, faults, progress)
    except CatalogError as error:
        faults.add("stock.csv", 0, f"the cars cannot be checked: {error.message}")
        return []


def _write(
    folder: Folder,
    stock: list[FileRow],
    faults: Faults,
    dry_run: bool,
    now: datetime,
    progress: Callable[[str], None],
) -> Counts:
    counts, writer = Counts(), Writer()
    plans: list[Plan] = [
        plan(table, folder)
        for name, table in TABLES.items()
        if any(said == name for said, _model in folder.said)
    ]
    published_books(faults, plans)
    if faults:
        return counts
    for made in plans:
        if dry_run:
            _count(made, counts)
        else:
            writer.write(made, counts)
    progress(f"{sum(counts.created.values())} rows new, {sum(counts.changed.values())} changed")
    write_stock(stock, faults, counts, dry=dry_run, now=now)
    progress(f"{counts.created.get('stock', 0)} stock vehicles new")
    return counts


def _count(made: Plan, counts: Counts) -> None:
    counts.add("created", made.table.name, len(made.created))
    counts.add("changed", made.table.name, len(made.changed))
    counts.add("withdrawn", made.table.name, len(made.withdrawn))
    counts.add("unchanged", made.table.name, made.unchanged + len(made.moved))
