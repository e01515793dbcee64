"""What a row of `payment-methods.yaml` must hold, so that a payment can rely on it (`docs/rules/catalogue-format.md`).

The checkout reads such a row into types of its own; here its form is judged once, for the importer's words, for the
desk that edits it and for the check of a release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kernel.text import LANGUAGES

BANK_TRANSFER = "bank_transfer"
"""The one method without a vendor: the buyer's bank sends the money to the seller's account."""
METHODS = ("card", "alipay", "wechat_pay", BANK_TRANSFER)
PURPOSES = ("deposit", "balance", "amendment")
ACCOUNT = ("holder", "number", "bank", "bic")
"""What a buyer writes on a transfer; `number` is an IBAN where there is one, `bic` may be missing."""


def faults_in(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of a row that are missing or cannot be read, such as `account.holder`; empty when all is well."""
    return tuple(_faults(row))


def _faults(row: Mapping[str, Any]) -> Iterator[str]:
    if row.get("method") not in METHODS:
        yield "method"
    purposes = row.get("purposes")
    known = isinstance(purposes, list) and bool(purposes)
    if not known or any(purpose not in PURPOSES for purpose in purposes or ()):
        yield "purposes"
        purposes = []
    yield from _amounts(row)
    for name in ("name", "text"):
        if not _text(row.get(name)):
            yield name
    if row.get("method") == BANK_TRANSFER:
        yield from _transfer(row, purposes or [])
    else:
        yield from (name for name in ("account", "wait_days") if row.get(name))


def _amounts(row: Mapping[str, Any]) -> Iterator[str]:
    smallest, largest = row.get("smallest", 0), row.get("largest")
    if not _whole(smallest):
        yield "smallest"
    elif largest is not None and not (_whole(largest) and largest >= smallest > 0):
        yield "largest"
    days = row.get("refund_days")
    if days is not None and not (_whole(days) and days > 0):
        yield "refund_days"


def _transfer(row: Mapping[str, Any], purposes: list[str]) -> Iterator[str]:
    if row.get("provider"):
        yield "provider"
    if row.get("holds"):
        yield "holds"
    days = row.get("wait_days")
    days = days if isinstance(days, Mapping) else {}
    yield from (
        f"wait_days.{purpose}"
        for purpose in purposes
        if not (_whole(days.get(purpose)) and days[purpose] > 0)
    )
    account = row.get("account")
    account = account if isinstance(account, Mapping) else {}
    for name in ACCOUNT[:3]:
        if not (isinstance(account.get(name), str) and account[name].strip()):
            yield f"account.{name}"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value: Any) -> bool:
    return isinstance(value, Mapping) and all(value.get(language) for language in LANGUAGES)
