"""Rows become the release document of format 1 (docs/rules/release.md): pure assembly, no SQL.

Equal rows give equal documents, so equal bytes and an equal fingerprint. A part that says nothing is
left out, as in the catalogue's files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.services.releases_tables import Row, Rows

FORMAT = 1
EMPTY: tuple[Any, ...] = (None, "", [], {})
RULE_NAMES = {"condition": "if", "excluded": "not", "valid_from": "from", "valid_until": "until"}


def assemble(rows: Rows, *, pictures: Mapping[str, Any]) -> dict[str, Any]:
    """The document of these rows and pictures; raises nothing for rows that `connected` kept."""
    currency = {market["code"]: market["currency"] for market in rows["markets"]}
    return {
        "format": FORMAT,
        "brand": _brand(rows),
        "markets": [_market(row) for row in rows["markets"]],
        "price_books": [
            {
                "code": row["code"],
                "market": row["market"],
                "currency": currency[row["market"]],
                "valid_from": row["valid_from"],
                "based_on": row["based_on"],
            }
            for row in rows["price_books"]
        ],
        "models": [_model(row, rows) for row in rows["models"]],
        "deposit_policies": _said(rows["deposit_policies"]),
        "order_policies": _said(rows["order_policies"], keep=("changes",)),
        "payment_methods": _said(rows["payment_methods"]),
        "lenders": _said(rows["lenders"], keep=("finances_kinds", "refuses_kinds")),
        "finance_products": [_finance_product(row) for row in rows["finance_products"]],
        "insurers": _said(rows["insurers"]),
        "insurance_products": [_insurance_product(row) for row in rows["insurance_products"]],
        "premiums": _said(rows["premiums"]),
        "services": _said(rows["services"]),
        "incentives": [_incentive(row) for row in rows["incentives"]],
        "places": _said(rows["places"], keep=("hours",)),
        "law": [_legal(row) for row in rows["law"]],
        "pictures": {subject: list(items) for subject, items in pictures.items()},
    }


def _said(
    rows: Iterable[Row],
    names: Mapping[str, str] | None = None,
    *,
    keep: tuple[str, ...] = (),
    drop: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """Each row without what it leaves unsaid; `keep` stays even when empty, `names` renames columns."""
    names = names or {}
    return [
        {
            names.get(column, column): value
            for column, value in row.items()
            if column not in drop and (column in keep or value not in EMPTY)
        }
        for row in rows
    ]


def _brand(rows: Rows) -> dict[str, Any]:
    brands = _said(rows["brands"])
    models = [model["code"] for model in rows["models"]]
    return {**brands[0], "models": models} if brands else {}


def _market(row: Row) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": row["name"],
        "currency": row["currency"],
        "languages": row["languages"],
        "timezone": row["timezone"],
        "vat": {"rate": row["vat_rate"], "included": row["vat_included"]},
        "mandatory": row["mandatory"],
        "delivery_fee": {
            "amount": row["delivery_fee"],
            "text": row["delivery_text"],
            "in_list_price": row["delivery_fee_in_list_price"],
        },
        "on_sale": row["on_sale"],
        "notice": row["notice"] or None,
    }


def _model(model: Row, rows: Rows) -> dict[str, Any]:
    code = model["code"]

    def of(table: str) -> list[Row]:
        return [row for row in rows[table] if row["model"] == code]

    scope = ("model",)
    return {
        "code": code,
        "name": model["name"],
        "line": model["line"],
        "body": model["body"],
        "segment": model["segment"],
        "vin_letter": model["vin_letter"],
        "model_years": _said(of("model_years"), drop=scope),
        "dimensions_mm": model["dimensions_mm"],
        "battery_steps": model["battery_steps"],
        "trims": _said(of("trims"), drop=scope, keep=("specs",)),
        "groups": _said(of("groups"), drop=scope),
        "options": _said(of("options"), drop=scope),
        "availability": _availability(of("availability")),
        "rules": _said(of("rules"), RULE_NAMES, drop=scope),
        "prices": [_price(row) for row in of("prices")],
        "lead_times": [
            {
                "market": row["market"] or "*",
                "kind": row["kind"],
                "code": row["code"],
                "days": row["days"],
            }
            for row in of("lead_times")
        ],
        "reference_cars": _said(of("reference_cars"), drop=scope, keep=("choices",)),
    }


def _availability(rows: Iterable[Row]) -> dict[str, dict[str, dict[str, str]]]:
    table: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        table.setdefault(row["market"], {}).setdefault(row["trim"], {})[row["option"]] = row[
            "value"
        ]
    return table


def _price(row: Row) -> dict[str, Any]:
    return {
        "price_book": row["price_book"],
        "kind": row["kind"],
        "code": row["code"],
        "trim": row["trim"],
        "when": row["condition"] or None,
        "amount": row["amount"],
        "note": row["note"],
    }


USUAL_LOAN: Mapping[str, Any] = {"method": "annuity", "residual_share": "0", "fee_financed": False}
"""What a loan is unless it says otherwise: left out."""


def _finance_product(row: Row) -> dict[str, Any]:
    usual = tuple(column for column, value in USUAL_LOAN.items() if row[column] == value)
    return _said([row], {"for_models": "models"}, drop=usual)[0]


def _insurance_product(row: Row) -> dict[str, Any]:
    said = _said([row], drop=() if row["per_seat"] else ("per_seat",))
    return said[0]


def _legal(row: Row) -> dict[str, Any]:
    drop = () if row["needs_review"] else ("needs_review",)
    return _said([row], RULE_NAMES, keep=("value",), drop=drop)[0]


def _incentive(row: Row) -> dict[str, Any]:
    said = _said(
        [row],
        {"valid_from": "from", "valid_until": "until"},
        drop=("for_models", "amounts", "market"),
    )[0]
    return {**said, "market": row["market"] or "*", "models": row["amounts"] or row["for_models"]}
