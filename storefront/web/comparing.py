"""The comparison as the page draws it: columns, and rows of plain cells, from the API's answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from storefront.web import formatting, pictures, showroom
from storefront.web.shop import Shop
from storefront.web.texts import TEXTS

Json = Mapping[str, Any]
PAINT, WHEELS = "group:paint", "group:wheels"
SPECS = [key for key in TEXTS if key.startswith("cmp.spec.")]
LEFT_OUT = frozenset({"total"})
"""Rows that the head of the table says already."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows: a sum, or words; `best` is the word that says it does better."""

    money: Json | None = None
    words: str = ""
    note: str = ""
    best: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the page with its label."""

    label: str
    cells: tuple[Cell, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading."""

    name: str
    rows: tuple[Row, ...]


def columns(shop: Shop, answer: Json, models: Mapping[str, Json]) -> list[dict[str, Any]]:
    """The head of the table: picture, name, code, price, and under whose prices."""
    total = _row(answer, "price", "total")
    return [
        {
            **build,
            "name": showroom.short(build["name"]),
            "picture": _picture(models.get(build["model"]), answer, place),
            "total": build["price_sheet"]["total"],
            "best": _best(shop, "total", place, total),
            "since": _since(build),
        }
        for place, build in enumerate(answer["builds"])
    ]


def _row(answer: Json, section: str, code: str) -> Json | None:
    rows = [row for s in answer["sections"] if s["code"] == section for row in s["rows"]]
    return next((row for row in rows if row["code"] == code), None)


def _picture(model: Json | None, full: Json, place: int) -> pictures.Picture | None:
    if model is None:
        return None
    codes = []
    for group in (PAINT, WHEELS):
        row = _row(full, group, group.partition(":")[2])
        cell = row["cells"][place] if row else None
        codes.append(cell["code"] if cell else None)
    return showroom.picture(model, codes[0], "side", codes[1])


def _since(build: Json) -> Json | None:
    """What the price has done since the build was saved, where it is shown at today's."""
    changed = [c for c in build["changes"] if c["before"] or c["after"]]
    if build["under"] != "today" or not changed:
        return None
    amount = sum(
        (c["after"] or {"amount": 0})["amount"] - (c["before"] or {"amount": 0})["amount"]
        for c in changed
    )
    return (
        {"amount": amount, "currency": build["price_sheet"]["total"]["currency"]}
        if amount
        else None
    )


def sections(shop: Shop, answer: Json) -> list[Section]:
    """The body of the table: what it costs and when it comes, equipment, figures."""
    money, figures, equipment, days = [], [], [], []
    for section in answer["sections"]:
        rows = [_drawn(shop, row) for row in section["rows"] if row["code"] not in LEFT_OUT]
        if section["code"].startswith("group:"):
            equipment.append(_group(shop, section))
        elif section["code"] == "specs":
            order = {row["code"]: place for place, row in enumerate(section["rows"])}
            ranked = sorted(section["rows"], key=lambda row: _rank(row["code"], order))
            figures = [_drawn(shop, row) for row in ranked]
        elif section["code"] == "delivery":
            days = rows
        else:
            money = rows
    found = (
        Section(shop.t("cmp.money"), (*_monthly(shop, answer), *days, *money)),
        Section(shop.t("cmp.equipment"), tuple(equipment)),
        Section(shop.t("cmp.figures"), tuple(figures)),
    )
    return [section for section in found if section.rows]


def _rank(code: str, order: Mapping[str, int]) -> tuple[int, int]:
    """Figures in the order in which their words are written, unknown ones after them."""
    key = f"cmp.spec.{code}"
    return (SPECS.index(key) if key in SPECS else len(SPECS), order[code])


def different(found: Sequence[Section]) -> list[Section]:
    """The rows whose cells do not all show the same, and the sections that still have one."""
    kept = [replace(s, rows=tuple(row for row in s.rows if row.differs)) for s in found]
    return [section for section in kept if section.rows]


def count(found: Sequence[Section]) -> int:
    """How many rows there are."""
    return sum(len(section.rows) for section in found)


def _group(shop: Shop, section: Json) -> Row:
    """One row a group: what each car has of it, in words."""
    rows = section["rows"]
    sep = shop.t("list.sep")
    cells = []
    for place in range(len(rows[0]["cells"])):
        here = [row["cells"][place] for row in rows if row["cells"][place]]
        cells.append(Cell(words=sep.join(c["name"] for c in here) or shop.t("cmp.none")))
    return Row(section["name"], tuple(cells), any(row["differs"] for row in rows))


def _drawn(shop: Shop, row: Json) -> Row:
    cells = tuple(_cell(shop, row, place) for place in range(len(row["cells"])))
    return Row(_label(shop, row), cells, row["differs"])


def _label(shop: Shop, row: Json) -> str:
    if row["name"]:
        return str(row["name"])
    key = f"cmp.spec.{row['code']}"
    return shop.t(key) if key in TEXTS else str(row["code"]).replace("_", " ")


def _cell(shop: Shop, row: Json, place: int) -> Cell:
    cell = row["cells"][place]
    if cell is None:
        return Cell(words=shop.t("cmp.none"))
    best = _best(shop, row["code"], place, row)
    if row["kind"] == "money":
        if cell["by"] in {"included", "standard"}:
            return Cell(words=shop.t("included"))
        return Cell(money=cell["money"], note=cell["name"] or "", best=best)
    if row["kind"] == "days":
        return Cell(words=shop.t("cmp.days", cell["value"]), best=best)
    return Cell(words=_figure(shop, cell["value"]), best=best)


def _figure(shop: Shop, value: Any) -> str:
    key = f"drive.{value}"
    return shop.t(key) if key in TEXTS else formatting.spec(value)


def _best(shop: Shop, code: str, place: int, row: Json | None) -> str:
    if row is None or place not in row["best"]:
        return ""
    key = f"cmp.best.{code}"
    if key in TEXTS:
        return shop.t(key)
    values = [c["value"] for c in row["cells"] if c and c["value"] is not None]
    own = row["cells"][place]["value"]
    return shop.t("cmp.best.more" if own == max(values) else "cmp.best.less")


def _monthly(shop: Shop, answer: Json) -> Iterator[Row]:
    """The lowest even instalment of each car; nothing where nobody lends for any."""
    found: Sequence[Json | None] = [build["monthly"] for build in answer["builds"]]
    amounts = [m["amount"]["amount"] for m in found if m]
    if not amounts:
        return
    terms = {m["months"] for m in found if m}
    label = shop.t("cmp.month", *terms) if len(terms) == 1 else shop.t("cmp.month.plain")
    differs = len(set(amounts)) > 1 or len(amounts) < len(found)
    least = min(amounts) if len(set(amounts)) > 1 else None
    cells = [
        Cell(
            money=formatting.whole(m["amount"]),
            best=shop.t("cmp.best.month") if m["amount"]["amount"] == least else "",
        )
        if m
        else Cell(words=shop.t("cmp.none"))
        for m in found
    ]
    yield Row(label, tuple(cells), differs)


def credits(answer: Json) -> list[Json]:
    """What the law wants beside the monthly amounts, each wording once."""
    found = [build["monthly"] for build in answer["builds"] if build["monthly"]]
    return list({(m["apr_text"], m["warning"]): m for m in found}.values())
