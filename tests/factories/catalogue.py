"""The demo catalogue as a release document, built straight from its folder: no database, no importer.

Unit tests of every package take `demo_catalogue()`; the importer has its own test that a release
compiled from its rows says the same.
"""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from catalog.domain.catalogue import Catalogue, read_catalogue
from catalog.services.releases_diagrams import with_diagrams
from kernel.money import Money
from kernel.text import fingerprint

FOLDER = Path(__file__).resolve().parents[2] / "storefront" / "demo" / "catalogue"
MODELS = ("rill", "vale", "haven")
MONEY_KEYS = {"amount", "min_amount", "max_amount", "fee", "fixed_premium", "per_day", "at_most"}
MONEY_KEYS |= {"smallest", "largest"}
MONEY_TABLES = {"amounts", "prices"}
DECIMAL_KEYS = {
    "annual_rate",
    "min_down_share",
    "balloon_share",
    "residual_share",
    "amount_tolerance",
    "refundable_share",
    "share_of_price",
    "share_of_car_price",
    "rate",
    "rate_surcharge",
}


class ExactLoader(yaml.SafeLoader):
    """YAML with decimals kept exact and dates kept as ISO text."""


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


def _text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal)
ExactLoader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def load(*parts: str) -> Any:
    """A YAML file of the demo catalogue; decimals exact, dates as text."""
    return yaml.load(FOLDER.joinpath(*parts).read_text("utf-8"), ExactLoader)  # noqa: S506


