"""The editable tables as plain rows: what a release is compiled from and what an import compares with.

A row is a mapping of column to JSON-able value: a link to another table is that row's code, a decimal
is its shortest text, a day ISO, a moment RFC 3339 in UTC. The importer makes the same rows from files,
so "did this change?" is a comparison of two mappings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model as DjangoModel

from catalog import models

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
"""Table name -> its rows, in the catalogue's order."""


@dataclass(frozen=True, slots=True)
class Link:
    """A column naming a row of `table`; `key` are the columns of this row that make that row's key."""

    table: str
    key: tuple[str, ...]
    path: str = "code"


@dataclass(frozen=True, slots=True)
class Table:
    """One editable table: its model, natural key and columns in order.

    `scope` columns are part of rows and keys but stored on a linked row (`model` of an availability).
    """

    name: str
    model: type[DjangoModel]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    links: Mapping[str, Link] = field(default_factory=dict)
    scope: Mapping[str, str] = field(default_factory=dict)

    def key_of(self, row: Row) -> tuple[Any, ...]:
        """The natural key of `row`."""
        return tuple(row[column] for column in self.key)

    def path(self, column: str) -> str:
        """Where Django finds the value of `column`."""
        if column in self.scope:
            return self.scope[column]
        return f"{column}__{self.links[column].path}" if column in self.links else column


MARKET = Link("markets", ("market",))
MODEL = Link("models", ("model",))


def _table(
    name: str,
    model: type[DjangoModel],
    key: str,
    columns: str,
    links: Mapping[str, Link] | None = None,
    scope: Mapping[str, str] | None = None,
) -> Table:
    return Table(name, model, tuple(key.split()), tuple(columns.split()), links or {}, scope or {})


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        _table(
            "brands", models.Brand, "code", "code name legal_name slogan story colours wmi plant"
        ),
        _table(
            "markets",
            models.Market,
            "code",
            "code name currency languages steering timezone vat_rate vat_included mandatory"
            " delivery_fee delivery_fee_in_list_price delivery_text on_sale notice",
        ),
        _table(
            "models",
            models.Model,
            "code",
            "code name line body segment steering vin_letter dimensions_mm battery_steps",
        ),
        _table(
            "model_years",
            models.ModelYear,
            "model code",
            "model code label on_sale_from",
            {"model": MODEL},
        ),
        _table(
            "trims",
            models.Trim,
            "model code",
            "model code name pitch vin_digit specs",
            {"model": MODEL},
        ),
        _table(
            "groups", models.OptionGroup, "model code", "model code name choose", {"model": MODEL}
        ),
        _table(
            "options",
            models.Option,
            "model code",
            "model group code name pitch swatch media contains quota",
            {"model": MODEL, "group": Link("groups", ("model", "group"))},
        ),
        _table(
            "availability",
            models.Availability,
            "model market trim option",
            "market trim option value",
            {
                "market": MARKET,
                "trim": Link("trims", ("model", "trim")),
                "option": Link("options", ("model", "option")),
            },
            {"model": "trim__model__code"},
        ),
        _table(
            "rules",
            models.Rule,
            "model code",
            "model code kind text condition then must excluded adds count of add_days market trims"
            " valid_from valid_until",
            {"model": MODEL, "market": MARKET},
        ),
        _table(
            "price_books",
            models.PriceBook,
            "code",
            "code market valid_from based_on note",
            {"market": MARKET, "based_on": Link("price_books", ("based_on",))},
        ),
        _table(
            "prices",
            models.Price,
            "price_book model kind code trim condition",
            "price_book model kind code trim condition amount note",
            {"price_book": Link("price_books", ("price_book",)), "model": MODEL},
        ),
        _table(
            "lead_times",
            models.LeadTime,
            "model market kind code",
            "model market kind code days",
            {"model": MODEL, "market": MARKET},
        ),
        _table(
            "reference_cars",
            models.ReferenceCar,
            "model code",
            "model code title market trim date choices expect price_book total violates",
            {"model": MODEL, "market": MARKET},
        ),
        _table(
            "deposit_policies",
            models.DepositPolicy,
            "code",
            "code market valid_from legal_cap withdrawal note amounts stages",
            {"market": MARKET},
        ),
        _table(
            "order_policies",
            models.OrderPolicy,
            "code",
            "code market valid_from locking changes delay priority slots home",
            {"market": MARKET},
        ),
        _table(
            "payment_methods",
            models.PaymentMethod,
            "code",
            "code market method provider valid_from purposes smallest largest refund_days holds wait_days name text"
            " account",
            {"market": MARKET},
        ),
        _table(
            "lenders",
            models.Lender,
            "code",
            "code market name finances_kinds refuses_kinds default_costs",
            {"market": MARKET},
        ),
        _table(
            "finance_products",
            models.FinanceProduct,
            "code",
            "code lender method months annual_rate min_down_share min_amount max_amount balloon_share"
            " residual_share fee fee_financed approval_valid_days amount_tolerance for_models name text",
            {"lender": Link("lenders", ("lender",))},
        ),
        _table("insurers", models.Insurer, "code", "code market name", {"market": MARKET}),
        _table(
            "insurance_products",
            models.InsuranceProduct,
            "code",
            "code insurer market kind gate per_seat name text",
            {"insurer": Link("insurers", ("insurer",)), "market": MARKET},
        ),
        _table(
            "premiums",
            models.Premium,
            "product model seats period driver_age no_claims_class",
            "product model seats period driver_age no_claims_class fixed_premium share_of_car_price",
            {"product": Link("insurance_products", ("product",))},
        ),
        _table("services", models.Service, "code", "code kind markets years km prices name text"),
        _table(
            "incentives",
            models.Incentive,
            "code",
            "code kind market for_models amounts product option amount value quota quota_by_market"
            " valid_from valid_until stack needs voucher name text",
            {"market": MARKET},
        ),
        _table(
            "law",
            models.LegalRow,
            "market key applies_to valid_from",
            "market key applies_to value valid_from valid_until by confidence needs_review source",
            {"market": MARKET},
        ),
        _table(
            "places",
            models.Place,
            "code",
            "code market kind city name address lat lon hours",
            {"market": MARKET},
        ),
    )
}
"""Every editable table, each after the tables it links to."""


