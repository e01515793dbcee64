"""brand.yaml, markets.yaml, price_books.csv, places.yaml."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from catalog.services.imports_fields import FLAGS, Fields
from catalog.services.imports_folder import Folder
from kernel.money import EXPONENTS
from kernel.text import LANGUAGES

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_brand(folder: Folder) -> list[str] | None:
    """Reads brand.yaml; gives the codes of the models it names in order, None when it is unreadable."""
    top = folder.yaml("brand.yaml", "the brand", "brands")
    if top is None:
        return None
    plant = top.sub("plant", "the plant", required=False)
    row: dict[str, Any] = {
        "code": top.code("code", longest=40),
        "name": top.text("name"),
        "legal_name": top.text("legal_name"),
        "slogan": top.text("slogan", required=False),
        "story": top.text("story", required=False),
        "colours": top.free("colours") or {},
        "wmi": top.word("wmi", longest=3),
        "plant": {} if plant is None else {"code": plant.word("code"), "name": plant.text("name")},
    }
    models = top.codes("models", required=True)
    if plant is not None:
        plant.close()
    folder.add("brands", top, row)
    return models


def read_markets(folder: Folder) -> None:
    """Reads markets.yaml."""
    top = folder.yaml("markets.yaml", "the file", "markets")
    if top is None:
        return
    for market in top.rows("markets", "a market"):
        _market(folder, market)
    top.close()


def _market(folder: Folder, market: Fields) -> None:
    code = market.word("code", longest=2)
    currency = market.one_of("currency", EXPONENTS)
    folder.currencies[code] = currency
    vat = market.sub("vat", "vat")
    fee = market.sub("delivery_fee", "the delivery fee")
    row: dict[str, Any] = {
        "code": code,
        "name": market.text("name"),
        "currency": currency,
        "languages": market.words("languages", LANGUAGES, required=True),
        "steering": market.one_of("steering", ("left", "right")),
        "timezone": _timezone(market),
        "vat_rate": vat.share("rate") if vat else None,
        "vat_included": vat.flag("included") if vat else None,
        "mandatory": market.codes("mandatory"),
        "delivery_fee": fee.money("amount", currency) if fee else None,
        "delivery_fee_in_list_price": fee.flag("in_list_price", default=True) if fee else None,
        "delivery_text": fee.text("text") if fee else {},
        "on_sale": market.flag("on_sale", default=True),
        "notice": market.text("notice", required=False),
    }
    for part in (vat, fee):
        if part is not None:
            part.close()
    folder.add("markets", market, row)


def _timezone(market: Fields) -> str:
    name = market.word("timezone", longest=60)
    if name and name not in available_timezones():
        market.fault(f"`timezone`: there is no time zone {name!r}", market.line_of("timezone"))
    return name


def in_order(fields: Fields, start: str | None, end: str | None, name: str) -> None:
    """Faults an end that is not after its start."""
    if start and end and end <= start:
        fields.fault(f"`{name}` {end} is not after {start}", fields.line_of(name))


def read_price_books(folder: Folder) -> None:
    """Reads price_books.csv."""
    file = "price_books.csv"
    columns = "code,market,currency,tax_rate,tax_included,valid_from,based_on,note"
    earlier: dict[str, dict[str, Any]] = {}
    for line in folder.csv(file, columns, "price_books"):
        fields = folder.fields(line, file, "price book")
        market = folder.need(fields, "market", fields.word("market"), "markets", "market")
        row: dict[str, Any] = {
            "code": fields.code("code", longest=40),
            "market": market,
            "valid_from": fields.moment("valid_from"),
            "based_on": fields.code("based_on", required=False),
            "note": fields.word("note", required=False),
        }
        _same_money(folder, fields, market)
        _parent(fields, row, earlier)
        if row["code"]:
            earlier[row["code"]] = row
        folder.add("price_books", fields, row)


def _same_money(folder: Folder, fields: Fields, market: str | None) -> None:
    """Currency and tax stand in both files so that a person can read either: they must agree."""
    currency = fields.one_of("currency", EXPONENTS)
    rate, included = fields.share("tax_rate"), fields.one_of("tax_included", FLAGS)
    known = next((r.row for r in folder.rows["markets"] if r.row["code"] == market), None)
    if known is None or fields.broken:
        return
    if currency != known["currency"]:
        fields.fault(f"`currency` is {currency}, market {market} sells in {known['currency']}")
    if rate is not None and Decimal(rate) != Decimal(known["vat_rate"]):
        fields.fault(f"`tax_rate` is {rate}, market {market} has {known['vat_rate']}")
    if included is not None and FLAGS[included] != known["vat_included"]:
        fields.fault(f"`tax_included` is {included}, market {market} says otherwise")


def _parent(fields: Fields, row: dict[str, Any], earlier: dict[str, dict[str, Any]]) -> None:
    if not row["based_on"]:
        return
    parent = earlier.get(row["based_on"])
    if parent is None:
        fields.fault(f"`based_on`: no price book `{row['based_on']}` in a line above")
    elif parent["market"] != row["market"]:
        fields.fault(f"`based_on`: `{row['based_on']}` belongs to market {parent['market']}")
    else:
        in_order(fields, parent["valid_from"], row["valid_from"], "valid_from")


def read_places(folder: Folder) -> None:
    """Reads places.yaml."""
    top = folder.yaml("places.yaml", "the file", "places")
    if top is None:
        return
    for place in top.rows("places", "a place"):
        row: dict[str, Any] = {
            "code": place.code("code"),
            "market": folder.need(place, "market", place.word("market"), "markets", "market"),
            "kind": place.one_of("kind", ("store", "delivery_centre")),
            "city": place.text("city"),
            "name": place.text("name"),
            "address": place.text("address"),
            "lat": place.real("lat", low=-90, high=90),
            "lon": place.real("lon", low=-180, high=180),
            "hours": _hours(place),
        }
        folder.add("places", place, row)
    top.close()


def _hours(place: Fields) -> dict[str, str]:
    hours = place.sub("hours", "the opening hours", required=False)
    if hours is None:
        return {}
    names = [*DAYS, *(f"{a}-{b}" for i, a in enumerate(DAYS) for b in DAYS[i + 1 :])]
    found = {name: hours.word(name) for name in names if hours.says(name)}
    for name, value in found.items():
        opens, _, closes = value.partition("-")
        if not (_time(opens) and _time(closes) and opens < closes):
            hours.fault(f"`{name}` is {value!r}; wanted: 09:00-18:00", hours.line_of(name))
    hours.close()
    return found


def _time(text: str) -> bool:
    return (
        len(text) == 5
        and text[2] == ":"
        and "00:00" <= text <= "24:00"
        and (text[:2] + text[3:]).isdigit()
    )
