"""stock.csv: the cars by VIN, each proven buildable and priced on the day it was built.

A car owns its truth, so what the importer freezes here (its options and its price sheet) is what the
rules and price book of that day say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from catalog.domain.catalogue import TRIM_PREFIX, Catalogue
from catalog.domain.configuration.configurator import Configurator
from catalog.domain.configuration.rules import interval
from catalog.domain.pricing import PriceList, book_in_force, sheet_by
from catalog.domain.vin import check_vin
from catalog.errors import BadVin, CatalogError, NotBuildable
from catalog.services.imports_fields import Fields
from catalog.services.imports_folder import FileRow, Folder
from catalog.services.imports_models import need_choices, need_trim
from catalog.services.imports_reading import Faults
from kernel.money import Money
from kernel.text import pick

FILE = "stock.csv"
COLUMNS = (
    "vin,market,model,model_year,trim,choices,place,status,mileage_km,built_on,available_on,"
    "list_price,price,currency"
)
STATUSES = ("in_stock", "in_transit", "demo", "reserved")


def read_stock(folder: Folder) -> list[FileRow] | None:
    """The rows of stock.csv whose cells make sense; None when the folder has no stock."""
    if not folder.exists(FILE):
        return None
    context = _Context.of(folder)
    seen: dict[str, int] = {}
    found: list[FileRow] = []
    for line in folder.csv(FILE, COLUMNS):
        fields = folder.fields(line, FILE, "stock vehicle")
        row = _vehicle(folder, fields, context)
        vin = row["vin"]
        if vin and seen.setdefault(vin, fields.line) != fields.line:
            fields.fault(f"`vin` {vin} is there twice, first in line {seen[vin]}")
        fields.close()
        if not fields.broken:
            found.append(FileRow(FILE, fields.line, row))
    return found


@dataclass(frozen=True, slots=True)
class _Context:
    """What the VIN of a car must agree with."""

    wmi: str | None
    letters: Mapping[str, str]
    digits: Mapping[tuple[str, str], str]
    place_market: Mapping[str, str]

    @classmethod
    def of(cls, folder: Folder) -> _Context:
        rows = folder.rows
        return cls(
            wmi=next((item.row["wmi"] for item in rows["brands"]), None),
            letters={i.row["code"]: i.row["vin_letter"] for i in rows["models"]},
            digits={(i.row["model"], i.row["code"]): i.row["vin_digit"] for i in rows["trims"]},
            place_market={i.row["code"]: i.row["market"] for i in rows["places"]},
        )


def _vehicle(folder: Folder, fields: Fields, context: _Context) -> dict[str, Any]:
    market = folder.need(fields, "market", fields.word("market"), "markets", "market")
    currency = folder.currency(market)
    model = folder.need(fields, "model", fields.code("model"), "models", "model")
    row: dict[str, Any] = {
        "vin": fields.word("vin", longest=40),
        "market": market,
        "model": model,
        "model_year": fields.code("model_year"),
        "trim": need_trim(folder, fields, model or ""),
        "choices": need_choices(folder, fields, model or "", "choices")
        if model
        else fields.codes("choices"),
        "place": folder.need(fields, "place", fields.code("place"), "places", "place"),
        "status": fields.one_of("status", STATUSES),
        "mileage_km": fields.whole("mileage_km"),
        "built_on": fields.day("built_on"),
        "available_on": fields.day("available_on"),
        "list_price": fields.money("list_price", currency),
        "price": fields.money("price", currency),
        "currency": fields.word("currency"),
    }
    if not fields.broken:
        _agree(folder, fields, row, context)
    return row


def _agree(folder: Folder, fields: Fields, row: dict[str, Any], context: _Context) -> None:
    """What cells say about each other."""
    _vin_agrees(fields, row, context)
    model = row["model"]
    if not folder.knows("model_years", model, row["model_year"], model=model):
        fields.fault(f"`model_year`: model {model} has no model year `{row['model_year']}`")
    currency = folder.currency(row["market"])
    if currency and row["currency"] != currency:
        fields.fault(f"`currency` is {row['currency']}, market {row['market']} sells in {currency}")
    at = context.place_market.get(row["place"])
    if at not in (None, row["market"]):
        fields.fault(f"`place` {row['place']} is in market {at}, the car in {row['market']}")
    if row["price"] > row["list_price"]:
        fields.fault("`price` is above `list_price`")
    if currency and not row["price"]:
        fields.fault("`price` is zero")
    if row["mileage_km"] and row["status"] != "demo":
        fields.fault("only a car of status demo has a mileage")
    if row["available_on"] < row["built_on"]:
        fields.fault(f"`available_on` {row['available_on']} is before `built_on` {row['built_on']}")


def _vin_agrees(fields: Fields, row: dict[str, Any], context: _Context) -> None:
    vin = row["vin"]
    try:
        check_vin(vin)
    except BadVin as error:
        fields.fault(f"`vin`: {error.message}")
        return
    wanted = {
        1: (context.wmi, "the brand's `wmi`"),
        4: (context.letters.get(row["model"]), f"model {row['model']}"),
        5: (context.digits.get((row["model"], row["trim"])), f"trim {row['trim']}"),
    }
    for position, (sign, whose) in wanted.items():
        if sign and not vin.startswith(sign, position - 1):
            fields.fault(
                f"`vin` {vin} has {vin[position - 1]!r} at position {position}; {whose} has {sign!r}"
            )


def freeze(
    vehicles: list[FileRow], catalogue: Catalogue, faults: Faults, progress: Callable[[str], None]
) -> list[FileRow]:
    """The vehicles with `options` and `price_sheet` of their day; faults those that no rule book allows."""
    works = _Works(catalogue)
    frozen: list[FileRow] = []
    for number, item in enumerate(vehicles, start=1):
        try:
            frozen.append(replace(item, row={**item.row, **works.car(item.row)}))
        except NotBuildable as error:
            faults.add(
                item.file, item.line, f"this {item.row['model']} cannot be built: {why(error)}"
            )
        except CatalogError as error:
            faults.add(item.file, item.line, error.message)
        if number % 500 == 0:
            progress(f"stock: {number} of {len(vehicles)} cars checked")
    return frozen


def why(error: NotBuildable) -> str:
    """The violations in words: what the rule tells the buyer, or the structure that is broken."""
    said = [
        v["structure"] if "structure" in v else f"{v['code']} ({pick(v['text'], 'en')})"
        for v in error.facts.get("violations", ())
    ]
    return "; ".join(said) or error.message


class _Works:
    """Configurators and price lists of a catalogue, each made once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._configurators: dict[tuple[str, str, date], Configurator] = {}
        self._prices: dict[tuple[str, str, str], PriceList] = {}
        self._zones = {code: ZoneInfo(m.timezone) for code, m in catalogue.markets.items()}

    def car(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """`options` and `price_sheet` of a vehicle; raises CatalogError when it cannot be, or costs otherwise."""
        model, market, day = row["model"], row["market"], date.fromisoformat(row["built_on"])
        configurator = self._configurator(model, market, day)
        car = configurator.car([TRIM_PREFIX + row["trim"], *row["choices"]])
        at = datetime.combine(day, time(12), self._zones[market])
        sheet = sheet_by(self._price_list(model, market, at), self.catalogue.markets[market], car)
        if sheet.list_price.minor != row["list_price"]:
            said = Money(row["list_price"], sheet.currency)
            raise CatalogError(
                f"`list_price` is {said.decimal}, price book {sheet.price_book} says"
                f" {sheet.list_price.decimal} on {row['built_on']}"
            )
        return {"options": sorted(car.options), "price_sheet": sheet.facts()}

    def _configurator(self, model: str, market: str, day: date) -> Configurator:
        start = interval(self.catalogue.models[model], market, day)
        key = (model, market, start)
        if key not in self._configurators:
            self._configurators[key] = Configurator(self.catalogue.models[model], market, day)
        return self._configurators[key]

    def _price_list(self, model: str, market: str, at: datetime) -> PriceList:
        book = book_in_force(self.catalogue, market, at)
        key = (model, market, book.code)
        if key not in self._prices:
            self._prices[key] = PriceList(
                self.catalogue.models[model], market, book, self.catalogue
            )
        return self._prices[key]