def decimal_text(value: Decimal) -> str:
    """The shortest plain text of an exact decimal: `0.1` for 0.100000, `0` for zero."""
    text = f"{value.normalize():f}"
    return "0" if text in {"-0", "0"} else text


def moment_text(value: datetime) -> str:
    """RFC 3339 in UTC: `2026-08-31T16:00:00Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return moment_text(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as the database has it, with its key there and whether it is live."""

    pk: int
    live: bool
    position: int
    row: Row


def stored(table: Table) -> list[Stored]:
    """Every row of `table`, live or not, in the catalogue's order: one query."""
    columns = (*table.scope, *table.columns)
    values = table.model._default_manager.order_by("position", "pk").values_list(
        "pk", "live", "position", *(table.path(column) for column in columns)
    )
    return [
        Stored(
            pk,
            live,
            position,
            {column: _plain(value) for column, value in zip(columns, rest, strict=True)},
        )
        for pk, live, position, *rest in values
    ]


def live_rows() -> dict[str, list[Row]]:
    """The live rows of every table that link to live rows only: one query a table."""
    found = {
        name: [item.row for item in stored(table) if item.live] for name, table in TABLES.items()
    }
    return connected(found)


def connected(rows: Rows) -> dict[str, list[Row]]:
    """`rows` without those that link to a row that is not there.

    An unpublished model takes its options, prices and rules with it. A price book keeps a missing
    parent: the checks name it.
    """
    kept: dict[str, list[Row]] = {}
    keys: dict[str, set[tuple[Any, ...]]] = {}
    for name, table in TABLES.items():
        links = [link for link in table.links.values() if link.table != name]
        kept[name] = [row for row in rows[name] if _linked(row, links, keys)]
        keys[name] = {table.key_of(row) for row in kept[name]}
    named = {"trim": keys["trims"], "option": keys["options"], "package": keys["options"]}
    for name in ("prices", "lead_times"):
        kept[name] = [
            row for row in kept[name] if (row["model"], row["code"]) in named[row["kind"]]
        ]
    return kept


def _linked(row: Row, links: Iterable[Link], keys: Mapping[str, set[tuple[Any, ...]]]) -> bool:
    return all(
        row[link.key[-1]] is None or tuple(row[part] for part in link.key) in keys[link.table]
        for link in links
    )


Progress = Callable[[str], None]
"""Told one line after each long step."""
