"""Price sheets: lines that add up, tax shares, incentives on them, and the way there and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.catalogue import Catalogue
from catalog.domain.configuration.car import Blueprint
from catalog.domain.incentives import Buyer
from catalog.domain.law import read_law
from catalog.domain.pricing import (
    PriceLine,
    PriceSheet,
    price_sheet,
    read_price_sheet,
    vat_inside,
    with_tax,
)
from catalog.errors import NegativePrice, NoTaxRule
from kernel.money import Money
from tests.factories.catalogue import demo_catalogue

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
VAT_ROW = {
    "market": "CN",
    "key": "tax.vat.rate",
    "value": "0.09",
    "from": "2026-01-01",
    "until": "2026-12-01",
    "by": "invoice_date",
    "confidence": "statute",
    "source": "a test",
}


def sheet(
    words: str,
    *,
    catalogue: Catalogue | None = None,
    at: datetime = NOON,
    buyer: Buyer | None = None,
) -> PriceSheet:
    catalogue = catalogue or demo_catalogue()
    model, market, trim, *clicks = words.split()
    car = Blueprint(catalogue.models[model], market, date(2026, 11, 22)).close(
        [f"trim:{trim}", *clicks]
    )
    return price_sheet(
        catalogue=catalogue,
        model=catalogue.models[model],
        car=car,
        market=market,
        at=at,
        buyer=buyer or Buyer(),
    )


def with_incentives(*rows: dict[str, Any]) -> Catalogue:
    return replace(demo_catalogue(), incentives=rows)


def bonus(amount: int, **said: Any) -> dict[str, Any]:
    words = {"zh-hans": "优惠", "en": "Bonus"}
    row = {"code": "bonus", "kind": "price_bonus", "market": "CN", "models": {"haven": amount}}
    return row | {"from": "2026-01-01", "stack": True, "name": words} | said


def test_a_proof_that_the_buyer_brings_takes_the_bonus_off_the_total_and_not_off_the_list() -> None:
    plain = sheet("haven CN voyage")
    traded = sheet("haven CN voyage", buyer=Buyer(proofs=frozenset(["trade-in-proof"])))
    assert plain.list_price == traded.list_price
    assert plain.total - traded.total == Money.of("15000", "CNY")
    line = next(line for line in traded.lines if line.code == "trade-in-cn")
    assert (line.kind, line.text_key) == ("incentive", "price.incentive")


def test_winter_weeks_and_the_delivery_fee_stand_on_a_german_sheet() -> None:
    found = sheet("vale DE journey cli-winterwheels")
    amounts = {line.code: line.amount for line in found.lines}
    assert amounts["winter-de"] == Money.of("-300", "EUR")
    assert amounts["delivery"] == Money.of("990", "EUR")
    assert found.total == found.list_price + Money.of("690", "EUR")


def test_the_lines_and_their_tax_add_up_to_the_total_and_its_vat() -> None:
    found = sheet("haven CN voyage paint-clearing int-cream pkg-quiet")
    assert sum(line.amount.minor for line in found.lines) == found.total.minor
    assert sum(line.tax.minor for line in found.lines if line.tax) == found.vat.minor


@given(
    st.lists(st.integers(min_value=-(10**7), max_value=10**9), min_size=1, max_size=30),
    st.sampled_from(["0.13", "0.19", "0"]).map(Decimal),
    st.sampled_from(["CNY", "JPY", "KWD"]),
)
def test_tax_shares_add_up_whatever_the_lines(
    amounts: list[int], rate: Decimal, currency: str
) -> None:
    lines = [PriceLine(str(n), "option", {}, Money(a, currency)) for n, a in enumerate(amounts)]
    shares = [line.tax.minor for line in with_tax(lines, rate) if line.tax is not None]
    assert sum(shares) == vat_inside(Money(sum(amounts), currency), rate).minor
    for line, share in zip(lines, shares, strict=True):
        assert abs(share - line.amount.minor * rate / (1 + rate)) <= 1


def test_a_sheet_survives_its_json() -> None:
    found = sheet("haven CN zenith")
    assert read_price_sheet(found.facts()) == found


def test_a_sheet_frozen_without_tax_is_still_read() -> None:
    facts = sheet("haven CN zenith").facts()
    for line in facts["lines"]:
        del line["tax"], line["text_key"]
    assert {line.tax for line in read_price_sheet(facts).lines} == {None}


def test_reductions_beyond_what_the_car_costs_are_an_error_and_no_gift() -> None:
    with pytest.raises(NegativePrice, match="more than the car costs"):
        sheet("haven CN voyage", catalogue=with_incentives(bonus(10**9)))


def test_a_bonus_of_nothing_is_no_line() -> None:
    found = sheet("haven CN voyage", catalogue=with_incentives(bonus(0)))
    assert "bonus" not in {line.code for line in found.lines}


def test_the_rate_of_the_dated_row_makes_the_vat_and_its_end_stops_the_sale() -> None:
    catalogue = replace(demo_catalogue(), law=read_law([VAT_ROW]))
    found = sheet("haven CN voyage", catalogue=catalogue)
    assert found.vat == vat_inside(found.total, Decimal("0.09"))
    with pytest.raises(NoTaxRule, match=r"tax\.vat\.rate"):
        sheet("haven CN voyage", catalogue=catalogue, at=datetime(2026, 12, 1, tzinfo=UTC))
