"""Makes the live rows equal to what a folder says, in the fewest statements.

Rows are compared by natural key. New rows are inserted, changed rows updated, rows the files no longer
have are withdrawn: taken out of `live`, never deleted. Tables no file spoke about stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model as DjangoModel

from catalog.events import StockChanged
from catalog.models import Market, Model, Place, StockVehicle
from catalog.services.imports_folder import FileRow, Folder
from catalog.services.imports_reading import Faults
from catalog.services.releases_tables import TABLES, Link, Stored, Table, stored
from kernel.eventbus import publish

BATCH = 500
FROZEN = (
    "market",
    "model",
    "model_year",
    "trim",
    "choices",
    "options",
    "built_on",
    "list_price",
    "currency",
)
"""What never changes on a physical car."""


@dataclass(slots=True)
class Counts:
    """Rows per table: created, changed, withdrawn, unchanged."""

    created: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, table: str, count: int) -> None:
        """Count rows of one kind."""
        if count:
            counts: dict[str, int] = getattr(self, kind)
            counts[table] = counts.get(table, 0) + count


@dataclass(slots=True)
class Plan:
    """What must be written to one table."""

    table: Table
    created: list[tuple[int, FileRow]]
    changed: list[tuple[int, FileRow, Stored]]
    moved: list[tuple[int, FileRow, Stored]]
    withdrawn: list[Stored]
    unchanged: int


def plan(table: Table, folder: Folder) -> Plan:
    """Compares the files with the database; one query."""
    before = {table.key_of(item.row): item for item in stored(table)}
    made = Plan(table, [], [], [], [], 0)
    for position, item in enumerate(folder.rows[table.name]):
        old = before.pop(table.key_of(item.row), None)
        row = {column: item.row[column] for column in table.columns}
        if old is None:
            made.created.append((position, item))
        elif not old.live or any(old.row[column] != value for column, value in row.items()):
            made.changed.append((position, item, old))
        elif old.position != position:
            made.moved.append((position, item, old))
        else:
            made.unchanged += 1
    made.withdrawn = [old for old in before.values() if old.live and _spoken_of(table, old, folder)]
    return made


def _spoken_of(table: Table, old: Stored, folder: Folder) -> bool:
    return (table.name, None) in folder.said or (table.name, old.row.get("model")) in folder.said


def published_books(faults: Faults, plans: Iterable[Plan]) -> None:
    """Faults whatever would change a price book that was part of a release."""
    model = TABLES["price_books"].model
    published: dict[str, str] = dict(
        model._default_manager.exclude(published_in="").values_list("code", "published_in")
    )
    for made in plans:
        if made.table.name not in ("price_books", "prices"):
            continue
        column = "code" if made.table.name == "price_books" else "price_book"
        touched = [(item.row, item) for _, item in made.created]
        touched += [(item.row, item) for _, item, old in made.changed if _terms_differ(item, old)]
        for row, item in touched:
            if row[column] in published:
                _fault_published(faults, item.file, item.line, row[column], published[row[column]])
        for old in made.withdrawn:
            if old.row[column] in published:
                file = (
                    "price_books.csv"
                    if column == "code"
                    else f"models/{old.row['model']}/prices.csv"
                )
                _fault_published(
                    faults,
                    file,
                    0,
                    old.row[column],
                    published[old.row[column]],
                    str(old.row["code"]),
                )


def _terms_differ(item: FileRow, old: Stored) -> bool:
    return not old.live or any(
        item.row[column] != value for column, value in old.row.items() if column != "note"
    )


def _fault_published(
    faults: Faults, file: str, line: int, book: str, release: str, gone: str = ""
) -> None:
    what = f"; the row of `{gone}` is gone" if gone else ""
    faults.add(
        file,
        line,
        f"price book {book} was published in {release} and never changes; make a new one{what}",
    )


class Writer:
    """Writes plans in the order of the tables; remembers keys so that links find their rows."""

    def __init__(self) -> None:
        self._ids: dict[str, dict[tuple[Any, ...], int]] = {}

    def write(self, made: Plan, counts: Counts) -> None:
        """Creates, changes, moves and withdraws the rows of one table."""
        table = made.table
        model = table.model
        fields = [*table.columns, "position", "live"]
        if any(link.table == table.name for link in table.links.values()):
            self._insert_one_by_one(made)
        else:
            model._default_manager.bulk_create(
                [self._object(table, item, position, None) for position, item in made.created],
                batch_size=BATCH,
            )
        touched = [self._object(table, i, p, old.pk) for p, i, old in (*made.changed, *made.moved)]
        if touched:
            model._default_manager.bulk_update(touched, fields, batch_size=BATCH)
        if made.withdrawn:
            model._default_manager.filter(pk__in=[old.pk for old in made.withdrawn]).update(
                live=False
            )
        for kind, number in (
            ("created", len(made.created)),
            ("changed", len(made.changed)),
            ("withdrawn", len(made.withdrawn)),
            ("unchanged", made.unchanged + len(made.moved)),
        ):
            counts.add(kind, table.name, number)

    def _insert_one_by_one(self, made: Plan) -> None:
        """For rows that may link to a row above them in the same file."""
        self._load(made.table)
        for position, item in made.created:
            row = self._object(made.table, item, position, None)
            row.save(force_insert=True)
            self._ids[made.table.name][made.table.key_of(item.row)] = row.pk

    def _load(self, table: Table) -> None:
        self._ids[table.name] = {table.key_of(item.row): item.pk for item in stored(table)}

    def _object(self, table: Table, item: FileRow, position: int, pk: int | None) -> DjangoModel:
        values: dict[str, Any] = {"position": position, "live": True}
        for column in table.columns:
            if column in table.links:
                values[f"{column}_id"] = self._id(table.links[column], item.row)
            else:
                values[column] = item.row[column]
        return table.model(pk=pk, **values)

    def _id(self, link: Link, row: Mapping[str, Any]) -> int | None:
        key = tuple(row[part] for part in link.key)
        if key[-1] is None:
            return None
        if link.table not in self._ids:
            self._load(TABLES[link.table])
        return self._ids[link.table][key]


def write_stock(
    vehicles: list[FileRow], faults: Faults, counts: Counts, *, dry: bool, now: datetime
) -> None:
    """Inserts and updates stock; a sold car stays sold, a car missing in the file stays as it is.

    Faults a VIN that would become another car.
    """
    columns = list(vehicles[0].row) if vehicles else []
    links = {"market": Market, "model": Model, "place": Place}
    names = [f"{column}__code" if column in links else column for column in columns]
    before = {
        values[0]: dict(zip(["vin", *columns], values, strict=True))
        for values in StockVehicle.objects.values_list("vin", *names)
    }
    new, touched = [], []
    for item in vehicles:
        old = before.get(item.row["vin"])
        row = {**item.row, "status": "sold"} if old and old["status"] == "sold" else dict(item.row)
        if old is None:
            new.append(row)
        elif _other_car(old, row):
            faults.add(
                item.file,
                item.line,
                f"VIN {row['vin']} is stored as another car; a built car stays what it is",
            )
        elif any(_text(old[column]) != row[column] for column in columns):
            touched.append(row)
    counts.add("created", "stock", len(new))
    counts.add("changed", "stock", len(touched))
    counts.add("unchanged", "stock", len(vehicles) - len(new) - len(touched))
    if dry or faults:
        return
    ids = {name: dict(table.objects.values_list("code", "pk")) for name, table in links.items()}
    StockVehicle.objects.bulk_create([_vehicle(row, ids, now) for row in new], batch_size=BATCH)
    for row in touched:
        StockVehicle.objects.filter(vin=row["vin"]).update(
            status=row["status"],
            place_id=ids["place"][row["place"]],
            mileage_km=row["mileage_km"],
            available_on=row["available_on"],
            price=row["price"],
            changed_at=now,
        )
    if new or touched:
        publish(StockChanged("", "imported", now))


def _text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _other_car(old: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return any(_text(old[column]) != row[column] for column in FROZEN)


def _vehicle(
    row: Mapping[str, Any], ids: Mapping[str, Mapping[str, int]], now: datetime
) -> StockVehicle:
    values = {f"{name}_id" if name in ids else name: value for name, value in row.items()}
    for name, known in ids.items():
        values[f"{name}_id"] = known[row[name]]
    return StockVehicle(**values, changed_at=now)
