"""payment-methods.yaml: how a market's buyers can pay, with the limits of each way."""

from __future__ import annotations

from typing import Any

from catalog.domain.payment_methods import ACCOUNT, METHODS, PURPOSES, faults_in
from catalog.services.imports_fields import Fields
from catalog.services.imports_folder import Folder

LONGEST = 730
"""Days that a refund or a transfer may take at most."""


def read_payment_methods(folder: Folder) -> None:
    """Reads payment-methods.yaml."""
    top = folder.yaml("payment-methods.yaml", "the file", "payment_methods")
    if top is None:
        return
    for method in top.rows("methods", "a payment method"):
        market = folder.need(method, "market", method.word("market"), "markets", "market")
        row = _row(method, market, folder.currency(market))
        if not method.broken and folder.currency(market):
            for name in faults_in(row):
                method.fault(
                    f"`{name}` is missing or does not fit the method", method.line_of(name)
                )
        folder.add("payment_methods", method, row)
    top.close()


def _row(method: Fields, market: str | None, currency: str | None) -> dict[str, Any]:
    return {
        "code": method.code("code"),
        "market": market,
        "method": method.one_of("method", METHODS),
        "provider": method.code("provider", required=False, longest=16) or "",
        "valid_from": method.day("valid_from"),
        "purposes": method.words("purposes", PURPOSES, required=True),
        "smallest": method.money("smallest", currency, required=False) or 0,
        "largest": method.money("largest", currency, required=False),
        "refund_days": method.whole("refund_days", low=1, high=LONGEST, required=False),
        "holds": method.flag("holds", default=False),
        "wait_days": _days(method),
        "name": method.text("name"),
        "text": method.text("text"),
        "account": _account(method),
    }


def _days(method: Fields) -> dict[str, int]:
    fields = method.sub("wait_days", "the days to wait", required=False)
    if fields is None:
        return {}
    said = {name: fields.whole(name, low=1, high=LONGEST, required=False) for name in PURPOSES}
    fields.close()
    return {name: days for name, days in said.items() if days is not None}


def _account(method: Fields) -> dict[str, str] | None:
    fields = method.sub("account", "the account", required=False)
    if fields is None:
        return None
    said = {name: fields.word(name, required=name != "bic") for name in ACCOUNT}
    fields.close()
    return {name: value for name, value in said.items() if value}
