"""law.yaml: what law and tax say in each market, dated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from catalog.domain.law import CONFIDENCES, MOMENTS
from catalog.services.imports_fields import Fields, minor_units, money_wanted
from catalog.services.imports_folder import Folder
from catalog.services.imports_markets import in_order
from catalog.services.releases_tables import decimal_text

KEY = re.compile(r"[a-z_]+(\.[a-z_]+)*\Z")
MONEY = ("amount", "cap")
"""Parts of a value that are amounts in the market's currency."""


def read_law(folder: Folder) -> None:
    """Reads law.yaml."""
    top = folder.yaml("law.yaml", "the file", "law")
    if top is None:
        return
    for fields in top.rows("law", "a row of the law"):
        _row(folder, fields)
    top.close()


def _row(folder: Folder, fields: Fields) -> None:
    market = fields.word("market")
    folder.need(fields, "market", market, "markets", "market")
    key = fields.word("key", longest=60)
    if key and not KEY.match(key):
        fields.fault("`key` is lower-case words joined by dots, such as `tax.vat.rate`")
    row: dict[str, Any] = {
        "market": market,
        "key": key,
        "applies_to": fields.code("applies_to", required=False, longest=40) or "",
        "value": _value(fields, fields.free("value", required=True), folder.currency(market)),
        "valid_from": fields.day("from"),
        "valid_until": fields.day("until", required=False),
        "by": fields.one_of("by", MOMENTS),
        "confidence": fields.one_of("confidence", CONFIDENCES),
        "needs_review": fields.flag("needs_review", default=False),
        "source": fields.word("source"),
    }
    in_order(fields, row["valid_from"], row["valid_until"], "until")
    folder.add("law", fields, row)


def _value(fields: Fields, value: Any, currency: str | None) -> Any:
    """The value with shares as exact text and money in minor units."""
    if isinstance(value, Mapping):
        return {
            name: _amount(fields, name, part, currency)
            if name in MONEY
            else _value(fields, part, currency)
            for name, part in value.items()
        }
    if isinstance(value, float):
        return decimal_text(Decimal(str(value)))
    return value


def _amount(fields: Fields, name: str, said: Any, currency: str | None) -> int | None:
    minor = minor_units(str(said), currency)
    if minor is None:
        fields.fault(f"`value.{name}` must be {money_wanted(currency)}", fields.line_of("value"))
    return minor