def rows(*parts: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV file of the demo catalogue."""
    with FOLDER.joinpath(*parts).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def minor(amount: object, currency: str) -> int:
    """Major units as the files write them, in minor units."""
    return Money.of(str(amount), currency).minor


def exact(value: Any, currency: str, key: str = "") -> Any:
    """JSON from YAML: money fields in minor units, shares as decimal text, other decimals as numbers."""
    if isinstance(value, Mapping):
        return {
            k: exact(v, currency, key if key in MONEY_TABLES else str(k)) for k, v in value.items()
        }
    if isinstance(value, list):
        return [exact(item, currency, key) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    if key in MONEY_KEYS or key in MONEY_TABLES:
        return minor(value, currency)
    if key in DECIMAL_KEYS:
        return str(value)
    return float(value) if isinstance(value, Decimal) else value


def _market(row: Mapping[str, Any]) -> dict[str, Any]:
    fee = row["delivery_fee"]
    return {
        "code": row["code"],
        "name": row["name"],
        "currency": row["currency"],
        "languages": row["languages"],
        "timezone": row["timezone"],
        "vat": {"rate": str(row["vat"]["rate"]), "included": row["vat"]["included"]},
        "mandatory": row["mandatory"],
        "delivery_fee": {
            "amount": minor(fee["amount"], row["currency"]),
            "text": fee["text"],
            "in_list_price": fee.get("in_list_price", True),
        },
        "on_sale": row.get("on_sale", True),
        "notice": row.get("notice"),
    }


def _availability(model: str) -> dict[str, dict[str, dict[str, str]]]:
    table: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows("models", model, "availability.csv"):
        market, option = row.pop("market"), row.pop("option")
        for trim, mark in row.items():
            if mark in ("S", "O"):
                table.setdefault(market, {}).setdefault(trim, {})[option] = mark
    return table


def _model(
    code: str, currencies: Mapping[str, str], market_currency: Mapping[str, str]
) -> dict[str, Any]:
    base = load("models", code, "model.yaml")
    options = load("models", code, "options.yaml")
    references = load("models", code, "reference_cars.yaml")["reference_cars"]
    return {
        "code": code,
        "name": base["name"],
        "line": base["line"],
        "body": base["body"],
        "segment": base["segment"],
        "vin_letter": base["vin"]["model_letter"],
        "model_years": base["model_years"],
        "dimensions_mm": base["dimensions_mm"],
        "battery_steps": exact(base["battery_steps"], "CNY"),
        "trims": [
            {**exact(trim, "CNY"), "vin_digit": str(trim["vin_digit"])} for trim in base["trims"]
        ],
        "groups": options["groups"],
        "options": options["options"],
        "availability": _availability(code),
        "rules": load("models", code, "rules.yaml")["rules"],
        "prices": [
            {
                "price_book": row["price_book"],
                "kind": row["kind"],
                "code": row["code"],
                "trim": row["trim"] or "*",
                "when": row["when"] or None,
                "amount": minor(row["amount"], currencies[row["price_book"]]),
                "note": row["note"],
            }
            for row in rows("models", code, "prices.csv")
        ],
        "lead_times": [
            {**row, "market": row["market"] or "*", "days": int(row["days"])}
            for row in rows("models", code, "lead_times.csv")
        ],
        "reference_cars": [
            {**car, "total": minor(car["total"], market_currency[car["market"]])}
            if "total" in car
            else car
            for car in references
        ],
    }


def _premiums() -> list[dict[str, Any]]:
    return [
        {
            **row,
            "fixed_premium": minor(
                row["fixed_premium"], "EUR" if row["product"].startswith("de-") else "CNY"
            ),
        }
        for row in rows("insurance_premiums.csv")
    ]


@functools.cache
def demo_document() -> dict[str, Any]:
    """The release document of the demo catalogue, format 1; shared: copy before you change it."""
    markets = [_market(row) for row in load("markets.yaml")["markets"]]
    books = list(rows("price_books.csv"))
    currencies = {book["code"]: book["currency"] for book in books}
    market_currency = {market["code"]: market["currency"] for market in markets}
    finance, insurance = load("finance.yaml"), load("insurance.yaml")
    document = {
        "format": 1,
        "brand": load("brand.yaml"),
        "markets": markets,
        "price_books": [
            {
                "code": book["code"],
                "market": book["market"],
                "currency": book["currency"],
                "valid_from": book["valid_from"],
                "based_on": book["based_on"] or None,
            }
            for book in books
        ],
        "models": [_model(code, currencies, market_currency) for code in MODELS],
        "deposit_policies": exact(load("deposits.yaml")["policies"], "CNY"),
        "order_policies": exact(load("order-policies.yaml")["policies"], "CNY"),
        "payment_methods": [
            {"holds": False, **exact(row, "CNY")} for row in load("payment-methods.yaml")["methods"]
        ],
        "lenders": exact(finance["lenders"], "CNY"),
        "finance_products": exact(finance["products"], "CNY"),
        "insurers": insurance["insurers"],
        "insurance_products": insurance["products"],
        "premiums": _premiums(),
        "services": exact(load("services.yaml")["services"], "CNY"),
        "incentives": [
            {**exact(row, "CNY"), "models": _bonus_models(row)}
            for row in load("incentives.yaml")["incentives"]
        ],
        "places": exact(load("places.yaml")["places"], "CNY"),
        "law": [
            {**row, "value": _legal_value(row["value"], market_currency[row["market"]])}
            for row in load("law.yaml")["law"]
        ],
        "pictures": {},
    }
    copied: dict[str, Any] = json.loads(json.dumps(document))
    return copied


def _legal_value(value: Any, currency: str) -> Any:
    """Shares as exact text, amounts and caps in minor units."""
    if isinstance(value, Mapping):
        return {
            name: minor(part, currency)
            if name in ("amount", "cap")
            else _legal_value(part, currency)
            for name, part in value.items()
        }
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value


def _bonus_models(row: Mapping[str, Any]) -> Any:
    models = row.get("models")
    return (
        {k: minor(v, "CNY") for k, v in models.items()} if isinstance(models, Mapping) else models
    )


@functools.cache
def demo_release() -> dict[str, Any]:
    """The demo document as publishing stores it, with compiled diagrams; shared: copy before you change it."""
    return with_diagrams(demo_document())


@functools.cache
def demo_catalogue() -> Catalogue:
    """The demo catalogue as the domain reads it, with diagrams; release code R000001."""
    document = demo_release()
    return read_catalogue(document, code="R000001", fingerprint=fingerprint(document))


def stock_rows() -> list[dict[str, str]]:
    """The rows of `stock.csv` as text."""
    return list(rows("stock.csv"))


def blocked_clicks(model: str) -> list[dict[str, Any]]:
    """The clicks of that model that only global reasoning blocks."""
    found: list[dict[str, Any]] = load("models", model, "blocked_clicks.yaml")["blocked_clicks"]
    return found
