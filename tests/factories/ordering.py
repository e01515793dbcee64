"""Quotes and orders made the way a buyer makes them, on the demo catalogue of `tests.factories.shelf`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from checkout.errors import NoCreditSheet
from checkout.queries.quotes import quote
from checkout.services.credit_sheets import confirm_sheet, issue_sheet
from checkout.services.orders import PlacedOrder, place_order
from checkout.services.quotes import create_quote
from kernel.money import Money
from tests.factories.shelf import NOON, saved_build

LI: dict[str, Any] = {
    "kind": "person",
    "name": "李明",
    "email": "li@example.com",
    "phone": "13800138000",
    "address": {"city": "厦门", "street": "鹭行路 1 号"},
    "document": {"kind": "id-card", "number": "350211199001011234"},
}
LOAN: dict[str, Any] = {
    "product": "luyin-60",
    "months": 60,
    "down_payment": Money.of("118590.00", "CNY"),
}
COVERS = ["cn-compulsory", "cn-damage", "cn-third-party-2m"]


def quoted(
    *,
    vin: str | None = None,
    build: str | None = None,
    finance: dict[str, Any] | None = LOAN,
    insurance: list[str] | None = COVERS,
    now: datetime = NOON,
) -> str:
    """The code of a quote: the worked example of the design, or a stock vehicle without a loan."""
    return create_quote(
        market="CN",
        build=None if vin else build or saved_build(),
        vin=vin,
        finance=None if vin else finance,
        insurance=insurance,
        insurance_facts={"driver_age": 35, "no_claims_class": None, "seats": None},
        place=None,
        now=now,
    ).code


def version_of(code: str, now: datetime = NOON) -> str:
    """The version of the terms that the quote shows."""
    return str(quote(code, now).document["terms"]["version"])


def confirm_loan(code: str, now: datetime = NOON) -> None:
    """The sheet of the quote's loan is shown a minute ago and confirmed now; nothing where the law asks for none."""
    try:
        sheet = issue_sheet(quote=code, now=now - timedelta(minutes=1))
    except NoCreditSheet:
        return
    confirm_sheet(sheet=sheet.code, shown=sheet.fingerprint, now=now)


def placed(
    code: str | None = None,
    *,
    terms: dict[str, Any] | None = None,
    buyer: dict[str, Any] = LI,
    language: str = "en",
    customer: int | None = None,
    now: datetime = NOON,
    confirmed: bool = False,
) -> PlacedOrder:
    """An order of that quote, or of a new one, with the terms accepted and its loan `confirmed`, now if not before."""
    code = code or quoted(now=now)
    if not confirmed:
        confirm_loan(code, now)
    return place_order(
        quote=code,
        buyer=buyer,
        terms=terms or {"version": version_of(code, now), "accepted": True},
        language=language,
        customer=customer,
        now=now,
    )
