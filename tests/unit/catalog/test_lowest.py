"""What stands beside a reduction, row by row as docs/rules/pricing.md says it, and by days counted one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain.catalogue import Catalogue
from catalog.domain.configuration.car import Blueprint, Car
from catalog.domain.incentives import Buyer
from catalog.domain.law import Law
from catalog.domain.lowest import Past
from catalog.domain.pricing import PriceSheet, price_sheet, read_price_sheet
from catalog.errors import CatalogError
from kernel.money import Money
from tests.factories.catalogue import demo_catalogue, minor
from tests.factories.rulebook import table

CATALOGUE = demo_catalogue()
TEXT = {"zh-hans": "优惠", "en": "Offer"}
HAVEN = CATALOGUE.models["haven"]
OFF = {"a": 100_000, "b": 50_000}


def offer(code: str, market: str, window: str) -> dict[str, Any]:
    """An offer from `2026-11-01 2026-12-01`, with `proof` behind it where it asks for one."""
    first, end, *proof = window.split()
    return {
        "code": code,
        "kind": "price_bonus",
        "market": market,
        "models": {"haven": OFF[code]},
        "from": first,
        "until": end,
        "stack": True,
        "needs": "old-car" if proof else None,
        "name": TEXT,
    }


def shop(market: str, **windows: str) -> Catalogue:
    """The demo shop with nothing but these offers."""
    rows = [offer(code, market, window) for code, window in windows.items() if window]
    return replace(CATALOGUE, incentives=tuple(rows))


def voyage(market: str, *choices: str) -> Car:
    return Blueprint(HAVEN, market, date(2026, 11, 22)).close(["trim:voyage", *choices])


def noon(market: str, day: date) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(CATALOGUE.markets[market].timezone))


def sheet(
    catalogue: Catalogue, market: str, day: date, car: Car | None = None, buyer: Buyer | None = None
) -> PriceSheet:
    return price_sheet(
        catalogue=catalogue,
        model=HAVEN,
        car=car or voyage(market),
        market=market,
        at=noon(market, day),
        buyer=buyer or Buyer(),
    )


@pytest.mark.parametrize(
    "row", table("pricing.md", "lowest"), ids=lambda row: f"{row['market']} {row['why']}"
)
def test_what_stands_beside_a_reduction_is_what_the_page_says(row: dict[str, str]) -> None:
    market = row["market"]
    currency = CATALOGUE.markets[market].currency
    found = sheet(shop(market, a=row["a"], b=row["b"]), market, date.fromisoformat(row["today"]))
    assert found.total == Money(minor(row["total"].replace(",", ""), currency), currency)
    if not row["since"]:
        assert found.reduction is None
        return
    assert found.reduction is not None
    assert found.reduction.since.isoformat() == row["since"]
    assert found.reduction.days == int(row["days"])
    assert found.reduction.off == found.regular - found.total
    lowest = found.reduction.lowest
    assert ("not sold" if lowest is None else f"{lowest.decimal:,.2f}") == row["lowest"]


def test_the_words_name_days_and_amount_in_both_languages() -> None:
    reduction = sheet(shop("DE", a="2026-11-01 2026-12-01"), "DE", date(2026, 11, 22)).reduction
    assert reduction is not None
    assert reduction.text == {
        "zh-hans": "此次优惠前 30 天内最低价：€83,890.00",
        "en": "Lowest price of the 30 days before this reduction: €83,890.00",
    }
    new = replace(reduction, lowest=None)
    assert new.text["en"] == "Not sold in the 30 days before this reduction."
    assert new.text["zh-hans"] == "此次优惠前 30 天内未销售。"


@pytest.mark.parametrize("window", ["2026-11-01 2026-12-01", "2026-09-01 2026-12-01"])
def test_a_frozen_sheet_keeps_what_stood_beside_its_reduction(window: str) -> None:
    found = sheet(shop("DE", a=window), "DE", date(2026, 11, 22))
    assert found.reduction is not None
    assert read_price_sheet(found.facts()) == found


def test_a_personal_reduction_has_nothing_beside_it_and_changes_no_public_one() -> None:
    catalogue = shop("DE", a="2026-11-10 2026-12-01 proof", b="2026-11-01 2026-12-01")
    public = sheet(catalogue, "DE", date(2026, 11, 22))
    personal = sheet(
        catalogue, "DE", date(2026, 11, 22), buyer=Buyer(proofs=frozenset({"old-car"}))
    )
    assert personal.total.minor == public.total.minor - OFF["a"]
    assert personal.reduction == public.reduction


def test_where_no_law_asks_for_it_nothing_stands_beside_a_reduction() -> None:
    catalogue = replace(shop("DE", a="2026-11-01 2026-12-01"), law=Law(()))
    assert sheet(catalogue, "DE", date(2026, 11, 22)).reduction is None


def test_a_car_with_something_that_had_no_price_then_was_not_sold() -> None:
    rows = tuple(
        replace(row, price_book="de-2027-02") if row.code == "cli-winterwheels" else row
        for row in HAVEN.prices
    )
    model = replace(HAVEN, prices=rows)
    catalogue = replace(
        shop("DE", a="2027-02-01 2027-03-01"), models={**CATALOGUE.models, "haven": model}
    )
    past = Past(catalogue, model, catalogue.markets["DE"])
    asked = past.before(date(2027, 2, 1), date(2027, 2, 10), voyage("DE", "cli-winterwheels"))
    assert asked == (30, None)


def test_an_offer_without_an_end_and_a_second_car_are_looked_up_alike() -> None:
    rows = [{**offer("a", "DE", "2026-11-01 2026-12-01"), "until": None}]
    catalogue = replace(CATALOGUE, incentives=tuple(rows))
    past = Past(catalogue, HAVEN, CATALOGUE.markets["DE"])
    today = date(2026, 11, 22)
    first = past.before(date(2026, 11, 1), today, voyage("DE"))
    assert past.before(date(2026, 11, 1), today, voyage("DE")) == first == (30, 8_389_000)
    assert past.before(date(2026, 11, 20), today, voyage("DE")) == (30, 8_289_000)


DAYS = st.dates(date(2026, 8, 20), date(2027, 3, 20))
WINDOWS = st.tuples(DAYS, st.integers(1, 90)).map(lambda w: f"{w[0]} {w[0] + timedelta(days=w[1])}")


@settings(max_examples=60, deadline=None)
@given(
    a=WINDOWS,
    b=WINDOWS,
    today=st.dates(date(2026, 9, 1), date(2027, 3, 20)),
    market=st.sampled_from(["CN", "DE"]),
)
def test_the_lowest_price_is_that_of_each_day_looked_at(
    a: str, b: str, today: date, market: str
) -> None:
    catalogue = shop(market, a=a, b=b)
    reduction = sheet(catalogue, market, today).reduction
    open_ = [w.split()[0] for w in (a, b) if w.split()[0] <= today.isoformat() < w.split()[1]]
    if not open_:
        assert reduction is None
        return
    assert reduction is not None
    assert reduction.since.isoformat() == max(open_)
    totals = []
    for back in range(1, reduction.days + 1):
        try:
            totals.append(sheet(catalogue, market, reduction.since - timedelta(days=back)).total)
        except CatalogError:
            continue
    assert reduction.lowest == min(totals, default=None, key=lambda total: total.minor)


def test_moments_are_midnights_where_the_market_is() -> None:
    past = Past(shop("DE", a="2026-10-10 2026-10-20"), HAVEN, CATALOGUE.markets["DE"])
    assert [at.astimezone(UTC) for at in past.moments(date(2026, 11, 1), 30)] == [
        datetime(2026, 10, 1, 22, tzinfo=UTC),
        datetime(2026, 10, 9, 22, tzinfo=UTC),
        datetime(2026, 10, 19, 22, tzinfo=UTC),
    ]
